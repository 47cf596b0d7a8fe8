"""The second CRM, the support desk, the e-mail tool and the privacy desk speak of the same
people as the shop does."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ingestion.samples.shop import make_sample


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    make_sample(folder / "extracts", folder / "truth", customers=400)
    return folder


@pytest.fixture(scope="module")
def con(home: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for table, reader in (
        ("salesforce/leads", "read_csv"), ("salesforce/contacts", "read_csv"),
        ("zendesk/users", "read_json"), ("zendesk/tickets", "read_json"),
        ("zendesk/satisfaction_ratings", "read_json"), ("klaviyo/profiles", "read_json"),
        ("klaviyo/events", "read_json"), ("klaviyo/metrics", "read_json"),
    ):  # fmt: skip
        files = [
            str(path)
            for path in sorted((home / "extracts").glob(f"{table}-*"))
            if "manifest" not in path.name
        ]
        text = ", all_varchar = true" if reader == "read_csv" else ""
        connection.execute(
            f"create view {table.replace('/', '_')} as"
            f" from {reader}({files}, union_by_name = true{text})"
        )
    connection.execute(f"create view truth as from '{home}/truth/record_persons.parquet'")
    return connection


def test_a_converted_lead_names_a_contact_of_the_same_person(
    con: duckdb.DuckDBPyConnection,
) -> None:
    pairs = con.execute("""
        select lead_truth.person_id = contact_truth.person_id, count(*)
        from salesforce_leads as leads
        left join truth as lead_truth on lead_truth.record_id = 'salesforce_leads:' || leads.Id
        left join truth as contact_truth
            on contact_truth.record_id = 'salesforce_contacts:' || leads.ConvertedContactId
        where IsConverted = 'true' group by 1
    """).fetchall()
    assert len(pairs) == 1 and pairs[0][0] is True and pairs[0][1] > 5


def test_every_record_about_a_person_has_its_truth(con: duckdb.DuckDBPyConnection) -> None:
    for table, key in (
        ("salesforce_leads", "Id"),
        ("salesforce_contacts", "Id"),
        ("zendesk_users", "id::varchar"),
        ("klaviyo_profiles", "id"),
    ):
        missing, rows = con.execute(
            f"select count(*) filter (where person_id is null), count(*) from {table} "
            f"left join truth on truth.record_id = '{table}:' || {key}"
        ).fetchall()[0]
        assert missing == 0 < rows, table


def test_events_and_tickets_belong_to_somebody_who_was_delivered(
    con: duckdb.DuckDBPyConnection,
) -> None:
    lost = con.execute("""
        select
            (
                select count(*) from zendesk_tickets
                where requester_id not in (select id from zendesk_users)
            ),
            (
                select count(*) from zendesk_satisfaction_ratings
                where ticket_id not in (select id from zendesk_tickets)
            ),
            (
                select count(*) from klaviyo_events
                where relationships.metric.data.id not in (select id from klaviyo_metrics)
            )
    """).fetchall()
    assert lost == [(0, 0, 0)]


def test_nobody_gets_mail_after_unsubscribing(con: duckdb.DuckDBPyConnection) -> None:
    kinds = con.execute("""
        with events as (
            select
                relationships.profile.data.id as profile,
                metrics.attributes.name as kind,
                events.attributes.datetime as moment
            from klaviyo_events as events
            join klaviyo_metrics as metrics
                on metrics.id = events.relationships.metric.data.id
        ),
        ends as (
            select profile, min(moment) as moment
            from events where kind ilike 'unsub%' or kind ilike '%spam' group by profile
        )
        select
            (select count(*) from ends),
            (
                select count(*) from events join ends using (profile)
                where kind = 'Received Email' and events.moment > ends.moment + interval 40 day
            ),
            (select count(distinct kind) from events)
    """).fetchall()
    ended, after, kinds_seen = kinds[0]
    assert ended > 3 and after == 0 and kinds_seen == 6
