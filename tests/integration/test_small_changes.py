"""The README's five recipes, each followed to the letter on a copy of the project:
a source, an identifier, a mart, a segment with its sync, a destination.

One night through the command line builds them all. New files lie below `small_changes/<recipe>/` as
in the project; `LINES` are what a recipe adds to files that are there already. Loyalty cards: Anna
has one card under two addresses, Ben one, Dora one and nothing else.
"""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from command_line import clientele, latest
from recipes import LINES
from small_shop import CUSTOMERS, REVENUE_ORDERS, SETTINGS, deliver_small_shop

from orchestration.settings import PROJECT
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations

RECIPES = Path(__file__).parent / "small_changes"
COPIED = ("ingestion", "expectations", "orchestration", "dbt_project")


class Changed(NamedTuple):
    """The copy after its night."""

    project: Path
    home: Path
    till: Path


def _texts(project: Path) -> dict[str, str]:
    files = [
        project / "clientele.yml",
        *(file for folder in COPIED for file in (project / folder).rglob("*") if file.is_file()),
    ]
    return {
        file.relative_to(project).as_posix(): file.read_text(encoding="utf-8")
        for file in files
        if file.suffix in {".py", ".sql", ".yml", ".csv", ".md"} and "__pycache__" not in file.parts
    }


def _follow(project: Path, till: Path) -> None:
    for recipe in sorted(RECIPES.iterdir()):
        shutil.copytree(recipe, project, dirs_exist_ok=True)
    for addition in LINES:
        file = project / addition.file
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        place = len(lines)
        if addition.behind:
            (place,) = (
                number for number, line in enumerate(lines, 1) if line.startswith(addition.behind)
            )
        lines.insert(place, addition.lines.replace("FOLDER", str(till)))
        file.write_text("".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changed]:
    folder = tmp_path_factory.mktemp("small-changes")
    project, home, till = folder / "project", folder / "home", folder / "till"
    for name in COPIED:
        shutil.copytree(
            PROJECT / name, project / name, ignore=shutil.ignore_patterns("target", "logs")
        )
    (project / "clientele.yml").write_text(SETTINGS, encoding="utf-8")
    before = _texts(project)
    _follow(project, till)
    after = _texts(project)

    # Nothing but what the recipes say: new files, and lines added to old ones.
    new = {
        file.relative_to(recipe).as_posix()
        for recipe in RECIPES.iterdir()
        for file in recipe.rglob("*")
        if file.is_file()
    }
    assert set(after) - set(before) == new
    touched = {name for name, text in before.items() if after[name] != text}
    assert touched == {addition.file for addition in LINES}
    assert not any(name.endswith(".py") for name in touched)

    deliver_small_shop(home / "extracts")
    (home / "extracts" / "loyalty").mkdir()
    (home / "extracts" / "loyalty" / "cards-2026-06-30.csv").write_text(
        "registration_id,Card number,E-mail,First name,Registered at\n"
        "1,4711,anna@example.com,Anna,2026-06-02T08:00:00Z\n"
        "2,4711,anna@office.example,,2026-06-03T08:00:00Z\n"
        "3,4712,ben@example.com,Ben,2026-06-04T08:00:00Z\n"
        "4,4713,dora@example.com,Dora,2026-06-05T08:00:00Z\n",
        encoding="utf-8",
    )
    done = clientele(home, "nightly", project=project)
    assert done.returncode == 0, done.stdout + done.stderr
    yield Changed(project, home, till)


def _asked(changed: Changed, query: str) -> list[Any]:
    connection = connect(Generations(changed.home / "generations").current_inputs())
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_source_is_loaded_and_guarded_and_reaches_the_customers(changed: Changed) -> None:
    assert _asked(changed, "select count(*) from raw.loyalty_cards") == [(4,)]
    guards = _asked(
        changed,
        "select layer, status, count(*) > 0 from quality.results"
        " where table_name = 'loyalty_cards' group by all",
    )
    assert ("raw", "passed", True) in guards
    assert not [guard for guard in guards if guard[1] in ("failed", "errored")]
    dora = _asked(
        changed,
        "select first_name, sources_count from core.customers where email = 'dora@example.com'",
    )
    assert dora == [("Dora", 1)]


def test_an_identifier_joins_records_and_moves_no_other_ones_priority(changed: Changed) -> None:
    anna = _asked(
        changed,
        "select count(distinct customer_id), count(*) from identity.identity_map where record_id in"
        " ('shopify_customers:1', 'shopify_orders:1001', 'shopify_orders:1002',"
        " 'hubspot_contacts:51', 'loyalty_cards:1', 'loyalty_cards:2')",
    )
    assert anna == [(1, 6)]
    joined = _asked(
        changed, "select match_rule from identity.identity_map where record_id = 'loyalty_cards:2'"
    )
    assert joined == [("loyalty_card",)]
    assert latest(changed.home)["identity"]["customers"] == CUSTOMERS + 1
    with (PROJECT / "dbt_project" / "seeds" / "identifier_types.csv").open(
        encoding="utf-8"
    ) as file:
        others = [(row["identifier_type"], int(row["priority"])) for row in csv.DictReader(file)]
    built = _asked(
        changed, "select identifier_type, priority from seeds.identifier_types order by priority"
    )
    assert [row for row in built if row[0] != "loyalty_card"] == others


def test_a_mart_is_built_with_its_description_and_its_tests(changed: Changed) -> None:
    built = _asked(
        changed,
        "select has_card, orders_count, net_revenue::varchar from marts.loyalty_revenue order by 1",
    )
    assert built == [(True, REVENUE_ORDERS, "225.00")]
    described = _asked(
        changed, "select comment from duckdb_tables() where table_name = 'loyalty_revenue'"
    )
    assert described == [("One row per kind of buyer: with and without a loyalty card.",)]


def test_a_segment_is_followed_guarded_and_sent_by_its_declared_fields(changed: Changed) -> None:
    members = _asked(
        changed,
        "select email, entered_at::varchar from segments.memberships"
        " join core.customers using (customer_id)"
        " where segment = 'loyal_buyers' order by 1",
    )
    assert members == [
        ("anna@example.com", "2026-06-30 22:00:00"),
        ("ben@example.com", "2026-06-30 22:00:00"),
    ]
    assert _asked(
        changed, "select count(*) > 0 from quality.results where table_name = 'seg_loyal_buyers'"
    ) == [(True,)]
    (sync,) = (
        sync for sync in latest(changed.home)["syncs"] if sync["name"] == "till_loyal_buyers"
    )
    # Ben withdrew his consent.
    assert (sync["status"], sync["added"], sync["withheld"]) == ("done", 1, 1)


def test_a_destination_receives_the_rows(changed: Changed) -> None:
    (file,) = (changed.till / "loyal_buyers").iterdir()
    assert json.loads(file.read_text(encoding="utf-8")) == {"email": "anna@example.com"}
    assert _asked(
        changed, f"select email from core.customers where customer_id = '{file.stem}'"
    ) == [("anna@example.com",)]
