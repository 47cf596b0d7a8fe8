"""The end of a night: each declared sync from the published generation to its destination. The engine is in `reverse_etl/`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from orchestration.night import Night
from orchestration.reverse_etl.destinations import build
from orchestration.reverse_etl.engine import deliver
from orchestration.reverse_etl.protocol import Destination, DestinationConfig
from orchestration.reverse_etl.result import SyncResult
from orchestration.reverse_etl.sandbox import Sandbox
from orchestration.reverse_etl.spec import SyncSpec
from orchestration.settings import Settings, SettingsError, secret
from orchestration.warehouse.connection import connect

SANDBOX = "sandbox"
SANDBOX_TOKEN = "sandbox-token"


def deliver_sync(night: Night, spec: SyncSpec) -> SyncResult | None:
    """Send one sync of the night's published generation. A rebuild sends nothing."""
    if not night.published:
        return None
    with _destination(night.settings, spec) as destination:
        connection = connect(night.inputs)
        try:
            result = deliver(
                spec,
                store=night.store,
                generation=connection,
                run_id=night.run_id,
                as_of=night.as_of,
                destination=destination,
                key=night.home.key_file.read_bytes().strip(),
                progress=lambda sync, done, planned: night.say(f"{sync}: {done:,} of {planned:,} rows"),
            )
        finally:
            connection.close()
    night.sync_results.append(result)
    return result


@contextmanager
def _destination(settings: Settings, spec: SyncSpec) -> Iterator[Destination | None]:
    """The sync's destination as the settings want it; none when it is switched off. The stand-in lives as long as the delivery."""
    wanted = settings.destinations.get(spec.destination)
    if wanted is None:
        raise SettingsError(f"destinations.{spec.destination}: missing in {settings.file}, but sync {spec.name} needs it")
    if not wanted.enabled:
        yield None
        return
    base_url, token = wanted.base_url, wanted.secret
    if base_url == SANDBOX:
        with Sandbox() as sandbox:
            yield build(
                DestinationConfig(
                    name=spec.destination,
                    secret=lambda: os.environ.get(token or "", SANDBOX_TOKEN),
                    base_url=f"{sandbox.url}/{spec.destination}",
                    options=wanted.options,
                    limits_folder=settings.home.control,
                )
            )
        return
    yield build(
        DestinationConfig(
            name=spec.destination,
            secret=lambda: secret(token, f"destinations.{spec.destination}"),
            base_url=base_url,
            options=wanted.options,
            limits_folder=settings.home.control,
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
