"""The one console script, `clientele`. The verbs stand in `verbs`, each with the help that teaches
it; what a verb does stands in the file of its name."""

import os
from pathlib import Path

import click

from orchestration.cli.verbs import deciding, nights, reading, trying
from orchestration.home import keep_files_private


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    help="Settings file. Default: $CLIENTELE_SETTINGS, else clientele.yml.",
)
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    help="Folder of all state. Default: $CLIENTELE_HOME, else var/.",
)
def main(settings: Path | None, home: Path | None) -> None:
    """The customer database a company owns.

    \b
    Every night, extracts become one record per customer:
      raw → staging → identity → core → marts → segments → sync → destinations
    A gate stands behind every layer; what readers see moves only when every gate held.

    \b
    Begin with        clientele nightly --sample     the whole path on a sample shop
    then look at      clientele ui                   the graph, each table, each check
    and               clientele sql                  the published tables
    """
    keep_files_private()
    # Whole paths: what is started from here may stand in another folder.
    for name, given in (
        ("CLIENTELE_SETTINGS", settings),
        ("CLIENTELE_HOME", home),
        ("CLIENTELE_KEY_FILE", None),
    ):
        path = given or os.environ.get(name)
        if path:
            os.environ[name] = str(Path(path).resolve())


for verb in (
    nights.nightly,
    nights.ui,
    nights.status,
    nights.rollback,
    nights.reload,
    nights.try_,
    reading.sql,
    reading.search,
    reading.dbt,
    reading.docs,
    deciding.preview,
    deciding.holds,
    deciding.quarantine,
    deciding.forget,
    deciding.identity,
    trying.sample,
    trying.sandbox,
    trying.figures,
):
    main.add_command(verb)


if __name__ == "__main__":
    main()
