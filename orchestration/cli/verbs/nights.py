"""The verbs of a night: run one, watch it, ask how it went, go back to an earlier one."""

from datetime import datetime

import click

from orchestration.cli.told import told


@click.command()
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
@told
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


@click.command()
@click.option("--port", default=3000, show_default=True, help="Port of the web page.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--without-sign-in",
    is_flag=True,
    help="Listen on another address than this machine's own, where nobody has to sign in.",
)
@told
def ui(port: int, host: str, without_sign_in: bool) -> None:
    """Open Dagster on this project: the graph by layer,
    checks on the table they guard, the schedule.

    Switch on `nightly_schedule` there to run every night while this runs; or let cron call
    `clientele nightly`.
    """
    from orchestration.cli.ui import serve

    serve(host, port, without_sign_in=without_sign_in)


@click.command()
@click.option("--files", is_flag=True, help="Extracts that were set aside, and why.")
@click.option("--syncs", is_flag=True, help="The last deliveries, sync by sync.")
@told
def status(files: bool, syncs: bool) -> None:
    """Say how the last night went and what waits for a person, each with the command for it."""
    from orchestration.cli.status import show_status

    show_status(files=files, syncs=syncs)


@click.command()
@click.argument("run_id", required=False)
@told
def rollback(run_id: str | None) -> None:
    """Point readers back to an earlier generation. Without RUN_ID: list those that are kept."""
    from orchestration.cli.rollback import roll_back

    roll_back(run_id)


@click.command()
@click.argument("source")
@told
def reload(source: str) -> None:
    """After a change of contract, or damage to raw: read SOURCE's kept extracts again.

    After a change of contract they become the next revision of raw; files of raw that are gone or
    not as they were written are made again where they lay.

    The next night takes the new revisions up, all at once; earlier nights can still be built
    from the old ones. A file that is no longer in the landing zone stays as it was, its new
    columns empty.
    """
    from orchestration.cli.reload import reload as read_again

    read_again(source)


@click.command("try")
@click.argument("source")
@told
def try_(source: str) -> int:
    """Try one source on its own files: contract, raw, staging, records about people and core.

    \b
    Says what a night would say of it, in half a minute; the home and what is published stay
    as they are. Exit codes   0 a night would take it   3 it would set files of it aside
    2 it would refuse   1 failed
    """
    from orchestration.cli.try_source import try_source

    return try_source(source)
