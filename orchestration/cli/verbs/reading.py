"""The verbs that read what is published, and try a model on it."""

import click

from orchestration.cli.told import told


@click.command()
@click.argument("query", required=False)
@click.option(
    "--run",
    "run_id",
    help="Another generation than the published one, e.g. that of a refused night.",
)
@click.option(
    "--unsafe",
    is_flag=True,
    help="Let SQL open files, the network, other databases, extensions and settings; audited.",
)
@told
def sql(query: str | None, run_id: str | None, unsafe: bool) -> None:
    """Query the published generation, read-only: a shell, or one QUERY.

    SQL reads what it is shown and opens no file, network or setting (but see --unsafe).
    Layers are schemas (core.customers); live histories of the control store stand beside them
    in schema `live` (live.extract_files, live.delivery_log, live.gate_results …); quarantined
    rows in live.quarantine, masked. `create temp table`, view or macro: yours, in memory, until the
    shell ends.
    """
    from orchestration.cli.sql import shell

    shell(query, run_id, unsafe=unsafe)


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=10, show_default=True, help="How many tickets at most.")
@click.option("--whole", is_flag=True, help="The whole message of each, not its beginning alone.")
@told
def search(words: tuple[str, ...], limit: int, whole: bool) -> None:
    """Find support tickets by word, the best match first: `clientele search broken lid`."""
    from orchestration.cli.search import search as search_tickets

    search_tickets(" ".join(words), limit, whole)


@click.command(
    context_settings={
        "ignore_unknown_options": True,
        "allow_extra_args": True,
        "help_option_names": [],
    }
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@told
def dbt(arguments: tuple[str, ...]) -> int:
    """Try a model while you write it: `clientele dbt build --select customers`.

    Models that you build go to your own development file (var/dev/); everything else is read
    from the published generation. The published file is never touched. Look at the result with
    `clientele dbt show --select customers`.
    """
    from orchestration.cli.analyst import run_dbt

    return run_dbt(arguments)


@click.command()
@told
def docs() -> None:
    """Write dbt's documentation of every model and column as one static page that opens offline."""
    from orchestration.cli.analyst import write_docs

    write_docs()
