"""Which code a night ran."""

import subprocess

from orchestration.settings import PROJECT


def code_version() -> str:
    """The commit that the code stands at, marked when it was changed since;
    `unknown` outside a checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
