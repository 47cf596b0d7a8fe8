"""The step in a night: nothing without a source, and with one only merges that names bring beyond
what identifiers join anyway."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from declared_sources import declared_relations

from orchestration.settings import PROJECT
from orchestration.steps.match import score
from orchestration.steps.match.columns import MATCH_COLUMNS, REFUSAL_COLUMNS
from orchestration.steps.match.step import run_match

SHARED_TYPES = PROJECT / "dbt_project" / "seeds" / "shared_identifier_types.csv"
PEOPLE = PROJECT / "tests" / "benchmarks" / "data" / "fake_1000.csv"


@pytest.fixture
def identity(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """People of shop, CRM and a source that is not matched;
    each twice in the shop, as by two orders; one mailbox over its cap."""
    with duckdb.connect() as connection:
        connection.execute("create schema identity")
        connection.execute("create schema seeds")
        (declared,) = declared_relations(tmp_path)["declared.identifier_types"].files
        connection.execute(
            f"create table seeds.identifier_types as from read_csv('{SHARED_TYPES}')"
            f" union all by name from read_parquet('{declared}')"
        )
        connection.execute(f"""
            create table identity.source_records as
            with people as (
                select * from read_csv('{PEOPLE}', all_varchar = true)
                where unique_id::integer < 300
            )
            select
                source_name,
                source_name || ':' || unique_id as record_id,
                first_name,
                surname as last_name,
                city,
                null as postcode,
                case
                    when coalesce(crowd, email) is null then map([]::varchar[], []::varchar[])
                    else map(['email'], [coalesce(crowd, email)])
                end as identifiers
            from (
                select
                    *,
                    if(unique_id::integer % 2 = 0, 'shop', 'crm') as source_name,
                    if(
                        unique_id::integer < 40 and unique_id::integer % 2 = 0,
                        'desk@hotel.example',
                        null
                    ) as crowd
                from people
            )
        """)
        for added, condition in (
            (
                "record_id || '-again' as record_id",
                "source_name = 'shop' and cardinality(identifiers) > 0",
            ),
            (
                "'web:' || split_part(record_id, ':', 2) as record_id, 'web' as source_name",
                "source_name = 'crm'",
            ),
        ):
            connection.execute(
                f"insert into identity.source_records select * replace ({added})"
                f" from identity.source_records where {condition}"
            )
        connection.execute(
            "create table identity.personal_details as select record_id,"
            " dob::date as date_of_birth, null::varchar as address"
            f" from identity.source_records inner join read_csv('{PEOPLE}', all_varchar = true)"
            " on unique_id = regexp_extract(record_id, '[0-9]+')"
        )
        connection.execute(
            "insert into identity.source_records"
            " select source_records.* replace ('crm:child' as record_id, 'Zebedee' as first_name)"
            " from identity.source_records inner join identity.personal_details using (record_id)"
            " where source_name = 'crm' and date_of_birth < date '2000-01-01' and first_name is not"
            " null and cardinality(identifiers) > 0 order by record_id limit 1"
        )
        connection.execute(
            "insert into identity.personal_details values ('crm:child', date '2019-11-30', null)"
        )
        yield connection


def read(connection: duckdb.DuckDBPyConnection, path: Path) -> pa.Table:
    return connection.execute(f"from read_parquet('{path}')").to_arrow_table()


def test_without_a_source_nothing_is_read_and_nothing_is_learnt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(score, "match_records")
    with duckdb.connect() as connection:
        report = run_match(connection, tmp_path, sources=(), threshold=0.8)
        assert (report.records_count, report.matches_count) == (0, 0)
        for file, columns in (
            ("name_matches", MATCH_COLUMNS),
            ("name_match_refusals", REFUSAL_COLUMNS),
        ):
            found = connection.execute(
                f"describe from read_parquet('{tmp_path / file}.parquet')"
            ).fetchall()
            assert {row[0]: row[1].lower() for row in found} == columns
            assert len(read(connection, tmp_path / f"{file}.parquet")) == 0


def test_names_join_what_identifiers_leave_apart(
    identity: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    report = run_match(identity, tmp_path, sources=("crm", "shop"), threshold=0.8)
    matches = read(identity, tmp_path / "name_matches.parquet")
    assert 0 < report.matches_count == len(matches)
    assert report.vetoed_count > 0  # the child with a parent's mailbox
    identity.register("matches", matches)
    joined = identity.execute(f"""
        with known as (
            select record_id, source_name, identifiers['email'] as address, people.cluster as person
            from identity.source_records
            inner join read_csv('{PEOPLE}', all_varchar = true) as people
                on regexp_extract(record_id, '[0-9]+') = people.unique_id
        )
        select
            one.address = two.address and one.address <> 'desk@hotel.example',
            one.person = two.person,
            one.source_name,
            two.source_name
        from matches
        inner join known as one on left_record_id = one.record_id
        inner join known as two on right_record_id = two.record_id
    """).fetchall()
    # What one address joins is left to it, unless too many share it: then the names decide.
    assert not [row for row in joined if row[0]]
    assert sum(row[1] for row in joined) >= 0.95 * len(joined) > 0
    assert {source for row in joined for source in row[2:]} == {"crm", "shop"}
    assert not identity.execute(
        "select table_name from duckdb_tables() where schema_name = 'main'"
    ).fetchall()
