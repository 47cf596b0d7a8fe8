"""`clientele preview`: what the next delivery of a sync would do, without doing it."""

from orchestration.cli.terminal import Terminal
from orchestration.control.store import ControlStore
from orchestration.night.deliveries import preview_sync, published_sync, published_syncs
from orchestration.reverse_etl.preview import Preview
from orchestration.settings import load_settings


def show(name: str | None) -> None:
    """Print the preview of one sync, or of all. Errors: `SpecError`."""
    settings = load_settings()
    console = Terminal(soft_wrap=True)
    store = ControlStore.open(settings.home.store)
    try:
        if name is not None:
            _print(
                console, preview_sync(settings, store, published_sync(settings, name)), bodies=True
            )
            return
        for spec in published_syncs(settings).values():
            if spec.destination in settings.destinations:
                _print(console, preview_sync(settings, store, spec), bodies=False)
            else:
                console.print(f"{spec.name}: destination {spec.destination} is not in the settings")
        console.print("the bodies of one: clientele preview <sync>")
    finally:
        store.close()


def _print(console: Terminal, found: Preview, *, bodies: bool) -> None:
    console.print(
        f"{found.sync} to {found.destination}: {_counts(found.verdicts) or 'no candidates'}"
    )
    if found.removals:
        console.print(f"  take back    {_counts(found.removals)}")
    for reason in found.reasons:
        console.print(f"  would wait   {reason}")
    if found.field_changes:
        console.print(f"  fields       {_counts(found.field_changes)}")
    for sample in found.samples:
        console.print(
            f"  {sample['key']}  {sample['field']}: {sample['before']} → {sample['after']}"
        )
    for body in found.bodies if bodies else ():
        console.print(f"  body         {body}")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{rows:,} {name.replace('_', ' ')}" for name, rows in counts.items())
