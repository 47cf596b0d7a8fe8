"""Values of a file that a person may open in a spreadsheet: none of them is run as a formula.

A text like `=HYPERLINK(…)` comes from whoever filled in a form, and Excel, Sheets and LibreOffice
compute it (OWASP: CSV injection). It gets a `'` in front, which makes it a text; inside a value,
too, behind what another locale's reader takes for the end of a cell or a line. Plain negative
numbers and phone numbers (+ and 7 to 15 digits) compute nothing, and stay as receivers want them.
"""

import re

from ingestion.sql import quote
from orchestration.reverse_etl.encoding import typed
from orchestration.reverse_etl.protocol import Column

_BEGINS = r"[=+@\-＝＋－＠]"
_UNSEEN = r'[\pZ\pC"]*'  # blanks, control characters and quotes, which readers pass over
_INSIDE, _GUARDED_INSIDE = rf"([;\t\r\n]{_UNSEEN})({_BEGINS})", r"\1'\2"
_AT_THE_START, _GUARDED = rf"^([\t\r\n]|{_UNSEEN}{_BEGINS})", r"'\1"
_NUMBER = r"-\d[\d.,]*([eE][+-]?\d+)?|\+[1-9]\d{6,14}"
# Types that hold nobody's words.
_WORDLESS = re.compile(
    r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|BOOLEAN|DATE|TIME.*|INTERVAL|UUID"
)
_NESTED = re.compile(r"(STRUCT|MAP|JSON).*|.*\]")


def no_formula(text: str) -> str:
    """A DuckDB expression for the SQL text `text` as it may stand in a cell.

    What is safe already stays as it is.
    """
    inside = f"regexp_replace({text}, {quote(_INSIDE)}, {quote(_GUARDED_INSIDE)}, 'g')"
    whole = f"regexp_replace({inside}, {quote(_AT_THE_START)}, {quote(_GUARDED)})"
    return f"case when regexp_full_match({text}, {quote(_NUMBER)}) then {text} else {whole} end"


def cell(column: Column, value: str) -> str:
    """The encoder for such files: `typed`, without formulas."""
    encoded = typed(column, value)
    if _NESTED.fullmatch(column.type):
        return no_formula(f"cast(to_json({encoded}) as varchar)")
    return encoded if _WORDLESS.fullmatch(column.type) else no_formula(encoded)
