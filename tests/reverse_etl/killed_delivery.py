"""One delivery in a process of its own, to be killed: `killed_delivery.py <folder of the world> <sandbox url> <run id>`."""

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.control.store import ControlStore
from orchestration.reverse_etl import destinations
from orchestration.reverse_etl.destinations.hubspot import HubSpot
from orchestration.reverse_etl.engine import deliver
from orchestration.reverse_etl.protocol import DestinationConfig
from orchestration.reverse_etl.spec import SyncSpec, Thresholds

HubSpot.batch_rows = 10
SPEC = SyncSpec(
    name="hubspot_contacts",
    destination="hubspot",
    object="contacts",
    relation=("sync", "contacts"),
    key="customer_id",
    on_removal="archive",
    purpose="marketing",
    channel="email",
    contact_point="email",
)


def main(folder: Path, url: str, run_id: str, changes_share: str) -> None:
    connection = duckdb.connect()
    connection.execute(f"attach '{folder / 'gen.duckdb'}' as clientele (read_only)")
    connection.execute("set variable customer_id_key = '0123456789abcdef0123456789abcdef'")
    connection.execute("set search_path = 'clientele.main'")
    store = ControlStore.open(folder / "control" / "clientele.sqlite")
    config = DestinationConfig("hubspot", lambda: "token", f"{url}/hubspot", {"rate_limit": "none"})
    result = deliver(
        replace(SPEC, thresholds=Thresholds(changes_share=float(changes_share), changes_floor=5)),
        store=store,
        generation=connection,
        run_id=run_id,
        as_of=datetime(2026, 2, 1),
        destination=destinations.build(config),
    )
    print(result.status, result.acknowledged, result.removed, result.drained)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
