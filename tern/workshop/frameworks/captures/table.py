"""One program, captured each way, and called twice: what is left of it, and what went wrong.

Nothing in the table is written by hand: each entry is the outcome of running the capture.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from tern.workshop.frameworks.captures.aot import joint_graph, split
from tern.workshop.frameworks.captures.dynamo import Compiled
from tern.workshop.frameworks.captures.exported import (
    exported,
    from_torch,
    lines_of,
    to_torch,
    traced_by_fx,
)
from tern.workshop.frameworks.captures.guards import refuted
from tern.workshop.frameworks.captures.proxies import capture
from tern.workshop.frameworks.graph import Graph
from tern.workshop.frameworks.machine import machine
from tern.workshop.frameworks.programs import Program


class Sample(NamedTuple):
    """A program, and two calls of it. What it does beside computing is print."""

    name: str
    text: str
    first: tuple
    second: tuple
    globals: tuple[tuple[str, float], ...] = ()  # what is set before the second call


class Outcome(NamedTuple):
    """What became of a sample in one way.

    `refused` is the error that capturing it ended with, or "". `nodes` counts calls in its graphs,
    after the first call; `vanished` are the lines that ran and left no node. `second` is "right",
    "wrong", "right, captured again", or the name of the error; `printed` is how many of the two
    calls printed what the program would.
    """

    way: str
    sample: str
    refused: str
    nodes: int
    graphs: int
    vanished: tuple[int, ...]
    second: str
    printed: int


def _array(*shape: int) -> np.ndarray:
    return np.linspace(0.1, 1.0, int(np.prod(shape))).reshape(shape)


SAMPLES = (
    Sample(
        "a branch on a number",
        "    y = x.exp()\n    if n > 2:\n        y = y * n\n    return y.sum()\n",
        (_array(2, 3), 3),
        (_array(2, 3), 1),
    ),
    Sample(
        "a branch on a size",
        "    y = x * n\n    if x.shape[0] > 2:\n        y = y.tanh()\n    return y.sum()\n",
        (_array(4, 3), 2),
        (_array(2, 3), 2),
    ),
    Sample(
        "another size",
        "    y = x * n\n    return y.sum() / x.shape[0]\n",
        (_array(4, 3), 2),
        (_array(3, 3), 2),
    ),
    Sample(
        "a branch on numbers in a tensor",
        "    y = x * n\n    if y.sum() > 10.0:\n        y = -y\n    return y.sum()\n",
        (_array(2, 3), 1),
        (_array(2, 3), 9),
    ),
    Sample(
        "a loop",
        "    y = x\n    for i in range(n):\n        y = y + i\n    return y.sum()\n",
        (_array(3), 2),
        (_array(3), 4),
    ),
    Sample(
        "a print",
        "    y = x * n\n    print('computing')\n    return y.sum()\n",
        (_array(3), 2),
        (_array(3), 2),
    ),
    Sample(
        "a global",
        "    y = x * scale\n    return y.sum() + n\n",
        (_array(3), 2),
        (_array(3), 2),
        (("scale", 5.0),),
    ),
    Sample(
        "a write through a view",
        "    y = x * n\n    y[0:1].mul_(2.0)\n    return y.sum()\n",
        (_array(2, 3), 2),
        (_array(2, 3), 2),
    ),
)


class _Way(NamedTuple):
    """How one call is answered by what was captured, and how much there is of it."""

    call: Callable[..., Any]
    size: Callable[[], tuple[int, int, set]]  # calls, graphs, lines with a node


def by_proxies(program: Program) -> _Way:
    kept: list = []

    def call(*arguments: Any) -> Any:
        found = next((each for each in kept if refuted(each.guards, arguments) is None), None)
        if found is None:
            found = capture(program, *arguments)
            kept.append(found)
        return found.graph.run(machine().operators, *map(_tensor, arguments))

    return _Way(call, lambda: _size([each.graph for each in kept]))


def from_bytecode(program: Program) -> _Way:
    compiled = Compiled(program, machine().operators)
    return _Way(
        lambda *arguments: compiled(*map(_tensor, arguments)),
        lambda: _size([each.captured.graph for each in compiled.segments]),
    )


def with_gradients(program: Program) -> _Way:
    kept: list[Graph] = []

    def call(*arguments: Any) -> Any:
        if not kept:
            kept.append(split(joint_graph(program, *arguments))[0])
        return kept[0].run(machine().operators, *map(_tensor, arguments))[0]

    return _Way(call, lambda: _size(kept))


def by_export(program: Program) -> _Way:
    kept: list = []

    def call(*arguments: Any) -> Any:
        if not kept:
            kept.append(exported(program, *arguments))
        return from_torch(kept[0].module()(*map(to_torch, arguments)))

    return _Way(call, lambda: _torch_size([each.graph for each in kept]))


def by_fx(program: Program) -> _Way:
    kept: list = []

    def call(*arguments: Any) -> Any:
        if not kept:
            kept.append(traced_by_fx(program))
        return from_torch(kept[0](*map(to_torch, arguments)))

    return _Way(call, lambda: _torch_size([each.graph for each in kept]))


WAYS: dict[str, Callable[[Program], _Way]] = {
    "proxies": by_proxies,
    "bytecode": from_bytecode,
    "AOT": with_gradients,
}
REAL: dict[str, Callable[[Program], _Way]] = {"torch.export": by_export, "torch.fx": by_fx}


def _tensor(value: Any) -> Any:
    return machine().tensor(value) if isinstance(value, np.ndarray) else value


def _size(graphs: Iterable[Graph]) -> tuple[int, int, set]:
    calls = [node for graph in graphs for node in graph.calls]
    return len(calls), len(list(graphs)), {node.line for node in calls}


def _torch_size(graphs: list) -> tuple[int, int, set]:
    calls = [n for graph in graphs for n in graph.nodes if n.op.startswith("call")]
    return len(calls), len(graphs), set().union(*map(lines_of, graphs)) if graphs else set()


def outcome(way: str, sample: Sample) -> Outcome:
    """Capture a sample in a way of WAYS or REAL, and call it twice. ImportError without torch."""
    text = f"scale = 3.0\ndef program(x, n):\n{sample.text}"
    program, plain = Program(text), Program(text)
    session = (WAYS | REAL)[way](program)
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        try:
            session.call(*sample.first)
        except Exception as error:
            return Outcome(way, sample.name, _named(error), 0, 0, (), "", 0)
        nodes, graphs, lines = session.size()
        _set_globals(program, sample.globals)
        again = False
        try:
            found = session.call(*sample.second)
            again = session.size()[1] > graphs
        except Exception as error:
            found = error
    ran = _lines_run(plain, sample.first)
    with contextlib.redirect_stdout(io.StringIO()):
        plain(*map(_tensor, sample.first))
        _set_globals(plain, sample.globals)
        expected = plain(*map(_tensor, sample.second))
    if isinstance(found, Exception):
        second = _named(found)
    elif np.allclose(np.asarray(found), np.asarray(expected)):
        second = "right, captured again" if again else "right"
    else:
        second = "wrong"
    printed = told.getvalue().count("computing")
    gone = tuple(sorted(n - 2 for n in ran - lines))
    return Outcome(way, sample.name, "", nodes, graphs, gone, second, printed)


def _set_globals(program: Program, pairs: Iterable[tuple[str, float]]) -> None:
    """Change globals of the functions that were made of a program so far."""
    for scope in program.scopes:
        scope.update(pairs)


def _lines_run(program: Program, arguments: tuple) -> set[int]:
    """The lines of a program that run for these arguments, without the first."""
    found: set[int] = set()

    def trace(frame: Any, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != "<program>":
            return None
        if event == "line":
            found.add(frame.f_lineno)
        return trace

    function, before = program.function(), sys.gettrace()
    with contextlib.redirect_stdout(io.StringIO()):
        sys.settrace(trace)
        try:
            function(*map(_tensor, arguments))
        finally:
            sys.settrace(before)
    return found


def table(ways: Iterable[str] = (*WAYS, *REAL)) -> list[Outcome]:
    """All samples in these ways, a sample after another. About 0.1 s for a way of PyTorch's."""
    return [outcome(way, sample) for sample in SAMPLES for way in ways]


def _named(error: Exception) -> str:
    return type(error).__name__
