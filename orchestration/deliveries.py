"""The end of a night: each declared sync from the published generation to its destination. The engine is in `reverse_etl/`."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from orchestration.control.store import ControlStore
from orchestration.night import Night
from orchestration.reverse_etl.destinations import build
from orchestration.reverse_etl.engine import deliver
from orchestration.reverse_etl.protocol import Destination, DestinationConfig
from orchestration.reverse_etl.result import SyncResult
from orchestration.reverse_etl.sandbox import Sandbox
from orchestration.reverse_etl.spec import SyncSpec
from orchestration.settings import Settings, secret
from orchestration.warehouse.connection import connect
from orchestration.warehouse.inputs import Inputs

SANDBOX = "sandbox"
SANDBOX_TOKEN = "sandbox-token"


def deliver_sync(night: Night, spec: SyncSpec) -> SyncResult | None:
    """Send one sync of the night's published generation. A rebuild sends nothing."""
    if not night.published:
        return None
    result = send(night.settings, night.store, night.inputs, spec, night.run_id, night.say)
    night.sync_results.append(result)
    return result


def send(
    settings: Settings, store: ControlStore, inputs: Inputs, spec: SyncSpec, run_id: str, say: Callable[[str], None] = lambda line: None
) -> SyncResult:
    """Send one sync from the generation that `inputs` describe. A sync in trouble ends in its result; the others go on."""
    with _destination(settings, spec) as destination:
        connection = connect(inputs)
        try:
            return deliver(
                spec,
                store=store,
                generation=connection,
                run_id=run_id,
                as_of=inputs.as_of,
                destination=destination,
                progress=lambda sync, done, planned: say(f"{sync}: {done:,} of {planned:,} rows"),
            )
        finally:
            connection.close()


@contextmanager
def _destination(settings: Settings, spec: SyncSpec) -> Iterator[Destination | None]:
    """The sync's destination as the settings want it; none when it is switched off. The stand-in lives as long as the delivery."""
    wanted = settings.destinations.get(spec.destination)
    if wanted is None or not wanted.enabled:
        yield None
        return
    with ExitStack() as stack:
        base_url, options = wanted.base_url, wanted.options
        if base_url == SANDBOX:
            sandbox = stack.enter_context(Sandbox())
            base_url, options = f"{sandbox.url}/{wanted.options.get('kind', spec.destination)}", {"rate_limit": "none"} | options

        def resolve() -> str:
            if wanted.base_url == SANDBOX:
                return os.environ.get(wanted.secret or "", SANDBOX_TOKEN)
            return secret(wanted.secret, f"destinations.{spec.destination}")

        yield build(
            DestinationConfig(
                name=spec.destination, secret=resolve, base_url=base_url, options=options, limits_folder=settings.home.control / "limits"
            )
        )


def log_deliveries(night: Night) -> list[dict[str, object]]:
    """Rows of the night's row log by sync, action and status, after both accounting identities held once more.

    Errors: `AccountingError`.
    """
    for result in night.sync_results:
        result.check()
    rows = night.store.query(
        "select sync, action, status, count(*) as rows from delivery_log where run_id = ?"
        " group by sync, action, status order by sync, action, status",
        [night.run_id],
    )
    return [dict(row) for row in rows]
