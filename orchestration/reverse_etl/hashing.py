"""How people are named to advertising platforms:
each platform's own way of writing a value, then SHA-256.

A hash matches only where both sides wrote the value alike to the last byte, and the platforms
differ: Meta wants a phone number without its plus, Google with it; Google ignores dots and suffixes
in Gmail addresses, Meta does not. What cannot be written as a platform wants it becomes null and
is not sent, never the hash of something else. Everything is a DuckDB expression over a DuckDB
expression; the table in DECISIONS.md says by example what becomes of each value, and is a test.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

Sql = str

# Spaces of every kind, and characters that nobody sees: a pasted address may carry them.
_BLANK = r"[\s\p{Z}\p{C}]"
_TITLES = "mr|mrs|ms|miss|dr|prof|sir|herr|frau|mme|mlle"
_SUFFIXES = "jr|sr|ii|iii|iv|phd|md"
_AMERICAN, _FIRST = r"^([0-9]{5})-[0-9]{4}$", r"\1"


class Identifier(NamedTuple):
    """One identifier of a platform: its name there, how a value is written for it,
    and whether it is hashed then."""

    name: str
    written: Callable[[Sql], Sql]
    is_hashed: bool = True

    def sql(self, value: Sql) -> Sql:
        """The text that is sent for a value; null where there is none."""
        return f"sha256({self.written(value)})" if self.is_hashed else self.written(value)


def encoded(identifiers: tuple[Identifier, ...], value: Sql) -> Sql:
    """What a column sends: a text, or a list where it makes up several identifiers."""
    texts = [identifier.sql(value) for identifier in identifiers]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _replaced(value: Sql, pattern: str, by: str = "") -> Sql:
    return f"regexp_replace({value}, '{pattern}', '{by}', 'g')"


def _where(value: Sql, pattern: str) -> Sql:
    """The value where all of it is like the pattern, else null."""
    return f"case when regexp_full_match({value}, '{pattern}') then {value} end"


def _filled(value: Sql) -> Sql:
    return f"nullif({value}, '')"


def _lower(value: Sql) -> Sql:
    """Lower case, accents composed, nothing around it.

    Some letters fall apart in lower case, hence twice.
    """
    lowered = f"nfc_normalize(lower(nfc_normalize(lower(cast({value} as varchar)))))"
    return _replaced(lowered, f"^{_BLANK}+|{_BLANK}+$")


def _squeezed(value: Sql) -> Sql:
    return _replaced(_lower(value), _BLANK)


def _address(value: Sql) -> Sql:
    return _where(value, r"[^@\s\p{Z}\p{C}]+@[^@\s\p{Z}\p{C}]+\.[^@\s\p{Z}\p{C}]+")


def _meta_email(value: Sql) -> Sql:
    return _address(_lower(value))


def _google_email(value: Sql) -> Sql:
    address = _address(_squeezed(value))
    local, domain = f"split_part({address}, '@', 1)", f"split_part({address}, '@', 2)"
    mailbox = _filled(_replaced(_replaced(local, r"\+.*$"), r"\."))
    return (
        f"case when {domain} in ('gmail.com', 'googlemail.com') then {mailbox} || '@' || {domain}"
        f" else {address} end"
    )


def _e164(value: Sql) -> Sql:
    """With its country's code, or nothing: a national number would be another person's somewhere
    else. (0) is not dialled from abroad."""
    return _where(
        _replaced(f"replace({_squeezed(value)}, '(0)', '')", r"[().\-/]"), r"\+[1-9][0-9]{6,14}"
    )


def _digits(value: Sql) -> Sql:
    return f"substr({_e164(value)}, 2)"


def _letters(value: Sql) -> Sql:
    return _filled(_replaced(_lower(value), r"[^\p{L}\p{M}]"))


def _google_name(value: Sql) -> Sql:
    untitled = _replaced(_lower(value), rf"^(({_TITLES})\.?{_BLANK}+)+")
    return _filled(_replaced(untitled, rf"(({_BLANK}|,)+({_SUFFIXES})\.?)+$"))


def _gender(value: Sql) -> Sql:
    """m or f; who is neither, or unknown, is not asserted to be anything."""
    return (
        f"case when {_lower(value)} in ('m', 'male') then 'm'"
        f" when {_lower(value)} in ('f', 'female') then 'f' end"
    )


def _country(value: Sql) -> Sql:
    return _where(_lower(value), "[a-z]{2}")


def _region(value: Sql) -> Sql:
    return f"upper({_country(value)})"


def _meta_postcode(value: Sql) -> Sql:
    """Of an American one its five digits, of a British one area, district and sector."""
    squeezed = _squeezed(value)
    american = _replaced(squeezed, _AMERICAN, _FIRST)
    return _filled(_replaced(american, r"^([a-z]{1,2}[0-9][a-z0-9]?[0-9])[a-z]{2}$", _FIRST))


def _google_postcode(value: Sql) -> Sql:
    """As it is written; extensions are allowed for American ones only and needed for none."""
    return f"upper({_filled(_replaced(_lower(value), _AMERICAN, _FIRST))})"


def _born(part: str) -> Callable[[Sql], Sql]:
    def written(value: Sql) -> Sql:
        date = f"try_cast({value} as date)"
        return f"case when year({date}) between 1900 and 2100 then strftime({date}, '{part}') end"

    return written


# By the name of a sync model's column: that is all it takes to send an identifier.
META: Mapping[str, tuple[Identifier, ...]] = {
    "email": (Identifier("EMAIL", _meta_email),),
    "phone": (Identifier("PHONE", _digits),),
    "first_name": (Identifier("FN", _letters),),
    "last_name": (Identifier("LN", _letters),),
    "gender": (Identifier("GEN", _gender),),
    "date_of_birth": (
        Identifier("DOBY", _born("%Y")),
        Identifier("DOBM", _born("%m")),
        Identifier("DOBD", _born("%d")),
    ),
    "city": (Identifier("CT", _letters),),
    "state": (Identifier("ST", _letters),),
    "postcode": (Identifier("ZIP", _meta_postcode),),
    "country_code": (Identifier("COUNTRY", _country),),
}
GOOGLE: Mapping[str, tuple[Identifier, ...]] = {
    "email": (Identifier("emailAddress", _google_email),),
    "phone": (Identifier("phoneNumber", _e164),),
    "first_name": (Identifier("givenName", _google_name),),
    "last_name": (Identifier("familyName", _google_name),),
    "postcode": (Identifier("postalCode", _google_postcode, is_hashed=False),),
    "country_code": (Identifier("regionCode", _region, is_hashed=False),),
}
