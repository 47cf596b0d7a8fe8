"""What others on the machine can read of a home, and what a night does without its key."""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from commands import clientele, figure

from orchestration.settings import PROJECT

CUSTOMERS = {"full": "400", "tiny": "60"}
# So little that DuckDB spills.
MEMORY = "150MB"
KEYS = {"missing": None, "another": "1" * 64, "cut": "0" * 32, "empty": ""}


def measure(size: str) -> list[dict[str, Any]]:
    """The figures of one small home."""
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        os.umask(0o022)  # as most users have it
        home = Path(folder) / "home"
        settings = Path(folder) / "clientele.yml"
        given = (PROJECT / "clientele.yml").read_text(encoding="utf-8")
        settings.write_text(f"{given}\nlimits: {{memory: {MEMORY}}}\n", encoding="utf-8")
        with _Watch(home) as watch:
            clientele(home, "sample", "--customers", CUSTOMERS[size])
            clientele(home, "nightly", settings=settings)
            clientele(home, "dbt", "build", "--select", "rfm_scores", settings=settings)
            clientele(home, "preview", settings=settings)
        return [
            figure(
                "world_readable_files",
                len(watch.open_to_others),
                "files",
                "= 0",
                f"of {watch.seen:,} seen under umask 022 while a sample, a night with {MEMORY}"
                f" for DuckDB, a draft and a preview were made; {watch.spilled} of them spilled"
                + "".join(f"; {name}" for name in sorted(watch.open_to_others)[:3]),
            ),
            _without_key(home, settings),
        ]


def _without_key(home: Path, settings: Path) -> dict[str, Any]:
    """Nights of the same home with another secret, each as a user would start it."""
    pointer, published = home / "generations" / "current", 0
    before = pointer.read_text(encoding="ascii")
    command = [sys.executable, "-m", "orchestration.cli.main", "--home", str(home)]
    for text in KEYS.values():
        key = home.parent / "other.key"
        key.write_text(text or "", encoding="ascii")
        given = {} if text is None else {"CLIENTELE_KEY_FILE": str(key)}
        done = subprocess.run(
            [*command, "--settings", str(settings), "nightly"],
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT)} | given,
            capture_output=True,
            text=True,
            check=False,
        )
        said = " ".join((done.stdout + done.stderr).split())  # without the breaks of lines
        told = "installation's secret is" in said or "not the secret" in said
        moved = pointer.read_text(encoding="ascii") != before
        published += done.returncode != 1 or moved or not told
    return figure(
        "key_lost_nights_published",
        published,
        "nights",
        "= 0",
        f"{len(KEYS)} tried, with a key that is {', '.join(KEYS)}: exit code 1, with the reason",
    )


class _Watch:
    """Looks at every file below a folder for as long as it is open, again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen, self.spilled = folder, 0, 0
        self.open_to_others: set[str] = set()
        self._known: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            is_last = self._over.is_set()
            for folder, _, files in os.walk(self.folder):
                for name in files:
                    self._note(Path(folder) / name)
            if is_last:
                return
            self._over.wait(0.3)

    def _note(self, path: Path) -> None:
        try:
            mode = path.lstat().st_mode
        except OSError:
            return  # gone meanwhile
        name = str(path.relative_to(self.folder))
        if name not in self._known:
            self._known.add(name)
            self.seen += 1
            self.spilled += ".spill" in name
        if mode & 0o077 and not path.is_symlink():
            self.open_to_others.add(name)
