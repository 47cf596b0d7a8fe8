"""The end of a night: each declared sync from the published generation to its destination.

The engine is in `reverse_etl/`.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from orchestration.control.lease import Lease
from orchestration.control.store import ControlStore
from orchestration.night.night import Night
from orchestration.reverse_etl.destinations import build
from orchestration.reverse_etl.engine import deliver
from orchestration.reverse_etl.holds import approve, dismiss, waiting_hold
from orchestration.reverse_etl.preview import Preview, preview
from orchestration.reverse_etl.protocol import Destination, DestinationConfig
from orchestration.reverse_etl.result import SyncResult
from orchestration.reverse_etl.sandbox import Sandbox
from orchestration.reverse_etl.spec import SpecError, SyncSpec, read_syncs
from orchestration.settings import Settings, secret
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
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
    settings: Settings,
    store: ControlStore,
    inputs: Inputs,
    spec: SyncSpec,
    run_id: str,
    say: Callable[[str], None] = lambda line: None,
) -> SyncResult:
    """Send one sync from the generation that `inputs` describe.

    A sync in trouble ends in its result; the others go on.
    """
    with _destination(settings, spec) as destination:
        connection = connect(inputs.without_raw())
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


def published_sync(settings: Settings, name: str) -> SyncSpec:
    """A sync as the published generation declares it.

    Errors: `SpecError` naming those that there are.
    """
    syncs = published_syncs(settings)
    if name not in syncs:
        raise SpecError(f"sync {name} is not declared; there are {', '.join(syncs)}")
    return syncs[name]


def published_syncs(settings: Settings) -> dict[str, SyncSpec]:
    """Every sync of the published generation, by name."""
    generations = Generations(settings.home.generations)
    manifest = json.loads(generations.manifest(generations.current()).read_text(encoding="utf-8"))
    return {spec.name: spec for spec in read_syncs(manifest)}


def preview_sync(settings: Settings, store: ControlStore, spec: SyncSpec) -> Preview:
    """What sending a sync of the published generation would do now.

    A destination that is switched off can be looked at, too.
    """
    done = (
        "select generation from sync_runs where sync = ?"
        " and status = 'done' order by started_at desc limit 1"
    )
    kept = [
        path
        for (name,) in store.query(done, [spec.name])
        if (path := settings.home.generations / name).exists()
    ]
    with _destination(settings, spec, even_off=True) as destination:
        if destination is None:
            raise SpecError(
                f"sync {spec.name}: destination {spec.destination} is not in the settings;"
                " add it under destinations"
            )
        connection = connect(Generations(settings.home.generations).current_inputs().without_raw())
        try:
            return preview(
                spec,
                store=store,
                generation=connection,
                destination=destination,
                before=kept[0] if kept else None,
            )
        finally:
            connection.close()


def send_approved(
    settings: Settings, store: ControlStore, hold_id: int, by: str, say: Callable[[str], None]
) -> SyncResult:
    """Approve a hold and send at once.

    When the published generation has another plan by now, that one is held in its place.
    Errors: `HoldError`, `SpecError`, `LeaseHeldError`.
    """
    hold = waiting_hold(store, hold_id)
    spec = published_sync(settings, hold["sync"])
    generations = Generations(settings.home.generations)
    with Lease.acquire(store, f"hold-{hold_id}"):
        approve(store, hold_id, by)
        return send(
            settings,
            store,
            generations.current_inputs(),
            spec,
            f"{generations.current()}-hold-{hold_id}",
            say,
        )


def dismiss_hold(store: ControlStore, hold_id: int, by: str) -> None:
    """Decide that a hold's plan is not sent. Errors: `HoldError`, `LeaseHeldError`."""
    with Lease.acquire(store, f"hold-{hold_id}"):
        dismiss(store, hold_id, by)


@contextmanager
def _destination(
    settings: Settings, spec: SyncSpec, *, even_off: bool = False
) -> Iterator[Destination | None]:
    """The sync's destination as the settings want it; none when it is switched off.

    The stand-in lives as long as the delivery.
    """
    wanted = settings.destinations.get(spec.destination)
    if wanted is None or not (wanted.enabled or even_off):
        yield None
        return
    with ExitStack() as stack:
        base_url, options = wanted.base_url, wanted.options
        if base_url == SANDBOX:
            sandbox = stack.enter_context(Sandbox())
            base_url, options = (
                f"{sandbox.url}/{wanted.options.get('kind', spec.destination)}",
                {"rate_limit": "none"} | options,
            )

        def resolve() -> str:
            if wanted.base_url == SANDBOX:
                return os.environ.get(wanted.secret or "", SANDBOX_TOKEN)
            return secret(wanted.secret, f"destinations.{spec.destination}")

        yield build(
            DestinationConfig(
                name=spec.destination,
                secret=resolve,
                base_url=base_url,
                options=options,
                limits_folder=settings.home.control / "limits",
                insecure=wanted.insecure,
            )
        )


def log_deliveries(night: Night) -> list[dict[str, object]]:
    """Rows of the night's row log by sync, action and status,
    after both accounting identities held once more.

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
