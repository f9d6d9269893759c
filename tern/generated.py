"""Python source that tern wrote: run, and known to linecache, where tracebacks and tools look."""

from __future__ import annotations

import linecache
from itertools import count
from typing import Any

_numbers = count()


def load(source: str, label: str) -> dict[str, Any]:
    """The names that a source text defines. Its file is called `<label number>`."""
    file = f"<{label} {next(_numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    names: dict[str, Any] = {"__name__": label.replace(" ", "_")}
    exec(compile(source, file, "exec"), names)
    return names
