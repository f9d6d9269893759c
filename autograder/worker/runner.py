"""Runs the reader's cells in a worker, and answers the judge's calls into them."""

from __future__ import annotations

import gc
import linecache
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograder.worker import wire
from autograder.worker.errors import describe
from autograder.worker.parts import book_function, part_named

Reply = tuple[dict[str, Any], Any]  # what goes into the header, and the value


@dataclass
class Pending:
    """A call that is prepared; its result, once it has been made."""

    function: Callable
    arguments: tuple
    keywords: dict[str, Any]
    result: Any = None

    def go(self) -> None:
        self.result = self.function(*self.arguments, **self.keywords)

    def changed(self) -> list[tuple[int, Any]]:
        """The arguments that can be changed in place, with their positions."""
        return [(at, one) for at, one in enumerate(self.arguments) if wire.can_assign(one)]


def run_cells(cells: list[dict], namespace: dict[str, Any]) -> list[dict]:
    """Run the cells in order in one namespace; report each cell's error and go on."""
    problems = []
    for cell in cells:
        file = f"<{cell['id']}>"
        lines = cell["source"].splitlines(keepends=True)
        linecache.cache[file] = (len(cell["source"]), None, lines, file)
        try:
            exec(compile(cell["source"], file, "exec"), namespace)
        except BaseException as error:
            problems.append({"cell": cell["id"], **describe(error)})
    return problems


def new_main() -> dict[str, Any]:
    """The namespace of a new `__main__`."""
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    return main.__dict__


class CellRunner:
    """Answers the judge's requests, one reply for each, by request id."""

    def __init__(self, channel: wire.Channel, stands_for: dict[str, str] | None = None) -> None:
        self.channel = channel
        self.stands_for = stands_for  # a trusted worker's names for the book's functions
        self.namespace: dict[str, Any] = {}
        self.pending: Pending | None = None
        self.prepared = 0  # calls that were, or are to be, timed

    def serve(self) -> None:
        while True:
            header = self.channel.receive()
            answer = getattr(self, "do_" + header["do"])
            try:
                reply, value = answer(header)
            except BaseException as error:  # whatever the reader's code raises is an answer
                reply, value = {"error": describe(error)}, None
                if header.get("inout") and self.pending is not None:
                    value = (None, self.pending.changed())
            try:
                self.channel.send({"id": header["id"], **reply}, value)
            except wire.Broken:
                raise
            except wire.Unsendable as error:
                reply.setdefault("error", describe(error, "Unsendable"))
                self.channel.send({"id": header["id"], "damaged": str(error), **reply})
            except Exception as error:  # a value that looks right until it is written down
                damaged = wire.Unsendable(
                    f"it cannot be written down ({describe(error)['message']})"
                )
                self.channel.send({"id": header["id"], "error": describe(damaged, "Unsendable")})

    def do_load(self, header: dict) -> Reply:
        """Run the cells, then let the names to bind stand for tern's parts."""
        if not header["keep"]:
            self.namespace = new_main()
        problems = run_cells(header["value"].decode(), self.namespace)
        for name, part in header["bind"].items():
            self.namespace[name] = part_named(part)
        defined = sorted(name for name, value in self.namespace.items() if callable(value))
        return {}, {"problems": problems, "defined": defined}

    def do_prepare(self, header: dict) -> Reply:
        """Make the arguments, and nothing else: what is decoded here is not timed."""
        self.pending = self._call(header)
        gc.collect()
        self.prepared += 1
        if self.prepared == 2:
            # The first call has compiled what it needs. That stays: looking through it before every
            # further call would take longer than the calls.
            gc.freeze()
        gc.disable()
        return {}, None

    def do_nothing(self, header: dict) -> Reply:
        """What a timed call costs beside the function's own work."""
        return {}, None

    def do_go(self, header: dict) -> Reply:
        """The timed call."""
        assert self.pending is not None
        self.pending.go()
        return {}, None

    def do_fetch(self, header: dict) -> Reply:
        """The result, and the arguments that can be changed in place as they are now."""
        assert self.pending is not None
        changed = self.pending.changed() if header["inout"] else []
        result, self.pending = self.pending.result, None
        return {}, (result, changed)

    def do_call(self, header: dict) -> Reply:
        """An untimed call: prepare, go and fetch in one round trip."""
        gc.enable()
        self.pending = self._call(header)
        self.pending.go()
        return self.do_fetch(header)

    def _call(self, header: dict) -> Pending:
        function = self._function(header["name"])
        return Pending(function, *header["value"].decode())

    def _function(self, name: str) -> Any:
        if self.stands_for is not None:
            return book_function(self.stands_for.get(name, name))
        if name not in self.namespace:
            raise NameError(f"the workbook does not define {name}")
        return self.namespace[name]
