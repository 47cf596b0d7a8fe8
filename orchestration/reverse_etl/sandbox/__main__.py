"""Runs the sandbox by hand, until it is interrupted."""

import argparse
import threading

from orchestration.reverse_etl.sandbox.server import Sandbox


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m orchestration.reverse_etl.sandbox", description="A stand-in for the destinations.")
    parser.add_argument("--port", type=int, default=8765, help="0 takes any free port")
    with Sandbox(parser.parse_args().port) as sandbox:
        print(f"sandbox listening on {sandbox.url} (HubSpot at {sandbox.url}/hubspot, control at {sandbox.url}/__ctl/effects)", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("sandbox stopped")


if __name__ == "__main__":
    main()
