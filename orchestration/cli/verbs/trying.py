"""The verbs that need no data of a company's own: samples, stand-ins, the README's figures."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ingestion import samples
from orchestration.cli.told import told


@click.command()
@click.option(
    "--set",
    "data_set",
    type=click.Choice(samples.data_sets()),
    default=samples.DEFAULT,
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
    help="The data set as published, whole, as Parquet or CSV.",
)
@told
def sample(data_set: str, until: datetime | None, **others: Any) -> None:
    """Make the extracts of a sample: an invented shop with known answers, or a data set that
    others have published.

    The latter want settings of their own: clientele --settings
    ingestion/samples/<set>/clientele.yml --home var/<set> …
    """
    from orchestration.cli.sample import make

    context = click.get_current_context()
    given = {
        name
        for name in context.params
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    }
    meant = samples.data_set(data_set)
    if astray := sorted(given - meant.OPTIONS - {"data_set"}):
        raise click.UsageError(f"--{astray[0]} says nothing about --set {data_set}; leave it out")
    make(meant, {"until": until.date() if until else None, **others})


@click.command()
@click.option(
    "--port", default=8765, show_default=True, help="Port to listen on; 0 takes any free one."
)
@told
def sandbox(port: int) -> None:
    """Stand in for the destinations: a server that refuses what they refuse, and says what arrived.

    \b
    Point a destination there with base_url: http://127.0.0.1:8765/<kind>, such as …/klaviyo.
    GET /__ctl/effects is what was applied; POST /__ctl/faults makes it fail:
      {"kind": "status", "status": 500, "times": 1}
    Both want the token of this start: it stands in a file that only you read, as the header that
    curl takes (curl -H @<file> …), unless CLIENTELE_SANDBOX_TOKEN has one.
    """
    from orchestration.cli.sandbox import stand_in

    stand_in(port)


@click.command()
@click.argument("topics", nargs=-1)
@click.option(
    "--table", is_flag=True, help="Only write the README's table from the results that are there."
)
@told
def figures(topics: tuple[str, ...], table: bool) -> int:
    """Measure again every figure that the README claims (or only TOPICS), and write the results.

    Results: tests/benchmarks/results/<topic>.json.
    """
    from orchestration.cli.figures import measure

    return measure(topics, table_only=table)
