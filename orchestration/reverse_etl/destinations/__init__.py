"""The places that rows are sent to: one file each, found by its name.

A file has `build(config) -> Destination`.
"""

import importlib
import pkgutil

from orchestration.reverse_etl.protocol import Destination, DestinationConfig
from orchestration.reverse_etl.spec import SpecError


def available() -> list[str]:
    """Names of the destinations that this folder knows how to reach."""
    return sorted(
        module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
    )


def build(config: DestinationConfig) -> Destination:
    """The destination of a configuration, not yet opened.

    Option `kind` names the file where the name is another one.
    Errors: `SpecError` when there is no such file, or an option is wrong.
    """
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
