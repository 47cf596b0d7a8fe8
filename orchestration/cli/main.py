"""The one console script, `clientele`: each verb with the help that teaches it;
what it does stands in the file of its name."""

import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from orchestration.settings import SettingsError

FAILED = 1


def _told(command: Callable[..., Any]) -> Callable[..., Any]:
    """Expected failures end as one line that says what to do next, not as a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            sys.exit(command(*args, **kwargs) or 0)
        except (SettingsError, FileNotFoundError, click.UsageError) as error:
            click.echo(f"clientele: {error}", err=True)
            sys.exit(FAILED)
        except Exception as error:
            if type(error).__module__.split(".")[0] not in {
                "orchestration",
                "ingestion",
                "expectations",
                "_duckdb",
                "duckdb",
            }:
                raise
            click.echo(f"clientele: {error}", err=True)
            sys.exit(FAILED)

    return run


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
    # Whole paths: what is started from here may stand in another folder.
    for name, given in (
        ("CLIENTELE_SETTINGS", settings),
        ("CLIENTELE_HOME", home),
        ("CLIENTELE_KEY_FILE", None),
    ):
        path = given or os.environ.get(name)
        if path:
            os.environ[name] = str(Path(path).resolve())


@main.command()
@click.option(
    "--sample",
    is_flag=True,
    help="Make the sample shop's extracts first when the landing zone is empty.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="The night's date: a shop day, or a moment in UTC.",
)
@_told
def nightly(sample: bool, as_of: datetime | None) -> int:
    """Run one night: load, build, check, publish, push; then print what happened.

    \b
    Only one run at a time: a second one says who holds the lease and ends.
    An --as-of before the published one rebuilds that night: same files, same figures,
    nothing published or sent.

    \b
    Exit codes   0 published   3 published, but something was set aside or waits for a person
                 2 refused by a gate: nothing published, nothing sent   1 failed
    """
    from orchestration.cli.nightly import run_nightly

    return run_nightly(sample=sample, as_of=as_of)


@main.command()
@click.option("--port", default=3000, show_default=True, help="Port of the web page.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@_told
def ui(port: int, host: str) -> None:
    """Open Dagster on this project: the graph by layer,
    checks on the table they guard, the schedule.

    Switch on `nightly_schedule` there to run every night while this runs; or let cron call
    `clientele nightly`.
    """
    from orchestration.cli.ui import serve

    serve(host, port)


@main.command()
@click.option("--files", is_flag=True, help="Extracts that were set aside, and why.")
@click.option("--syncs", is_flag=True, help="The last deliveries, sync by sync.")
@_told
def status(files: bool, syncs: bool) -> None:
    """Say how the last night went and what waits for a person, each with the command for it."""
    from orchestration.cli.status import show_status

    show_status(files=files, syncs=syncs)


@main.command()
@click.argument("query", required=False)
@click.option(
    "--run",
    "run_id",
    help="Another generation than the published one, e.g. that of a refused night.",
)
@_told
def sql(query: str | None, run_id: str | None) -> None:
    """Query the published generation, read-only: a shell, or one QUERY.

    Layers are schemas (core.customers); live histories of the control store stand beside them
    in schema `live` (live.extract_files, live.delivery_log, live.gate_results …); quarantined
    rows in live.quarantine, masked.
    """
    from orchestration.cli.sql import shell

    shell(query, run_id)


@main.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=10, show_default=True, help="How many tickets at most.")
@click.option("--whole", is_flag=True, help="The whole message of each, not its beginning alone.")
@_told
def search(words: tuple[str, ...], limit: int, whole: bool) -> None:
    """Find support tickets by word, the best match first: `clientele search broken lid`."""
    from orchestration.cli.search import search as search_tickets

    search_tickets(" ".join(words), limit, whole)


@main.command(
    context_settings={
        "ignore_unknown_options": True,
        "allow_extra_args": True,
        "help_option_names": [],
    }
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@_told
def dbt(arguments: tuple[str, ...]) -> int:
    """Try a model while you write it: `clientele dbt build --select customers`.

    Models that you build go to your own development file (var/dev/); everything else is read
    from the published generation. The published file is never touched. Look at the result with
    `clientele dbt show --select customers`.
    """
    from orchestration.cli.analyst import run_dbt

    return run_dbt(arguments)


@main.command()
@_told
def docs() -> None:
    """Write dbt's documentation of every model and column as one static page that opens offline."""
    from orchestration.cli.analyst import write_docs

    write_docs()


@main.command()
@click.argument("run_id", required=False)
@_told
def rollback(run_id: str | None) -> None:
    """Point readers back to an earlier generation. Without RUN_ID: list those that are kept."""
    from orchestration.cli.rollback import roll_back

    roll_back(run_id)


@main.command()
@click.option(
    "--port", default=8765, show_default=True, help="Port to listen on; 0 takes any free one."
)
@_told
def sandbox(port: int) -> None:
    """Stand in for the destinations: a server that refuses what they refuse, and says what arrived.

    \b
    Point a destination there with base_url: http://127.0.0.1:8765/<kind>, such as …/klaviyo.
    GET /__ctl/effects is what was applied; POST /__ctl/faults makes it fail:
      {"kind": "status", "status": 500, "times": 1}
    """
    from orchestration.cli.sandbox import stand_in

    stand_in(port)


@main.command()
@click.argument("sync", required=False)
@_told
def preview(sync: str | None) -> None:
    """Say what the next delivery would do: rows to add, change and take back,
    and what would wait for a person.

    With SYNC: the encoded bodies of its first rows, too. Values are hidden, letter by
    letter. Nothing is sent.
    """
    from orchestration.cli.preview import show

    show(sync)


@main.command()
@click.argument("action", type=click.Choice(["list", "approve", "dismiss"]), default="list")
@click.argument("hold_id", type=int, required=False)
@_told
def holds(action: str, hold_id: int | None) -> int:
    """List the syncs that wait for a person; approve or dismiss one by its number.

    An approved plan is sent at once, exactly as it was held, less what may not be sent by now.
    """
    from orchestration.cli.holds import decide

    return decide(action, hold_id)


@main.command()
@click.argument(
    "action", type=click.Choice(["list", "show", "export", "replay", "dismiss"]), default="list"
)
@click.argument("file", required=False)
@click.option(
    "--whole", is_flag=True, help="show: rows as they are, with personal data; on a terminal only."
)
@click.option("--reason", help="dismiss: why the rows wait no more.")
@_told
def quarantine(action: str, file: str | None, whole: bool, reason: str | None) -> None:
    """List the rows that could not be loaded, and why; mend them.

    \b
    show <file>        its rows, masked
    export <file>      writes them out, whole, for you alone
    replay <exported>  loads the corrected rows
    dismiss <file>     mended elsewhere, or given up

    <file> is the beginning of a file's id. A file delivered again under its name settles
    its rows by itself.
    """
    from orchestration.cli.quarantine import manage

    manage(action, file, whole=whole, reason=reason)


@main.command()
@click.argument("action", type=click.Choice(["explain", "same", "different", "rules", "revoke"]))
@click.argument("terms", nargs=-1)
@click.option(
    "--whole", is_flag=True, help="explain: addresses and numbers as they are; on a terminal only."
)
@click.option("--reason", help="same, different: why, for whoever asks later.")
@_told
def identity(action: str, terms: tuple[str, ...], whole: bool, reason: str | None) -> None:
    """Say why records are one customer, or why not; overrule it.

    \b
    explain <one>              its customer: the records, what joined each, what was refused
    explain <one> <other>      the evidence between the two, or why there is none
    same | different <a> <b>   a rule about two records, from the next night on, over every rebuild
    rules, revoke <number>     the rules that stand; take one back

    A record is named as in identity.source_records; explain takes customer ids and addresses, too.
    """
    from orchestration.cli.identity import manage

    manage(action, terms, whole=whole, reason=reason)


@main.command()
@click.argument("source")
@_told
def reload(source: str) -> None:
    """After a change of contract: read SOURCE's kept extracts again, into the next revision of raw.

    The next night takes the new revisions up, all at once; earlier nights can still be built
    from the old ones. A file that is no longer in the landing zone stays as it was, its new
    columns empty.
    """
    from orchestration.cli.reload import reload as read_again

    read_again(source)


@main.command()
@click.option(
    "--set",
    "data_set",
    type=click.Choice(["shop", "cdnow", "online_retail"]),
    default="shop",
    show_default=True,
    help="Which.",
)
@click.option("--customers", default=2000, show_default=True, help="Size of the sample shop.")
@click.option("--seed", default=7, show_default=True, help="Another seed is another shop.")
@click.option(
    "--nights",
    default=10,
    show_default=True,
    help="How many of the last days are delivered night by night.",
)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Deliver only up to this business day."
)
@click.option(
    "--published",
    type=click.Path(path_type=Path),
    help="Online Retail as published, whole, as Parquet or CSV.",
)
@_told
def sample(
    data_set: str,
    customers: int,
    seed: int,
    nights: int,
    until: datetime | None,
    published: Path | None,
) -> None:
    """Make the extracts of a sample: an invented shop with known answers, the CDNOW purchases,
    or the Online Retail ledger.

    The latter two want settings of their own: clientele --settings
    ingestion/samples/cdnow/clientele.yml --home var/cdnow …
    """
    from orchestration.cli.sample import OPTIONS, make

    context = click.get_current_context()
    given = {
        name
        for name in context.params
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    }
    if astray := sorted(given - OPTIONS[data_set] - {"data_set"}):
        raise click.UsageError(f"--{astray[0]} says nothing about --set {data_set}; leave it out")
    make(data_set, customers, seed, nights, until.date() if until else None, published)


@main.command()
@click.argument("topics", nargs=-1)
@click.option(
    "--table", is_flag=True, help="Only write the README's table from the results that are there."
)
@_told
def figures(topics: tuple[str, ...], table: bool) -> int:
    """Measure again every figure that the README claims (or only TOPICS), and write the results.

    Results: tests/benchmarks/results/<topic>.json.
    """
    from orchestration.cli.figures import measure

    return measure(topics, table_only=table)


if __name__ == "__main__":
    main()
