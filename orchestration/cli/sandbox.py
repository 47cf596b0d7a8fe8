"""`clientele sandbox`: the stand-in for the outside world, run by hand until it is interrupted."""

import threading

from orchestration.reverse_etl.sandbox import Sandbox
from orchestration.reverse_etl.sandbox.webhook import SECRET


def stand_in(port: int) -> None:
    """Say where everything is, then answer."""
    with Sandbox(port) as sandbox:
        print(f"sandbox listening on {sandbox.url}", flush=True)
        print(f"systems      {', '.join(f'/{name}' for name in sorted(sandbox.contracts))}")
        print(f"secrets      any; of webhooks {SECRET}")
        print(f"what arrived {sandbox.url}/__ctl/effects")
        print(f"faults       {sandbox.url}/__ctl/faults", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("sandbox stopped")
