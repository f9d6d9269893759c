"""Runs the reader's cells in a worker, and answers the judge's calls into them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograder.worker import errors, machinery, wire
from autograder.worker.cells import Cells
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

    def has_changed(self, call: wire.Encoded) -> bool:
        """Whether the arguments are not any more what the call brought."""
        try:
            now = wire.Encoded.of((self.arguments, self.keywords))
        except wire.Unsendable:
            return True
        # What is encoded again may look otherwise at once, and be equal all the same.
        return now != call and now != wire.Encoded.of(call.decode())

    def changed(self) -> list[tuple[int, Any]]:
        """The arguments that can be changed in place, with their positions."""
        return [(at, one) for at, one in enumerate(self.arguments) if wire.can_assign(one)]


class CellRunner:
    """Answers the judge's requests, one reply for each, by request id."""

    def __init__(self, channel: wire.Channel, stands_for: dict[str, str] | None = None) -> None:
        self.channel = channel
        self.stands_for = stands_for  # a trusted worker's names for the book's functions
        self.cells = Cells()
        self.pending: Pending | None = None
        self.prepared = 0  # calls that were, or are to be, timed
        own = (CellRunner, Pending, Cells, wire, wire.Channel, wire.Encoded)
        self.machinery = machinery.remember(*own)

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
        """Run cells after those before them, then let the names to bind stand for tern's parts."""
        problems = self.cells.run_all(header["value"].decode())
        namespace = self.cells.namespace
        for name, part in header["bind"].items():
            namespace[name] = part_named(part)
        machinery.check(self.machinery)
        return {}, {"problems": problems, "defined": sorted(filter(_is_text, namespace))}

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
        machinery.check(self.machinery)
        changed = self.pending.changed() if header["inout"] else []
        result, self.pending = self.pending.result, None
        return {}, (result, changed)

    def do_call(self, header: dict) -> Reply:
        """An untimed call: prepare, go and fetch in one round trip."""
        gc.enable()
        self.pending = self._call(header)
        self.pending.go()
        if not header["inout"] and self.pending.has_changed(header["value"]):
            raise errors.ArgumentsChanged(
                "your function changed an argument: they belong to the caller, who goes on using "
                "them, so work on a copy"
            )
        return self.do_fetch(header)

    def _call(self, header: dict) -> Pending:
        function = self._function(header["name"])
        return Pending(function, *header["value"].decode())

    def _function(self, name: str) -> Any:
        if self.stands_for is not None:
            return book_function(self.stands_for.get(name, name))
        if name not in self.cells.namespace:
            raise NameError(f"the workbook does not define {name}")
        return self.cells.namespace[name]


def _is_text(name: object) -> bool:
    return type(name) is str
