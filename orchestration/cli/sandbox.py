"""`clientele sandbox`: the stand-in for the outside world, run by hand until it is interrupted."""

import os
import tempfile
import threading

from orchestration.reverse_etl.sandbox import Sandbox
from orchestration.reverse_etl.sandbox.webhook import SECRET

TOKEN = "CLIENTELE_SANDBOX_TOKEN"


def stand_in(port: int) -> None:
    """Say where everything is, then answer.

    The token of the control plane is handed over in the environment, or in a file of this user's
    alone that lives as long as the server; never in an argument or an address, which others see.
    """
    with (
        Sandbox(port, os.environ.get(TOKEN)) as sandbox,
        tempfile.NamedTemporaryFile("w", prefix="clientele-sandbox-", encoding="ascii") as header,
    ):
        header.write(f"Authorization: Bearer {sandbox.token}\n")
        header.flush()
        print(f"sandbox listening on {sandbox.url}", flush=True)
        print(f"systems      {', '.join(f'/{name}' for name in sorted(sandbox.contracts))}")
        print(f"secrets      any; of webhooks {SECRET}")
        print(f"what arrived curl -H @{header.name} {sandbox.url}/__ctl/effects")
        print(f"faults       {sandbox.url}/__ctl/faults, with the same header", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("sandbox stopped")
