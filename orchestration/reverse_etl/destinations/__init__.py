"""The places that rows are sent to: one file each, found by its name.

A file has `build(config) -> Destination`.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from ingestion.transport import is_in_clear
from orchestration.reverse_etl.protocol import Destination, DestinationConfig
from orchestration.reverse_etl.spec import SpecError


def available() -> list[str]:
    """Names of the destinations that this folder knows how to reach."""
    return sorted(
        module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
    )


def readable_on_the_way(base_url: str | None, options: Mapping[str, Any]) -> str | None:
    """What is wrong with addresses without TLS on another machine, and the remedy; None when
    there is none."""
    for name, value in [("base_url", base_url), *((f"options.{k}", v) for k, v in options.items())]:
        if is_in_clear(value):
            return (
                f"{name} is an http:// address of another machine, so what is sent could be read"
                " on its way; give it https://, or say insecure: true where the way is yours alone"
            )
    return None


def build(config: DestinationConfig) -> Destination:
    """The destination of a configuration, not yet opened.

    Option `kind` names the file where the name is another one.
    Errors: `SpecError` when there is no such file, an option is wrong, or an address has no TLS.
    """
    if not config.insecure and (wrong := readable_on_the_way(config.base_url, config.options)):
        raise SpecError(f"destination {config.name}: {wrong}")
    kind = str(config.options.get("kind", config.name))
    if kind not in available():
        raise SpecError(
            f"destination {config.name}: nothing is known about {kind!r};"
            f" known are {', '.join(available())}"
        )
    module = importlib.import_module(f"{__name__}.{kind}")
    try:
        destination: Destination = module.build(config)
    except ValueError as error:
        raise SpecError(str(error)) from None
    return destination
