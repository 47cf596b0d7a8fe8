"""What goes to a terminal shows as it is: a value neither colours it nor moves its cursor."""

import re
from typing import Any

from rich.console import Console
from rich.text import Text

# C0 and C1 without line end and tab, and what turns the direction of a line.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Control characters written out, such as `\\x1b`: file names, tickets and rows come from
    others, and an escape sequence in one would rewrite what a person reads."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def say(text: str = "") -> None:
    """`print` for lines that hold values."""
    print(visible(text), flush=True)


class Terminal(Console):
    """A console whose lines and cells are plain text: `[red]` and `:warning:` in a value stay.

    What is styled is given as rich's `Text`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"highlight": False, "markup": False, "emoji": False} | options)

    def render_str(self, text: str, **options: Any) -> Any:
        return super().render_str(visible(text), **options)

    def labelled(self, label: str, line: str, style: str = "bold") -> None:
        """A line behind a label with a style."""
        self.print(Text.assemble((label, style), f"  {visible(line)}"))
