"""Runs a workbook's cells as Jupyter does: in one namespace, whatever becomes of the one before.

Cells are plain Python by now (course/ipython.py). A cell may await at its top level, a `from
__future__` holds for the cells after it, and `exit()` ends the cell alone.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import os
import signal
import sys
import types
from collections.abc import Iterable
from typing import Any, NotRequired, TypedDict

from autograder.worker.errors import describe
from autograder.worker.shell import Shell, display

FUTURE = 0
for _name in __future__.all_feature_names:
    FUTURE |= getattr(__future__, _name).compiler_flag


class Cell(TypedDict):
    """A code cell on its way to the worker. Without `seconds` (wall clock) it is the book's."""

    id: str
    source: str
    seconds: NotRequired[float]


class OutOfTime(BaseException):
    """A cell ran longer than it may. No Exception, lest the cell catch it by accident."""


class Cells:
    """A namespace, `__main__`, and the cells that have run in it."""

    def __init__(self) -> None:
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        if (here := os.getcwd()) not in sys.path:
            sys.path.insert(0, here)  # where cells write modules
        self.namespace = main.__dict__
        shell = Shell(self.namespace)
        self.namespace.update(get_ipython=lambda: shell, display=display)
        self.features = 0  # compiler flags of the future statements so far

    def run_all(self, cells: Iterable[Cell]) -> list[dict[str, Any]]:
        """Run cells in order, and describe the error of each that raised."""
        problems = []
        for cell in cells:
            if (error := self.run(cell)) is not None:
                problems.append({"cell": cell["id"], **describe(error)})
        return problems

    def run(self, cell: Cell) -> BaseException | None:
        """Run a cell; what it raised is returned."""
        file, source = f"<{cell['id']}>", cell["source"]
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        try:
            with _limited(cell.get("seconds")):
                self._run(source, file)
        except BaseException as error:  # whatever it is, the next cell runs
            return error
        return None

    def _run(self, source: str, file: str) -> None:
        flags = self.features | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(source, file, "exec", flags, dont_inherit=True)
        self.features |= code.co_flags & FUTURE
        if code.co_flags & inspect.CO_COROUTINE:
            import asyncio

            asyncio.run(eval(code, self.namespace))
        else:
            exec(code, self.namespace)


class _limited:
    """Raises OutOfTime in the block after so many seconds of the wall clock; None is no limit."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        if self.seconds is not None:
            self.before = signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *_: object) -> None:
        if self.seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.before)

    def _ring(self, *_: object) -> None:
        raise OutOfTime(f"it was still running after {self.seconds:g} s")
