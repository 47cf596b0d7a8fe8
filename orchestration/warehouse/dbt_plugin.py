"""What dbt runs when it opens a connection: dbt's profile names no file, the environment does.

CLIENTELE_INPUTS names the generation's inputs. With CLIENTELE_DEV_FILE the generation is read-only
and what is built goes to that file, attached as `dev`: an analyst's loop, whose SQL opens no other
file than the seeds.
"""

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from ingestion.sql import quote
from orchestration.warehouse.connection import configure, set_session
from orchestration.warehouse.inputs import Inputs


class Plugin(BasePlugin):
    """Attaches the generation under construction (writable) and the relations it is made of."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        path = os.environ.get("CLIENTELE_INPUTS")
        if not path:
            raise RuntimeError(
                "CLIENTELE_INPUTS is not set: call dbt through `clientele dbt …`,"
                " which names the generation"
            )
        self._inputs = Inputs.load(Path(path))
        self._dev_file = os.environ.get("CLIENTELE_DEV_FILE")
        self._key: str | None = None

    def configure_connection(self, conn: Any) -> None:
        if self._dev_file is None:
            configure(conn, self._inputs, write=True)
            return
        from orchestration.warehouse.closed import close_access, configure_for_people
        from orchestration.warehouse.feeds import DBT_PROJECT

        configure_for_people(conn, self._inputs)
        conn.execute(f"attach {quote(self._dev_file)} as dev")
        # Read now: the cursors may not open the file any more.
        self._key = conn.execute("select getvariable('customer_id_key')").fetchall()[0][0]
        close_access(conn, DBT_PROJECT / "seeds")

    def configure_cursor(self, cursor: Any) -> None:
        # A cursor is a session of its own: it inherits the attached catalogs, neither
        # variables nor search path.
        set_session(cursor, self._inputs, self._key)
