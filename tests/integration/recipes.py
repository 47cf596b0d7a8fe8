"""The recipes for small changes, as ingestion/README.md and README.md have them, on a copy of
the project: what each adds to files that are there already, and how it is followed.

New files lie below `small_changes/<recipe>/` as in the project.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

from orchestration.settings import PROJECT

RECIPES = Path(__file__).parent / "small_changes"
COPIED = ("ingestion", "expectations", "orchestration", "dbt_project")
MODELS = "dbt_project/models"


class Addition(NamedTuple):
    """Lines that a recipe adds to a file, behind the line that begins like `behind`
    (nothing: at the end)."""

    recipe: str
    file: str
    behind: str
    lines: str


LINES = (
    Addition(
        "source", "clientele.yml", "sources:", "  loyalty: {enabled: true, freshness_days: 60}\n"
    ),
    Addition(
        "orders", "clientele.yml", "sources:", "  corner: {enabled: true, freshness_days: 60}\n"
    ),
    Addition(
        "mart",
        f"{MODELS}/marts/_marts__models.yml",
        "",
        """
  - name: loyalty_revenue
    description: "One row per kind of buyer: with and without a loyalty card."
    config: {meta: {owner: marketing}}
    columns:
      - name: has_card
        data_type: boolean
        description: Whether they hold a card.
        constraints: [{type: not_null}]
        data_tests: [unique]
      - name: currency_code
        data_type: varchar
        description: "{{ doc('reporting_currency') }}"
        constraints: [{type: not_null}]
      - name: orders_count
        data_type: integer
        description: Their revenue orders.
        constraints: [{type: not_null}]
      - name: net_revenue
        data_type: "decimal(18,2)"
        description: Their revenue.
        constraints: [{type: not_null}]
""",
    ),
    Addition(
        "segment", "dbt_project/dbt_project.yml", "    lapsing:", "    loyal_buyers: {version: 1}\n"
    ),
    Addition(
        "segment",
        f"{MODELS}/segments/_segments__models.yml",
        "",
        """
  - name: seg_loyal_buyers
    description: One row per buyer with a loyalty card.
    config: {meta: {owner: marketing}}
    columns:
      - name: customer_id
        data_type: varchar
        description: "{{ doc('customer_id') }}"
        constraints: [{type: not_null}]
        data_tests: [unique]
      - name: email
        data_type: varchar
        description: E-mail address.
        config: {meta: {pii: email}}
      - name: orders_count
        data_type: integer
        description: "{{ doc('orders_count') }}"
        constraints: [{type: not_null}]
""",
    ),
    Addition(
        "segment",
        f"{MODELS}/sync/_sync__exposures.yml",
        "",
        """
  - name: till_loyal_buyers
    type: application
    owner: {name: marketing}
    description: Who is greeted by name at the till.
    depends_on:
      - ref('seg_loyal_buyers')
    config:
      meta:
        sync:
          destination: till
          object: loyal_buyers
          model: seg_loyal_buyers
          fields: [email]
          key: customer_id
          mode: mirror
          purpose: marketing
          channel: email
          contact_point: email
""",
    ),
    Addition(
        "destination",
        "clientele.yml",
        "destinations:",
        "  till: {enabled: true, options: {kind: folder, folder: FOLDER}}\n",
    ),
)


def copied_project(folder: Path, settings: str) -> Path:
    """The project's code as a folder of its own, with these settings."""
    project = folder / "project"
    for name in COPIED:
        shutil.copytree(
            PROJECT / name,
            project / name,
            ignore=shutil.ignore_patterns("target", "logs", "__pycache__"),
        )
    (project / "clientele.yml").write_text(settings, encoding="utf-8")
    return project


def texts(project: Path) -> dict[str, str]:
    """Every file of the project that a person writes, by its path."""
    files = [
        project / "clientele.yml",
        *(file for folder in COPIED for file in (project / folder).rglob("*") if file.is_file()),
    ]
    return {
        file.relative_to(project).as_posix(): file.read_text(encoding="utf-8")
        for file in files
        if file.suffix in {".py", ".sql", ".yml", ".csv", ".md"}
    }


def new_files(recipe: str) -> set[str]:
    """The files that a recipe adds."""
    folder = RECIPES / recipe
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def follow(project: Path, recipe: str, till: Path = Path("till")) -> None:
    """Do what a recipe says: put its files there, add its lines."""
    shutil.copytree(RECIPES / recipe, project, dirs_exist_ok=True)
    for addition in LINES:
        if addition.recipe != recipe:
            continue
        file = project / addition.file
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        place = len(lines)
        if addition.behind:
            (place,) = (
                number for number, line in enumerate(lines, 1) if line.startswith(addition.behind)
            )
        lines.insert(place, addition.lines.replace("FOLDER", str(till)))
        file.write_text("".join(lines), encoding="utf-8")
