"""The SQL that asks of JSON what DuckDB's reader lets pass: keys that stand there twice, what is
no JSON, numbers that lose digits, and JSON that arrives as a text.

Each expression is dear and belongs behind a cheap guard.
"""

from ingestion.sql import quote

_TEXT = r'"(?:[^"\\]|\\.)*"'
_OUTSIDE = rf'^(?:[^"]|{_TEXT})*?'  # whatever stands before what is in no text
NO_JSON = {
    "a comma after the last value": _OUTSIDE + r",\s*[\]}]",
    "NaN or Infinity, which are no JSON": _OUTSIDE + r"(?i:nan|inf)",
    "a NUL character in a text": r"(?:^|[^\\])(?:\\\\)*\\u0000",
}
LOST_DIGITS = "a number that loses digits when it is read (put it in quotes)"
MAX_BRACKETS = 5_000


def no_json(text: str) -> str:
    """The reason why a text that DuckDB takes for JSON is none, or null."""
    cases = " ".join(
        f"when regexp_matches({text}, {quote(pattern)}) then {quote(reason)}"
        for reason, pattern in NO_JSON.items()
    )
    return f"case {cases} end"


def numbers(text: str) -> str:
    """The numbers in a JSON text, as they stand there, outside of texts; with nulls between."""
    return f"regexp_extract_all({text}, {quote(_TEXT + '|(-?[0-9][-+.0-9eE]*)')}, 1)"


def doubles(numbers: str) -> str:
    """The numbers of a list as they are read."""
    return f"list_transform({numbers}, lambda number: try_cast(number as double))"


def lost(text: str) -> str:
    """Those numbers in a JSON text that are read as others, as they are read.

    A number without a point and an exponent keeps its digits, however many. Any other becomes a
    double: when its digits are the same (but for zeros at both ends), so is its value.
    """
    read = "try_cast(number as double)"
    is_lost = (
        "case when regexp_matches(number, '[.eE]')"
        f" then coalesce({_digits('number')} <> {_digits(f'{read}::varchar')}, true)"
        " else false end"
    )
    return doubles(f"list_filter({numbers(text)}, lambda number: {is_lost})")


def _digits(number: str) -> str:
    mantissa = f"regexp_replace({number}, '[eE].*', '')"
    return f"trim(regexp_replace({mantissa}, '[-.]', '', 'g'), '0')"


def unwrapped(text: str) -> str:
    """A JSON text; the list or object instead that it holds as a text. Null where that cannot be
    read: cut off, with so many brackets that it may be nested without end, or a text of a text."""
    inner = f"ltrim({text} ->> '$')"
    brackets = f"len(regexp_replace({inner}, '[^\\[{{]', '', 'g'))"
    is_sound = f"json_valid({inner}) and {brackets} <= {MAX_BRACKETS}"
    is_nested = f"{inner} ^@ '[' or {inner} ^@ '{{'"
    innermost = f"ltrim(case when json_valid({inner}) then {inner} ->> '$' end)"
    is_text_of_text = (
        f"case when {is_text(inner)} then coalesce("
        f"{innermost} ^@ '[' or {innermost} ^@ '{{', false) else false end"
    )
    held = (
        f"case when {is_nested} then case when {is_sound} then {inner} end"
        f" when {is_text_of_text} then null else {text} end"
    )
    return f"case when {is_text(text)} then {held} else {text} end"


def is_text(text: str) -> str:
    """Whether a JSON text is a text itself."""
    return f"{text} ^@ '\"'"


def has_key_twice(text: str, is_json: bool) -> str:
    """Whether any object in a JSON value, however deep, has a key twice:
    who reads it would see either of the two values.

    `is_json`: the text is known to be JSON.
    """
    twice = (
        "lambda keys: case when len(keys) > 1 then len(keys) > len(list_distinct(keys))"
        " else false end"
    )
    found = f"list_bool_or(list_transform(json_keys('[' || {text} || ']', '$.**'), {twice}))"
    if not is_json:
        found = f"case when json_valid({text}) then {found} end"
    return f"case when {text} like '%:%:%' then {found} end"  # two keys need two colons
