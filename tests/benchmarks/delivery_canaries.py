"""Part of topic `delivery`: secrets and addresses that are planted in every input,
and looked for wherever they must not be.

Deliveries run inside a Dagster job with an event store of its own, past every kind of failure; what
they log, print, raise, show in Dagster and keep in the control store is searched byte by byte.
"""

import contextlib
import io
import logging
import tempfile
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from delivery_nights import KEY, TABLES
from delivery_processes import Hurried

from orchestration.control.store import ControlStore
from orchestration.defs.destinations import delivery_metadata
from orchestration.reverse_etl.destinations import build
from orchestration.reverse_etl.engine import deliver
from orchestration.reverse_etl.protocol import DestinationConfig
from orchestration.reverse_etl.sandbox import Sandbox
from orchestration.reverse_etl.spec import SyncSpec, Thresholds

PEOPLE = 300
CANARY = "canary"  # in the secret, in each address and each name
SECRET = "pat-canary-51c07e"
SAID = {
    "message": f"{CANARY}1@example.org",
    "category": f"{CANARY}1@example.org",
    "headers": f"Bearer {SECRET}",
}
# What goes wrong in each delivery, and the secret that it has.
TROUBLES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "rows refused": ([{"kind": "reject", "keys": ["c-1", "c-7"]}], SECRET),
    "requests refused": ([{"kind": "reject", "how": "request", "keys": ["c-2"]}], SECRET),
    "errors that repeat what was sent": (
        [{"kind": "status", "status": 500, "body": SAID, "times": 3}],
        SECRET,
    ),
    "limits": (
        [{"kind": "status", "status": 429, "body": SAID, "retry_after": "0.01", "times": 2}],
        SECRET,
    ),
    "silence": ([{"kind": "reset", "when": "after", "times": 20}], SECRET),
    "a refused credential": ([{"kind": "status", "status": 403, "body": SAID}], SECRET),
    "everything refused": ([{"kind": "reject", "keys": [f"c-{i}" for i in range(PEOPLE)]}], SECRET),
    "a secret with a line break": ([], f"{SECRET}\nX-Injected: yes"),
    "a model that is not there": ([], SECRET),
    "a defect": ([], SECRET),
}
SPEC = SyncSpec(
    "a_list", "hubspot", "contacts", ("sync", "contacts"), "customer_id",
    purpose="marketing", channel="email", contact_point="email",
    thresholds=Thresholds(changes_share=1.0),
)  # fmt: skip


def measure_canaries() -> list[dict[str, Any]]:
    """Figure `canaries_found`."""
    with tempfile.TemporaryDirectory(prefix="clientele-canaries-") as scratch:
        folder = Path(scratch)
        said = _all_troubles(folder)
        files = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
    found = sorted(
        place
        for place, content in {"said": said.encode(), **files}.items()
        if CANARY.encode() in content
    )
    note = (
        f"outputs and files of {len(files) + 1} with a planted secret, address or name,"
        f" after {len(TROUBLES)} kinds of trouble"
    )
    return [
        {
            "name": "canaries_found",
            "value": len(found),
            "unit": "places",
            "bar": "= 0",
            "note": ": ".join([note, *found]),
        }
    ]


def _all_troubles(folder: Path) -> str:
    """Everything that was logged, printed or raised;
    Dagster's events and the control store stay in `folder`."""
    heard, events = io.StringIO(), folder / "dagster"
    events.mkdir()
    handler = logging.StreamHandler(heard)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with (
            contextlib.redirect_stdout(heard),
            contextlib.redirect_stderr(heard),
            Sandbox() as sandbox,
            dg.DagsterInstance.local_temp(str(events)) as instance,
        ):
            if (
                not _job(folder, sandbox)
                .execute_in_process(instance=instance, raise_on_error=False)
                .success
            ):
                raise RuntimeError("the job itself failed")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return heard.getvalue()


def _job(folder: Path, sandbox: Sandbox) -> dg.JobDefinition:
    @dg.op
    def deliveries(context: dg.OpExecutionContext) -> None:
        store = ControlStore.open(folder / "control" / "clientele.sqlite")
        for number, (trouble, (faults, secret)) in enumerate(TROUBLES.items()):
            sandbox.faults.clear()
            for fault in faults:
                sandbox.faults.add(dict(fault))
            config = DestinationConfig(
                "hubspot",
                lambda secret=secret: secret,
                f"{sandbox.url}/hubspot",
                {"rate_limit": "none"},
                folder / "limits",
                Hurried(),
            )
            try:
                _deliver(context, store, config, number, trouble)
            except Exception as error:
                context.log.error(traceback.format_exc())
                context.log.error(str(error))
        store.close()

    @dg.job(executor_def=dg.in_process_executor)
    def troubles() -> None:
        deliveries()

    return troubles


def _deliver(
    context: dg.OpExecutionContext,
    store: ControlStore,
    config: DestinationConfig,
    number: int,
    trouble: str,
) -> None:
    connection = duckdb.connect()
    try:
        connection.execute(TABLES)
        connection.execute(f"set variable customer_id_key = '{KEY}'")
        connection.execute(
            "insert into sync.contacts select 'c-' || i, 'canary' || i || '@example.org',"
            f" 'Canary canary ' || {number} from range({PEOPLE}) as r (i)"
        )
        connection.execute(
            "insert into core.consents select email, 'email', 'marketing', 'granted'"
            " from sync.contacts"
        )
        if trouble == "a model that is not there":
            connection.execute("drop table sync.contacts")
        destination = build(config)
        if trouble == "a defect":
            destination.encode = lambda column, value: f"cast({value} as integer)"  # type: ignore[method-assign]
        result = deliver(
            SPEC, store=store, generation=connection, run_id=f"run-{number}",
            as_of=datetime(2026, 7, 1 + number), destination=destination,
            clock=Hurried(),
        )  # fmt: skip
        context.log.info(f"{trouble}: {result.told}")
        context.log_event(
            dg.AssetObservation(asset_key="a_list", metadata=delivery_metadata(store, result))
        )
    finally:
        connection.close()
