"""The C++ core beside tern's Python: the same bytes, the same changes to the same objects."""

from __future__ import annotations

import functools
import random
from typing import Any

from benchmarks.fuzz import expressions
from benchmarks.fuzz.family import EQUAL, Disagreement, drawn
from tern.build import build
from tern.ir import Operation, parse, write_bytecode
from tern.parts import original
from tern.passes.dead_code import erase_dead_operations
from tern.passes.samples import planted_program, random_graph_program, random_program
from tern.workshop.cpp.core import numbered
from tests.tern.random_programs import ProgramWriter


@functools.cache
def _core() -> Any:
    from tern.workshop.cpp import load_core

    return load_core()


def module(rng: random.Random) -> Operation:
    """A program of one of the kinds that passes are tried on."""
    match rng.randrange(5):
        case 0:
            return random_program(rng.getrandbits(30), rng.choice((5, 20, 50)))
        case 1:
            return random_graph_program(rng.getrandbits(30))
        case 2:
            return planted_program(rng.getrandbits(30), 20)
        case 3:
            return build(ProgramWriter(rng, True).function(), slots=rng.random() < 0.3)
    return expressions.of_numbers(expressions.draw(rng, "array", 25, known=True))


def trial(rng: random.Random) -> str:
    before = drawn(rng, module(rng))
    data = write_bytecode(before)
    if _core().round_trip(data) != data:
        raise Disagreement("bytecode", before, "other bytes")
    for name, ours, theirs in (
        ("gvn", original("passes.gvn"), _core().gvn),
        ("dce", original("passes.dce"), _core().dce),
        ("erase_dead_operations", erase_dead_operations, _core().erase_dead_operations),
    ):
        expected, actual = before.clone(), before.clone()
        counts = ours(expected), theirs(actual)
        if counts[0] != counts[1]:
            raise Disagreement(f"{name}, changes", before, counts)
        if write_bytecode(expected) != write_bytecode(actual):
            raise Disagreement(name, before, f"{expected}\n\n{actual}")
        for what in (_locations, _hints):
            if what(expected) != what(actual):
                raise Disagreement(f"{name}, {what.__name__[1:]}", before, expected)
    if str(parse(str(before))) != str(before):
        raise Disagreement("print and parse", before, parse(str(before)))
    return EQUAL


def _locations(root: Operation) -> list[Any]:
    return [op.location for op in root.walk()]


def _hints(root: Operation) -> list[Any]:
    return [value.hint for value in numbered(root)[1]]
