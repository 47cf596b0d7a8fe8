"""Which pairs are looked at: rules chosen by counting what each would bring,
before anything is joined."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

Rule = tuple[str, ...]

WIDE: tuple[Rule, ...] = (
    ("date_of_birth",),
    ("email",),
    ("personal_id",),
    ("first_name", "surname"),
    ("surname", "birth_year"),
    ("surname", "birth_day"),
    ("first_name", "birth_year"),
    ("first_name", "birth_day"),
    ("surname", "city"),
    ("email_domain", "birth_decade"),
    ("email_user",),
    ("email_domain", "user_initial"),
    ("first_start", "surname_start"),
    ("city", "birth_month"),
    ("city", "birth_day"),
)
LEAN: tuple[Rule, ...] = (
    ("email",),
    ("personal_id",),
    ("date_of_birth", "first_initial"),
    ("date_of_birth", "surname_initial"),
    ("date_of_birth", "user_initial"),
    ("email_user", "birth_year"),
    ("email_user", "surname"),
    ("first_name", "surname", "birth_year"),
    ("first_name", "surname", "birth_day"),
    ("first_name", "surname", "city"),
    ("first_name", "surname", "email_domain"),
    ("surname", "city", "birth_month"),
    ("surname", "city", "birth_day"),
)
# A scored pair takes some hundred bytes while weights are learnt.
WIDE_LIMIT = 10_000_000
LEAN_LIMIT = 100_000_000


@dataclass(frozen=True)
class Blocking:
    """The rules that were chosen, how many pairs they bring (a pair found twice counts twice),
    and what had to be left out."""

    kind: str
    rules: tuple[Rule, ...]
    pairs_count: int
    left_out: tuple[Rule, ...] = ()


def choose(
    connection: duckdb.DuckDBPyConnection,
    wide_limit: int = WIDE_LIMIT,
    lean_limit: int = LEAN_LIMIT,
) -> Blocking:
    """The wide rules when their pairs stay within their limit, else the lean ones:
    all, or the smaller ones that fit."""
    counts = count_pairs(connection, WIDE)
    if sum(counts.values()) <= wide_limit:
        return Blocking("wide", tuple(rule for rule in WIDE if counts[rule]), sum(counts.values()))
    counts = count_pairs(connection, LEAN)
    left_out: list[Rule] = []
    for rule in sorted(LEAN, key=lambda rule: (-counts[rule], rule)):
        if sum(counts.values()) <= lean_limit:
            break
        left_out.append(rule)
        del counts[rule]
    kept = tuple(rule for rule in LEAN if counts.get(rule))
    return Blocking("lean", kept, sum(counts[rule] for rule in kept), tuple(left_out))


def count_pairs(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> dict[Rule, int]:
    """Pairs that each rule would bring: of n records with one value, n (n - 1) / 2."""
    each = []
    for rule in rules:
        columns, known = ", ".join(rule), " and ".join(f"{name} is not null" for name in rule)
        each.append(
            "select coalesce(sum(size * (size - 1) // 2), 0)::bigint"
            f" from (select count(*) as size from prepared where {known}"
            f" group by {columns} having size > 1)"
        )
    counts = connection.execute(f"select {', '.join(f'({query})' for query in each)}").fetchall()[0]
    return dict(zip(rules, counts, strict=True))
