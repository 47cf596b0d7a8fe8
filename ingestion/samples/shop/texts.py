"""How people write telephone numbers and e-mail addresses, and how a vendor writes money:
DuckDB macros and their codes."""

from __future__ import annotations

import numpy as np

from ingestion.samples.shop.draw import Flags, Ints, chance, choose
from ingestion.samples.shop.parameters import Parameters
from ingestion.samples.shop.words import US_AREA_CODES


def text_macros() -> tuple[str, ...]:
    """DuckDB macros that write a telephone number and an e-mail address as people do,
    and money as text.

    phone_text(country, calling_code, trunk, prefix, n, style): styles 0 to 6, n of seven digits;
    7 and 8 are junk. email_text(email, dirt): 0 clean, 1 capitals, 2 spaces round it, 3 a capital
    first, 4 two letters swapped.
    money(minor, digits): whole minor units as a decimal text. csv_text(value): a CSV field, quoted
    unless it is nothing.
    """
    areas = "[" + ", ".join(f"'{code}'" for code in US_AREA_CODES) + "]"
    return (
        f"""create macro phone_prefix(country, prefix, n) as
            case when country = 'US' then {areas}[1 + n // 1000000] else prefix end""",
        """create macro phone_rest(country, n) as
            case
                when country = 'US' then '4' || lpad((n % 1000000)::varchar, 6, '0')
                else n::varchar
            end""",
        """create macro phone_text(country, code, trunk, prefix, n, style) as case
            when n is null then null
            when style = 7 then '0000'
            when style = 8 then 'null'
            when style = 1 or (style in (4, 6) and (trunk = '' or country = 'JP'))
                then '+' || code || ' ' || phone_prefix(country, prefix, n)
                    || ' ' || phone_rest(country, n)
            when style = 0
                then '+' || code || phone_prefix(country, prefix, n) || phone_rest(country, n)
            when style = 2
                then trunk || phone_prefix(country, prefix, n) || ' ' || phone_rest(country, n)
            when style = 3
                then trunk || phone_prefix(country, prefix, n) || phone_rest(country, n)
            when style = 4
                then '00' || code || phone_prefix(country, prefix, n) || phone_rest(country, n)
            when style = 5
                then trunk || phone_prefix(country, prefix, n) || '/' || phone_rest(country, n)
            else '+' || code || ' (0)' || phone_prefix(country, prefix, n)
                || ' ' || phone_rest(country, n)
        end""",
        """create macro email_text(email, dirt) as case dirt
            when 1 then upper(email)
            when 2 then ' ' || email || ' '
            when 3 then upper(substr(email, 1, 1)) || substr(email, 2)
            when 4
                then substr(email, 1, 1) || substr(email, 3, 1)
                    || substr(email, 2, 1) || substr(email, 4)
            else email
        end""",
        """create macro csv_text(value) as case
            when value is null then '' else '"' || replace(value, '"', '""') || '"'
        end""",
        """create macro money(minor, digits) as case digits
            when 0 then minor::varchar
            else (minor::decimal(18, 0) * 0.01::decimal(3, 2))::varchar
        end""",
    )


PHONE_STYLES = (0.30, 0.14, 0.20, 0.20, 0.06, 0.05, 0.05)


def phone_styles(rng: np.random.Generator, parameters: Parameters, given: Flags) -> Ints:
    """The style in which each record writes its telephone number:
    -1 where none was given, 7 and 8 are junk."""
    n = len(given)
    style = choose(rng, PHONE_STYLES, n)
    style = np.where(chance(rng, parameters.phone_junk, n), rng.integers(7, 9, n), style)
    return np.where(given, style, -1)


def email_dirt(rng: np.random.Generator, parameters: Parameters, n: int) -> Ints:
    """How each record spells its e-mail address: 0 as it is, 1 to 4 as `email_text` says;
    typos are the rarest."""
    return np.where(
        chance(rng, parameters.email_dirt, n), 1 + choose(rng, (0.25, 0.3, 0.3, 0.15), n), 0
    )
