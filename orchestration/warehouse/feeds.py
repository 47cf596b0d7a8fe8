"""Which staging models feed which canonical model: gathered from the sources' files for dbt.

Whoever starts dbt hands the lists over as its variable `feeds`. The macro `feeds` keeps a copy for
dbt started by hand and for editors; `make lint` calls this module, which writes that copy anew.
"""

import csv
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from ingestion.contracts.contract import SourceContract
from ingestion.contracts.feeds import FEEDS, ORDERS_NEED
from ingestion.contracts.reading import load_contracts
from ingestion.errors import ContractError
from orchestration.settings import PROJECT

DBT_PROJECT = PROJECT / "dbt_project"
_MACRO = """{{# Written by `make lint` from `feeds` in ingestion/sources/*.yml: do not edit.
   A night and `clientele dbt` hand over what the files say at that moment. #}}
{{% macro feeds() -%}}
    {{{{ return(var('feeds', {{
{feeds}
    }})) }}}}
{{%- endmacro %}}
"""


def feeds_of(
    kinds: Mapping[str, SourceContract], project: Path = DBT_PROJECT
) -> dict[str, list[str]]:
    """Every feed with its staging models, in order of the sources' names.

    Errors: `ContractError` that names the source's file and the model's that is missing.
    """
    feeds: dict[str, list[str]] = {feed: [] for feed in FEEDS}
    for name in sorted(kinds):
        for feed, models in kinds[name].feeds.items():
            for model in models:
                file = project / "models" / "staging" / name / f"{model}.sql"
                if not file.is_file():
                    raise ContractError(
                        f"{kinds[name].path}: feeds.{feed}: there is no"
                        f" {file.relative_to(project.parent)}; write it, or correct the name"
                    )
            feeds[feed] += models
    return feeds


def check_feeds(kinds: Mapping[str, SourceContract], project: Path = DBT_PROJECT) -> None:
    """What was forgotten would be silent: orders without payments are no purchases, and a staging
    model that no feed names and no model reads is built for nothing.

    Errors: `ContractError` that names the source's file and what is missing.
    """
    _check_shared_types(kinds, project / "seeds" / "shared_identifier_types.csv")
    text = "".join(file.read_text(encoding="utf-8") for file in project.glob("models/**/*.sql"))
    read = set(re.findall(r"ref\(['\"](\w+)['\"]\)", text))
    for name in sorted(kinds):
        kind = kinds[name]
        for needed, why in ORDERS_NEED.items() if kind.feeds.get("orders") else ():
            if not kind.feeds.get(needed):
                raise ContractError(
                    f"{kind.path}: feeds.{needed}: missing; {why}"
                    " (ingestion/README.md, Add a source of orders)"
                )
        fed = {model for models in kind.feeds.values() for model in models}
        for file in sorted((project / "models" / "staging" / name).glob("stg_*.sql")):
            if file.stem not in read | fed:
                raise ContractError(
                    f"{kind.path}: feeds: nothing reads {file.stem}; name it under the feed"
                    f" that it is for ({', '.join(FEEDS)}), or remove"
                    f" {file.relative_to(project.parent)}"
                )


def _check_shared_types(kinds: Mapping[str, SourceContract], seed: Path) -> None:
    """What e-mail addresses and phone numbers are called, and their priorities, are taken."""
    with seed.open(encoding="utf-8", newline="") as rows:
        shared = {row["identifier_type"]: int(row["priority"]) for row in csv.DictReader(rows)}
    taken = {priority: name for name, priority in shared.items()}
    for kind in kinds.values():
        for name, declared in kind.identifier_types.items():
            where = f"{kind.path}: identifier_types.{name}"
            if name in shared:
                raise ContractError(
                    f"{where}: is one of {seed.name}, for all sources; leave it out here"
                )
            if declared.priority in taken:
                raise ContractError(
                    f"{where}.priority: {declared.priority} is already that of"
                    f" {taken[declared.priority]} in {seed.name}; choose another number"
                )


def feeds_variable(project: Path = DBT_PROJECT) -> str:
    """What `dbt --vars` takes. Errors: `ContractError`."""
    return json.dumps({"feeds": feeds_of(load_contracts(), project)})


def macro_text(feeds: Mapping[str, list[str]]) -> str:
    """The macro's file: one model a line, so that two people's additions merge."""
    lines = []
    for feed, models in feeds.items():
        lines += [f"        '{feed}': [", *(f"            '{model}'," for model in models)]
        lines.append("        ],")
    return _MACRO.format(feeds="\n".join(lines))


def main() -> int:
    """Write the macro; exit code 1 when it was not what the files say."""
    file = DBT_PROJECT / "macros" / "feeds.sql"
    text = macro_text(feeds_of(load_contracts()))
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return 0
    file.write_text(text, encoding="utf-8")
    print(f"{file.relative_to(PROJECT)} was written anew from ingestion/sources/*.yml; commit it")
    return 1


if __name__ == "__main__":
    sys.exit(main())
