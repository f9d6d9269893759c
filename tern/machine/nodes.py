"""The operations of a function as processors have them: what lowering gives, selection takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tern.types import f32, f64, i1, i32, i64, index

TYPES = {i1: "i1", i32: "i32", i64: "i64", index: "i64", f32: "f32", f64: "f64"}
BITS = {"i1": 1, "i32": 32, "i64": 64, "f32": 32, "f64": 64}


@dataclass(slots=True)
class Node:
    """One operation: `operator` names its types too, as in `addi.i32` or `sitofp.i32.f64`.

    `operands` are numbers of nodes. `value` is a constant's number (a float's bits), a call's
    callee, or the text of a check's error.
    """

    operator: str
    operands: tuple[int, ...]
    type: str
    value: Any = None
    location: Any = None


@dataclass(slots=True)
class Edge:
    """A branch's target, by number, and what it gives to the target's arguments."""

    target: int
    values: tuple[int, ...]


@dataclass(slots=True)
class LoweredBlock:
    """A block: its arguments and operations by number, and where it goes.

    `uses` is the condition of two edges, or the results of a return, which has no edge.
    """

    arguments: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    uses: tuple[int, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass
class Lowered:
    """A function, ready for instruction selection."""

    name: str
    nodes: list[Node]
    blocks: list[LoweredBlock]
