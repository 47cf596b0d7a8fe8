"""How good a grouping is, where the truth is known.

Groups: record_id, group_id; a record that is not named is alone.
"""

from dataclasses import dataclass

import duckdb
import pyarrow as pa
from identity_sets import DATA

GROUPED = """
with grouped as (
    select
        records.record_id,
        records.person,
        coalesce(groups.group_id, records.record_id) as group_id
    from records left join groups using (record_id)
)
"""


@dataclass(frozen=True)
class Quality:
    """Over pairs of records: of those joined, how many are right;
    of those that belong together, how many are joined; both in one."""

    precision: float
    recall: float
    f1: float


def quality(records: pa.Table, groups: pa.Table) -> Quality:
    with _of(records, groups) as connection:
        counts = [
            connection.execute(
                f"{GROUPED} select coalesce(sum(size * (size - 1) / 2), 0)::double from"
                f" (select count(*) as size from grouped group by {columns})"
            ).fetchall()[0][0]
            for columns in ("group_id, person", "group_id", "person")
        ]
    right, joined, true = counts
    return Quality(right / max(joined, 1), right / max(true, 1), 2 * right / max(joined + true, 1))


def b_cubed(records: pa.Table, groups: pa.Table) -> Quality:
    """Over records: of those in a record's group, the share that is its person's;
    of its person's, the share in its group; the mean of each,
    and of the means the harmonic one (Bagga and Baldwin 1998)."""
    with _of(records, groups) as connection:
        row = connection.execute(f"""
            {GROUPED},
            shared as (
                select group_id, person, count(*) as size from grouped group by group_id, person
            ),
            sized as (
                select
                    size,
                    sum(size) over (partition by group_id) as of_group,
                    sum(size) over (partition by person) as of_person
                from shared
            )
            select
                sum(size * size / of_group) / sum(size),
                sum(size * size / of_person) / sum(size)
            from sized
        """).fetchall()[0]
    precision, recall = float(row[0]), float(row[1])
    return Quality(precision, recall, 2 * precision * recall / (precision + recall))


@dataclass(frozen=True)
class Buyers:
    """Customers who ordered, as stitched and in truth, and of the truly best tenth the share that
    is found among the best as stitched."""

    found: int
    true: int
    top_decile_recall: float


def buyers(records: pa.Table, groups: pa.Table) -> Buyers:
    """As many customers count as the best as truth has in its best tenth;
    a person is found when one of its customers is among them."""
    with _of(records, groups) as connection:
        row = connection.execute(f"""
            {GROUPED},
            orders as (
                select
                    grouped.group_id,
                    grouped.person,
                    orders.amount_usd::decimal(18, 2) as amount
                from grouped
                inner join read_csv(
                    '{DATA / "fusion" / "raw_shop_orders.csv.gz"}', all_varchar = true
                ) as orders on grouped.record_id = orders.account_id
            ),
            persons as (
                select
                    person,
                    row_number() over (order by sum(amount) desc, person) as place,
                    ceil(count(*) over () / 10.0) as best
                from orders group by person
            ),
            customers as (
                select
                    group_id,
                    row_number() over (order by sum(amount) desc, group_id) as place
                from orders group by group_id
            ),
            found as (
                select distinct orders.person
                from orders inner join customers using (group_id)
                where customers.place <= (select max(best) from persons)
            )
            select
                (select count(*) from customers),
                count(*),
                avg((person in (select person from found))::integer) filter (place <= best)
            from persons
        """).fetchall()[0]
    return Buyers(int(row[0]), int(row[1]), float(row[2]))


def account_ltv_error(records: pa.Table, groups: pa.Table) -> float:
    """Mean over the shop's accounts: how far the order total of the account's customer is from its
    person's, as a share of the latter."""
    with _of(records, groups) as connection:
        row = connection.execute(f"""
            {GROUPED},
            totals as (
                select group_id, sum(amount_usd::decimal(18, 2)) as total
                from grouped
                inner join read_csv(
                    '{DATA / "fusion" / "raw_shop_orders.csv.gz"}', all_varchar = true
                ) as orders on grouped.record_id = orders.account_id
                group by group_id
            )
            select avg(
                abs(coalesce(totals.total, 0) - truth.ltv_total::double)
                / greatest(truth.ltv_total::double, 1)
            )
            from grouped
            inner join read_csv(
                '{DATA / "fusion" / "person_ltv.csv.gz"}', all_varchar = true
            ) as truth using (person)
            left join totals using (group_id)
            where grouped.record_id like 'SH-%'
        """).fetchall()[0]
    return float(row[0])


def merged_share(records: pa.Table, groups: pa.Table, relatives: pa.Table, condition: str) -> float:
    """Of the relatives that a condition names, the share that ended up in a group with a record of
    the person beside them."""
    with _of(records, groups) as connection:
        connection.register("relatives", relatives)
        row = connection.execute(f"""
            {GROUPED}
            select avg(exists (
                from grouped as other inner join grouped as own on other.group_id = own.group_id
                where other.person = relatives.of_person and own.record_id = relatives.record_id
            )::integer)
            from relatives where {condition}
        """).fetchall()[0]
    return float(row[0])


def _of(records: pa.Table, groups: pa.Table) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.register("records", records)
    connection.register("groups", groups)
    return connection
