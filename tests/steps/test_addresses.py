"""E-mail addresses as people and systems write them, and what the step makes of them."""

from pathlib import Path

import duckdb
import pytest

from orchestration.steps.addresses.step import ADDRESS_COLUMNS, addresses_in, run_addresses

VERA = "vera@example.net"


@pytest.mark.parametrize(
    "text",
    [
        VERA,
        "VERA@Example.NET",
        "vera@example.net\u200b",
        "\ufeffvera@exam\u00adple.net",
        "vera@example.net\u202c",
        "vera@example.net\x00",
        "\u00a0vera@example.net\u2028",
        "ve\u00a0ra@exam\tple.net",
        "vera @ example.net",
        "vera@example.net.",
        "vera@example.net\u3002",
        "ｖera＠example．net",
        "mailto:vera@example.net",
        "MAILTO:vera%40example.net?subject=Stop",
        "Vera <vera@example.net>",
        '"Example, Vera" <vera@example.net>',
        "vera@example.net <Vera@example.net>",
        "Vera [mailto:vera@example.net]",
        "'vera@example.net'",
        "Vera (vera@example.net);",
    ],
)
def test_one_address_has_one_form(text: str) -> None:
    assert addresses_in(text) == [VERA]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vera@example.net, willi@example.net", [VERA, "willi@example.net"]),
        ("vera@example.net\nwilli@example.net", [VERA, "willi@example.net"]),
        ("Vera <vera@example.net>; Willi <willi@example.net>", [VERA, "willi@example.net"]),
        ("Vera vera@example.net", [VERA, "veravera@example.net"]),
        ("vera@example.net <willi@example.net>", [VERA, "willi@example.net"]),
        ("guest", []),
        ("vera@example", []),
        ("vera@example..net", []),
        ("a@b@example.net", []),
        ("@example.net", []),
        ("", []),
        (f"{'v' * 65}@example.net", []),
    ],
)
def test_several_or_none(text: str, found: list[str]) -> None:
    assert addresses_in(text) == found


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ann@Müller.example", "ann@xn--mller-kva.example"),
        ("ann@xn--mller-kva.example", "ann@xn--mller-kva.example"),
        ("ann@mu\u0308ller.example", "ann@xn--mller-kva.example"),
        ("Jürgen@example.org", "jürgen@example.org"),
        ("ann@mü_.example", "ann@mü_.example"),
        ("o'brien+news@example.org", "o'brien+news@example.org"),
        ("%@Müller.example", "%@xn--mller-kva.example"),
    ],
)
def test_a_mailbox_stays_as_it_is_and_a_domain_is_as_the_name_system_has_it(
    text: str, address: str
) -> None:
    assert addresses_in(text) == [address]


def test_one_row_per_text_and_reading(tmp_path: Path) -> None:
    connection = duckdb.connect()
    connection.execute(
        """
        create table texts as select unnest([
            'Vera@Example.net', 'Vera@Example.net', 'vera@example.net.', 'guest', null,
            'vera@example.net, willi@example.net'
        ])
        """
    )
    report = run_addresses(connection, tmp_path, queries=["from texts", "from texts"])
    written = duckdb.execute("from read_parquet(?)", [str(tmp_path / "addresses.parquet")])
    assert {d[0]: str(d[1]).lower() for d in written.description or []}.keys() == {*ADDRESS_COLUMNS}
    assert written.fetchall() == [
        ("Vera@Example.net", VERA, 1),
        ("guest", None, 0),
        ("vera@example.net, willi@example.net", VERA, 2),
        ("vera@example.net, willi@example.net", "willi@example.net", 2),
        ("vera@example.net.", VERA, 1),
    ]
    assert (report.addresses_count, report.valid_count, report.rejected_count) == (4, 2, 2)


def test_addresses_of_records_of_every_type_and_of_withdrawals(tmp_path: Path) -> None:
    """The default queries, over a read-only generation as in the night."""
    generation = tmp_path / "gen.duckdb"
    with duckdb.connect(str(generation)) as connection:
        connection.execute(
            """
            create schema identity; create schema seeds;
            create table seeds.identifier_types as
            select unnest(['email', 'bill_to@shop_uk', 'phone']) as identifier_type,
                unnest(['email', 'email', 'phone']) as normalisation;
            create table identity.source_records as
            select map {'email': 'a@example.com', 'phone': '0171 3920000'} as identifiers
            union all
            select map {'bill_to': 'b@example.com'};
            create table identity.written_contact_points as
            select 'c@example.com' as contact_point, 'email' as contact_point_type
            union all
            select '0171 3920000', 'phone';
            """
        )
    connection = duckdb.connect()
    connection.execute(f"attach '{generation}' as clientele (read_only)")
    connection.execute("set search_path = 'clientele.main'")
    run_addresses(connection, tmp_path)
    assert duckdb.execute(
        "select address from read_parquet(?)", [str(tmp_path / "addresses.parquet")]
    ).fetchall() == [("a@example.com",), ("b@example.com",), ("c@example.com",)]
    assert connection.execute(
        "select count(*) from duckdb_tables() where temporary"
    ).fetchall() == [(0,)]
