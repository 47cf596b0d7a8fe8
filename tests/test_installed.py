"""What the Makefile installs is known by its hash, the installer itself too."""

import re

import pytest

from orchestration.settings import PROJECT

LOCKS = ("requirements-uv.lock", "requirements.lock", "requirements-dev.lock")
ITSELF = "--no-deps --no-build-isolation -e ."


def test_nothing_is_installed_without_a_hash() -> None:
    lines = [line for line in (PROJECT / "Makefile").read_text().splitlines() if "@" in line[:2]]
    installs = [line for line in lines if "pip install" in line]
    by_hash = [line for line in installs if "--require-hashes -r requirements" in line]
    assert len(by_hash) == len(LOCKS)
    assert all(ITSELF in line for line in installs if line not in by_hash)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_has_a_version_and_a_hash(lock: str) -> None:
    text = (PROJECT / lock).read_text(encoding="utf-8").replace("\\\n", "")
    assert text
    for line in text.splitlines():
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+.*--hash=sha256:[0-9a-f]{64}", line), line
