"""A header in C++ that a notebook's cell holds, below the magic `%%cpp NAME`.

The text is read from the cell, never from a kernel: nothing has to run for it to be found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAGIC = re.compile(r"\A(?:[ \t]*\n)*%%cpp[ \t]+([A-Za-z_]\w*)[ \t]*(?:\n|\Z)")
STUB = '// YOUR CODE HERE\n#error "not solved yet"'


@dataclass(frozen=True)
class Header:
    """The text of NAME.hpp. Its first line is the cell's line `before` + 1."""

    name: str
    text: str
    before: int = 0
    cell: str = ""  # where it stands, in words; empty: in the notebook that is running

    @property
    def file(self) -> str:
        return f"{self.name}.hpp"

    def frame(self, line: int) -> list:
        """A line of the header as errors point at it: the cell's name and line, and the text."""
        rows = self.text.splitlines()
        shown = rows[line - 1].strip() if 0 < line <= len(rows) else ""
        return [f"<{self.cell or self.name}>", self.before + line, shown, ""]

    def __repr__(self) -> str:
        lines = len(self.text.splitlines())
        return f"<{self.file}, {lines} line{'' if lines == 1 else 's'}>"


def header_in(source: str, cell: str = "") -> Header | None:
    """The header that a cell holds, if it is such a cell."""
    if (found := MAGIC.match(source)) is None:
        return None
    text = source[found.end() :]
    return Header(found[1], text, source.count("\n", 0, found.end()), cell)
