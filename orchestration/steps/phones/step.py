"""The phones step: every distinct telephone number of the records as E.164,
by the numbering plans that Google's libphonenumber keeps.

What counts as a number here is decided once, in `e164`; who may be joined by it is
identity's business. What a withdrawal names without `+` is also read as a number of every
country in which the shop knows somebody.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import phonenumbers
import pyarrow as pa
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from ingestion.files import sha256_of
from ingestion.sql import parquet
from orchestration.steps.files import write_parquet
from orchestration.steps.phones.numbering_plans import plainly_valid
from orchestration.steps.plain_text import plain_text

PHONES_FILE = "phones.parquet"
PHONE_COLUMNS: dict[str, str] = {
    "raw_phone": "varchar",
    "country_code": "varchar",
    "is_stated": "boolean",
    "e164": "varchar",
}
# Each gives (raw phone, default country or null) and may repeat itself.
QUERIES: tuple[str, ...] = (
    "select identifiers['phone'], country_code from identity.source_records",
    (
        "select contact_point, null from identity.written_contact_points"
        " where contact_point_type = 'phone'"
    ),
)
# Withdrawals are recorded without a country, and hold for every number that may be meant.
ANYWHERE = (
    "select contact_point as raw_phone from identity.written_contact_points"
    " where contact_point_type = 'phone' and is_withdrawal"
)
# Raise when `e164` changes its mind about any number: cached answers of the old rules
# are then left behind.
RULES_VERSION = 2
REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)
# Characters that only set off groups of digits: with nothing else around, they can be
# dropped before asking.
_ONLY_GROUPED_DIGITS = re.compile(r"\+?[0-9 ().\-/]+")
_DIGITS = re.compile(r"\+?[0-9]+")
_GROUPING = str.maketrans("", "", " ().-/")


NEW = """
select raw_phone, country_code from step_wanted
where not exists (
    from step_known
    where step_known.raw_phone = step_wanted.raw_phone
    and step_known.country_code is not distinct from step_wanted.country_code
)
"""

PHONES = """
select step_wanted.*, answers.e164
from (
    select raw_phone, country_code, e164 from step_answers
    union all
    select raw_phone, country_code, e164 from step_known
) as answers
inner join step_wanted
    on answers.raw_phone = step_wanted.raw_phone
    and answers.country_code is not distinct from step_wanted.country_code
order by step_wanted.raw_phone, step_wanted.country_code nulls first
"""
# Of numbers in the international form, the first digits.
BEGINNINGS = r"""
select distinct regexp_extract(regexp_replace(raw_phone, '[^0-9+]', '', 'g'), '\+(\d{1,3})', 1)
from step_stated
where contains(raw_phone, '+')
"""
COUNTRIES = "select distinct upper(trim(country_code)) from step_stated"
# A country that nobody stated is a possibility.
WANTED = """
create or replace temp table step_wanted as
select raw_phone, country_code, bool_or(is_stated) as is_stated
from (
    select raw_phone, country_code, true as is_stated from step_stated
    union all
    select raw_phone, unnest(?::varchar[]), false from ({anywhere})
    where not contains(raw_phone, '+')
)
group by raw_phone, country_code
"""


@dataclass(frozen=True)
class PhonesReport:
    """Distinct (raw phone, country) pairs: how many there are, how many are a number,
    how many had been answered before."""

    phones_count: int
    valid_count: int
    rejected_count: int
    cached_count: int
    phones_file: Path

    def as_dict(self) -> dict[str, Any]:
        """For the night's report: JSON types only."""
        return {**asdict(self), "phones_file": str(self.phones_file)}


def e164(raw_phone: str, country_code: str | None) -> str | None:
    """The number as `+` and up to 15 digits, or None when it is not one that a country's
    numbering plan assigns.

    country_code: ISO 3166-1 alpha-2, the country whose national way of writing is assumed; without
    one (or with an unknown one) only the international form with `+` is read. Without `+`, a
    number that begins with the country's own code, or that is too long or too short for one of the
    country, is read as if `+` stood before it, where that gives a number. One with an extension
    is a company's switchboard, not a person's number: None.
    """
    return _answer(*_question(raw_phone, country_code))


def _question(raw_phone: str, country_code: str | None) -> tuple[str, str | None]:
    """What really decides: digits without the characters that only group them,
    and a country that has a numbering plan."""
    text = plain_text(raw_phone).replace("\t", " ").strip()
    if _ONLY_GROUPED_DIGITS.fullmatch(text):
        text = text.translate(_GROUPING)
    region = country_code.strip().upper() if country_code else None
    return text, region if region in REGIONS else None


def _answer(text: str, region: str | None) -> str | None:
    if region is None or "+" in text or any(map(str.isalpha, text)):
        return _read(text, region)
    as_international = f"+{phonenumbers.normalize_digits_only(text)}"
    if as_international.startswith(f"+{phonenumbers.country_code_for_region(region)}"):
        return _read(as_international, None) or _read(text, region)
    number = _read(text, region)
    if number is None and not phonenumbers.is_possible_number_string(text, region):
        return _read(as_international, None)
    return number


def _read(text: str, region: str | None) -> str | None:
    if _DIGITS.fullmatch(text):
        number = plainly_valid(text, region)
        if number is not None:
            return number
    return ask_library(text, region)


def ask_library(text: str, region: str | None) -> str | None:
    """`e164` as `phonenumbers` alone tells it: slow, and right by definition. region:
    a supported one or None."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def run_phones(
    con_read: duckdb.DuckDBPyConnection,
    out_folder: Path,
    *,
    queries: Sequence[str] = QUERIES,
    anywhere: str = ANYWHERE,
    derived: Path | None = None,
) -> PhonesReport:
    """Normalise the distinct pairs that `queries` give, and what `anywhere` gives without `+` as
    numbers of every country that the pairs show;
    write `phones.parquet` (`PHONE_COLUMNS`, one row per pair) to `out_folder`.

    derived: a folder for the answers of the last run, kept under the versions of the library and of
    the rules and under their digest; safe to delete. It holds the pairs of the last run only, so
    that a number erased at its source leaves it the next night.
    Needs the right to make temporary tables, nothing else.
    """
    try:
        con_read.execute(_stated(queries))
        con_read.execute(WANTED.format(anywhere=anywhere), [_regions(con_read)])
        con_read.execute(_known(_kept(derived) if derived else None))
        new = con_read.execute(NEW).fetchall()
        con_read.register("step_answers", _answers(new))
        phones_file = write_parquet(con_read, PHONES, out_folder / PHONES_FILE)
        if derived:
            _keep(write_parquet(con_read, PHONES, derived / "phones-new.parquet"))
        phones, valid = con_read.execute(
            f"select count(*), count(e164) from ({PHONES})"
        ).fetchall()[0]
    finally:
        con_read.unregister("step_answers")
        for table in ("step_stated", "step_wanted", "step_known"):
            con_read.execute(f"drop table if exists temp.{table}")
    return PhonesReport(phones, valid, phones - valid, phones - len(new), phones_file)


def _regions(con_read: duckdb.DuckDBPyConnection) -> list[str]:
    """The countries that records state, and those whose code a number begins with."""
    stated = {country for (country,) in con_read.execute(COUNTRIES).fetchall()}
    shown = {
        COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length]), ("",))[0]
        for (digits,) in con_read.execute(BEGINNINGS).fetchall()
        for length in range(1, len(digits) + 1)
    }
    return sorted((stated | shown) & REGIONS)


def _stated(queries: Sequence[str]) -> str:
    columns = "pairs(raw_phone, country_code)"
    each = [
        "select raw_phone::varchar as raw_phone, country_code::varchar as country_code"
        f" from ({q}) as {columns}"
        for q in queries
    ]
    union = " union all ".join(each)
    return (
        f"create or replace temp table step_stated as select distinct * from ({union})"
        " where raw_phone is not null"
    )


def _kept(derived: Path) -> Path | None:
    """The last run's answers, if they are still what was written."""
    return next((file for file in derived.glob("phones-*.parquet") if file == _named(file)), None)


def _keep(answers: Path) -> None:
    """Name them by their digest, in place of earlier ones."""
    kept = answers.replace(_named(answers))
    for outdated in kept.parent.glob("phones-*.parquet"):
        if outdated != kept:
            outdated.unlink()


def _named(file: Path) -> Path:
    rules = f"phones-{phonenumbers.__version__}-rules-{RULES_VERSION}"
    return file.with_name(f"{rules}-{sha256_of(file)[:16]}.parquet")


def _known(cache: Path | None) -> str:
    if cache:
        return f"create or replace temp table step_known as from {parquet(cache)}"
    columns = ", ".join(f"{name} {kind}" for name, kind in PHONE_COLUMNS.items())
    return f"create or replace temp table step_known ({columns})"


def _answers(pairs: list[tuple[str, str | None]]) -> pa.Table:
    """Pairs with their numbers; the same number written in several ways is asked once."""
    asked: dict[tuple[str, str | None], str | None] = {}
    numbers: list[str | None] = []
    for pair in pairs:
        question = _question(*pair)
        if question not in asked:
            asked[question] = _answer(*question)
        numbers.append(asked[question])
    columns = {
        "raw_phone": [raw for raw, _ in pairs],
        "country_code": [country for _, country in pairs],
        "e164": numbers,
    }
    return pa.table(columns, schema=pa.schema([(name, pa.string()) for name in columns]))
