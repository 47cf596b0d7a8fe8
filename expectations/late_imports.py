"""Modules that Great Expectations imports and no expectation of ours asks for: a third of its
import time. They are loaded when somebody first asks them for something."""

import importlib
import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any

# Charts of a report in notebooks; tests of distributions.
RARELY_USED = ("altair", "scipy.stats")


class _Later(ModuleType):
    """Stands in for a module. (The standard library's LazyLoader loads as soon as a second module
    imports the first.)"""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        real = importlib.import_module(self.__name__)
        self.__dict__.update(vars(real))
        return getattr(real, name)


def import_later(*names: str) -> None:
    """From here on an import of these costs nothing until something in them is used."""
    for name in names:
        spec = find_spec(name)
        if spec and name not in sys.modules:
            sys.modules[name] = module = _Later(name)
            module.__spec__ = spec
