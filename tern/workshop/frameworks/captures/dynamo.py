"""Capture from bytecode: a function's own instructions, run on proxies, with guards and breaks.

What an instruction cannot do to a proxy, a jump on its numbers, a call of something unknown, breaks
the graph: what came before is one graph, the instruction is executed on the real values, and
another graph begins after it. A graph is found again by where it begins and by its guards.

Source: J. Ansel et al., PyTorch 2 (ASPLOS 2024), section 3; PyTorch's torch/_dynamo/
symbolic_convert.py. There the breaks are compiled into new bytecode; here a loop drives them.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tern.errors import TernError
from tern.workshop.frameworks.captures.bytecode import Evaluator
from tern.workshop.frameworks.captures.guards import Captured, Guard, refuted
from tern.workshop.frameworks.captures.instructions import (
    UNBOUND,
    Instructions,
    Iteration,
    RefusedError,
)
from tern.workshop.frameworks.captures.proxies import Capture, Symbol
from tern.workshop.frameworks.operators import Operators
from tern.workshop.frameworks.programs import Program

RECOMPILE_LIMIT = 8  # graphs that begin at one instruction, as in torch._dynamo.config
PURE = {range, len, min, max, sum, abs, tuple, list, zip, enumerate, int, float, str, bool}
PURE |= {isinstance, reversed, sorted, round}
PLAIN = (bool, int, float, complex, str, bytes, type(None))


class GraphBreak(TernError):
    """Something that a graph cannot do, and why."""


@dataclass
class Segment:
    """What was captured between two breaks.

    `begins` and `ends` are indices of instructions, `why` is what broke it, or "" if it returned.
    `reads` are what it has read from outside: where, by which name, and what was there. Its graph
    gives the state at its end, to be put together by `rebuild`.
    """

    begins: int
    template: Any
    captured: Captured
    reads: list[tuple[Any, str, Any]]
    ends: int
    why: str
    rebuild: Any
    lines: set[int] = field(default_factory=set)

    def holds(self, values: list[Any]) -> bool:
        """Whether its guards hold for these values and for what is outside now."""
        fresh = all(_same(_read(scope, name), value) for scope, name, value in self.reads)
        return fresh and refuted(self.captured.guards, values) is None


def _read(scope: Any, name: str) -> Any:
    if isinstance(scope, dict):
        return scope.get(name, UNBOUND)
    return getattr(scope, name, UNBOUND)


def _same(one: Any, other: Any) -> bool:
    """The same object; or plain values, or methods of one object, that are equal."""
    if one is other:
        return True
    alike = (*PLAIN, types.MethodType, types.BuiltinMethodType)
    return type(one) is type(other) and isinstance(one, alike) and bool(one == other)


class _Symbolic(Evaluator):
    """Runs on stand-ins, and breaks where a stand-in is asked for too much."""

    def __init__(self, *where: Any, reads: list, depth: int = 0) -> None:
        super().__init__(*where)
        self.reads, self.depth = reads, depth

    def global_named(self, name: str) -> Any:
        value = super().global_named(name)
        scope = self.function.__globals__
        if name in scope:
            self.reads.append((scope, name, value))
        return value

    def attribute(self, value: Any, name: str) -> Any:
        found = getattr(value, name)
        if not isinstance(value, (Operators, Symbol, *PLAIN, tuple, list, dict)):
            self.reads.append((value, name, found))
        return found

    def effect(self, what: str) -> None:
        raise GraphBreak(what)

    def call(self, function: Any, operands: list[Any], named: dict[str, Any]) -> Any:
        owner = getattr(function, "__self__", None)
        if isinstance(owner, (Operators, *PLAIN, tuple, dict)) or function in PURE:
            if function is isinstance and isinstance(operands[0], Symbol):
                operands[0] = operands[0].value  # its kind is guarded
            if function is list or (isinstance(owner, dict) and function.__name__ != "get"):
                raise GraphBreak(f"a call of {function.__name__}")
            return function(*operands, **named)
        if getattr(function, "asks_operators", False):
            return function(*operands, **named)
        if isinstance(function, types.FunctionType) and self.depth < 8:
            return self.inline(function, operands, named)
        raise GraphBreak(f"a call of {getattr(function, '__name__', type(function).__name__)}")

    def inline(self, function: Any, operands: list[Any], named: dict[str, Any]) -> Any:
        """What a function of Python gives, evaluated in turn."""
        inner = _Symbolic(
            function,
            Instructions(function.__code__),
            _bound(function, operands, named),
            reads=self.reads,
            depth=self.depth + 1,
        )
        while not inner.returned:
            inner.step()
        return inner.returned[0]


def _bound(function: Any, operands: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    """The locals with which a call of a function begins. TypeError, as the call would raise."""
    code = function.__code__
    if code.co_varnames[:1] == (".0",):  # a comprehension's one argument has no name to bind
        return {".0": operands[0]}
    bound = inspect.signature(function).bind(*operands, **named)
    bound.apply_defaults()
    return dict(bound.arguments)


# ---- a state as values, and back -----------------------------------------------------------------


class _Leaf(int):
    """In a template the number of a value."""


def _flatten(value: Any, leaves: list[Any]) -> Any:
    """A template for a value: its arrays and numbers go to `leaves`. Equal templates are alike.

    RefusedError for a list or a dict: after a break it would be another one than before.
    """
    if isinstance(value, Operators | Symbol) or type(value) in (int, float):
        leaves.append(value)
        return _Leaf(len(leaves) - 1)
    if isinstance(value, tuple):
        return ("tuple", *(_flatten(each, leaves) for each in value))
    if isinstance(value, Iteration):
        return ("iteration", value.gone, *(_flatten(each, leaves) for each in value.items))
    if isinstance(value, list | dict | set):
        raise RefusedError(f"a {type(value).__name__} lives across a graph break")
    return ("object", type(value), value if isinstance(value, PLAIN) else id(value), _Kept(value))


class _Kept:
    """An object in a template, which is compared by what stands beside it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept)

    def __hash__(self) -> int:
        return 0


def _put_together(template: Any, leaves: Any) -> Any:
    if isinstance(template, _Leaf):
        return leaves[template]
    kind, *rest = template
    if kind == "object":
        return rest[-1].value
    if kind == "iteration":
        return Iteration(tuple(_put_together(each, leaves) for each in rest[1:]), rest[0])
    return tuple(_put_together(each, leaves) for each in rest)


# ---- the driver ----------------------------------------------------------------------------------


class Compiled:
    """A function that is captured as it is called. `segments` are its graphs so far.

    Calling it gives what the function gives, for the same arguments; `eager` counts instructions
    that were executed on real values because they broke a graph.
    """

    def __init__(self, function: Callable, operators: dict[str, Callable]) -> None:
        self.function: Any = function.function() if isinstance(function, Program) else function
        self.operators = operators
        self.segments: list[Segment] = []
        self.breaks: list[tuple[int | None, str]] = []
        self.eager = 0
        self.refused = ""
        try:
            self.code = Instructions(self.function.__code__)
        except RefusedError as error:
            self.refused = str(error)

    def __call__(self, *arguments: Any) -> Any:
        if self.refused:
            return self.function(*arguments)
        frame = Evaluator(self.function, self.code, _bound(self.function, list(arguments), {}))
        while not frame.returned:
            segment, values = None, []
            try:
                segment, values = self.segment(frame)
            except RefusedError as error:
                self.refused = str(error)
            if segment is None:  # too many graphs, or none at all: the rest is executed as it is
                while not frame.returned:
                    self.eager += 1
                    frame.step()
                break
            found = segment.captured.graph.run(self.operators, *values)
            state = _put_together(segment.rebuild, found)
            if not segment.why:
                return state
            names, local, stack, frame.names = state
            frame.local, frame.stack = dict(zip(names, local)), list(stack)
            frame.at = segment.ends
            self.eager += 1
            frame.step()
        return frame.returned[0]

    def segment(self, frame: Evaluator) -> tuple[Segment | None, list[Any]]:
        """The segment that begins in this state, captured now if there is none, and its inputs."""
        values: list[Any] = []
        state = (tuple(frame.local), tuple(frame.local.values()), tuple(frame.stack), frame.names)
        template = _flatten(state, values)
        here = [each for each in self.segments if each.begins == frame.at]
        for each in here:
            if each.template == template and each.holds(values):
                return each, values
        if len(here) >= RECOMPILE_LIMIT:
            return None, values
        self.segments.append(self.captured(frame.at, template, values))
        return self.segments[-1], values

    def captured(self, begins: int, template: Any, values: list[Any]) -> Segment:
        """Run on stand-ins from an instruction to the end or to what breaks the graph."""
        recorder = Capture(values)
        stand_ins = [recorder.stand_in(number, each) for number, each in enumerate(values)]
        names, local, stack, kw_names = _put_together(template, stand_ins)
        reads: list[tuple[Any, str, Any]] = []
        frame = _Symbolic(self.function, self.code, dict(zip(names, local)), reads=reads)
        frame.stack, frame.names, frame.at = list(stack), kw_names, begins
        why, lines = "", set()
        while not frame.returned:
            before = frame.at, dict(frame.local), list(frame.stack), frame.names
            nodes = len(recorder.graph.nodes)
            try:
                frame.step()
                lines.add(self.code.lines[before[0]])
                for node in recorder.graph.nodes[nodes:]:
                    node.line = self.code.lines[before[0]]
            except RefusedError:
                raise
            except Exception as error:  # whatever it is, the real values will tell
                frame.at, frame.local, frame.stack, frame.names = before
                del recorder.graph.nodes[nodes:]
                why = str(error) or type(error).__name__
                self.breaks.append((self.code.lines[frame.at], why))
                break
        leaves: list[Any] = []
        state = (tuple(frame.local), tuple(frame.local.values()), tuple(frame.stack), frame.names)
        rebuild = _flatten(frame.returned[0] if frame.returned else state, leaves)
        recorder.graph.result = tuple(map(recorder.later, leaves))
        guards = tuple(Guard(*each) for each in recorder.guards.items())
        found = Captured(recorder.graph, guards)
        return Segment(begins, template, found, reads, frame.at, why, rebuild, lines)
