"""A block's pure operations as terms, and in their place the cheapest that are equal to them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from tern.ir import (
    Block,
    Operation,
    OpResult,
    Value,
    is_pure,
    may_fail,
    replace_uses,
    uses,
)
from tern.ir.dialects.dense import several
from tern.rewrite.ematching import Terms
from tern.rewrite.saturation import Equation, saturate
from tern.types import TensorType, Type

Cost = Callable[[Operation], float]

CYCLES = {
    "arith.constant": 0.0,
    "arith.muli": 3.0,
    "arith.divsi": 20.0,
    "arith.remsi": 20.0,
    "arith.divui": 20.0,
    "arith.remui": 20.0,
    "arith.divf": 8.0,
    "math.sqrt": 10.0,
    "math.exp": 20.0,
    "tensor.empty": 0.0,
    "linalg.fill": 0.0,
}
"""About what an operation costs on one element; 1 for all others. Compared, not added to times."""


def cost_of(op: Operation) -> float:
    """What an operation costs: cycles for each element, and of a product, for each multiplication.

    A transpose reads or writes with a stride, and so costs four times what it copies.
    """
    size = math.prod(getattr(op.result.type, "shape", ()))
    if op.name == "linalg.matmul":
        return float(size * op.operands[0].type.shape[1])  # type: ignore[attr-defined]
    if op.name == "linalg.transpose":
        return 4.0 * size
    return CYCLES.get(op.name, 1.0) * size


def is_term(op: Operation) -> bool:
    """Whether an operation can be a node: it computes one value from others, and cannot fail. All
    sizes are known."""
    values = [*op.operands, *op.results]
    if len(op.results) != 1 or op.regions or not is_pure(op):
        return False
    if not all(_is_static(value.type) for value in values):
        return False
    if op.name == "arith.constant":
        return not several(op.attributes["value"])
    return op.name in _SAFE or not may_fail(op)


_SAFE = frozenset({"tensor.empty", "linalg.fill", "linalg.transpose", "linalg.matmul"})
"""What fails for no sizes that are known: the verifier has seen that they fit."""


def _is_static(type: Type) -> bool:
    shape = type.shape if isinstance(type, TensorType) else ()
    return all(isinstance(size, int) for size in shape)


def cheapest_forms(
    root: Operation,
    rules: Iterable[Equation],
    cost: Cost = cost_of,
    max_iterations: int = 12,
    max_nodes: int = 1000,
) -> int:
    """Rewrite what the blocks inside `root` compute to the cheapest form that rules find, in place.

    Each block is taken by itself: its pure operations are the terms, and whatever uses one from
    outside of them needs it. A block stays as it is unless its operations, each counted once, come
    to cost less. (What is chosen is cheapest as a tree, where a value that is used twice counts
    twice. Of DAGs the choice would be NP-hard.) Gives the number of blocks that changed.
    """
    rules, users, replaced = list(rules), uses(root), dict[Value, Value]()
    changed = 0
    for op in list(root.walk()):
        for block in [block for region in op.regions for block in region.blocks]:
            own = [each for each in block.operations if is_term(each)]
            if not any(map(cost, own)):
                continue
            terms = Terms()
            for each in own:
                terms.add(each)
            saturate(terms, rules, max_iterations, max_nodes)
            needed = _needed(block, own, users)
            chosen = _Chosen(terms, cost, block, set(own))
            after = chosen.operations(needed)
            if after is None or _total(after, cost) >= _total(_live(own, needed), cost):
                continue
            block.operations = []
            for each in after:
                block.append(each)
            replaced |= chosen.replaced(needed)
            changed += 1
    replace_uses(root, replaced)
    return changed


Needed = dict[Operation, list[Value]]
"""Before which operation of a block the values of which terms have to be there."""


def _needed(block: Block, own: list[Operation], users: dict[Value, list[Operation]]) -> Needed:
    needed: Needed = {}
    terms = set(own)
    for op in own:
        for user in users.get(op.result, ()):
            where: Operation | None = user
            while where is not None and where.parent is not block:
                where = where.parent_op
            where = where or block.operations[-1]  # another block uses it
            if where not in terms:
                needed.setdefault(where, []).append(op.result)
    return needed


def _live(own: list[Operation], needed: Needed) -> list[Operation]:
    """The terms' operations that somebody needs."""
    live, terms = set[Operation](), set(own)
    work = [value for values in needed.values() for value in values]
    while work:
        value = work.pop()
        if isinstance(value, OpResult) and value.op in terms and value.op not in live:
            live.add(value.op)
            work += value.op.operands
    return list(live)


def _total(ops: Iterable[Operation], cost: Cost) -> float:
    return sum(cost(op) for op in ops if is_term(op))


class _Chosen:
    """The cheapest terms, as operations for a block."""

    def __init__(self, terms: Terms, cost: Cost, block: Block, own: set[Operation]) -> None:
        self.terms, self.block, self.own = terms, block, own
        costs = [cost(value.op) if self.is_node(i) else 0.0 for i, value in enumerate(terms.values)]  # type: ignore
        self.best = terms.graph.extract(costs)
        self.made: dict[int, Value] = {}  # of each class that was needed, its value now
        self.ops: list[Operation] = []

    def is_node(self, number: int) -> bool:
        """Whether a node is an operation, and no leaf."""
        return isinstance(self.terms.graph.nodes[number][0], tuple)

    def operations(self, needed: Needed) -> list[Operation] | None:
        """All of the block's operations: those that are no terms, and before each the terms that it
        needs. None if a term would have to come before what it uses."""
        ready = set[Value]()
        for op in self.block.operations:
            if op in self.own:
                continue
            for value in needed.get(op, ()):
                if not self._make(self.terms.graph.find(self.terms.numbers[value]), ready):
                    return None
            self.ops.append(op)
            ready.update(op.results)
        return self.ops

    def replaced(self, needed: Needed) -> dict[Value, Value]:
        find, numbers = self.terms.graph.find, self.terms.numbers
        return {v: self.made[find(numbers[v])] for values in needed.values() for v in values}

    def _make(self, leader: int, ready: set[Value]) -> bool:
        """Append the operations of a class's cheapest term, as far as they aren't there."""
        graph, work = self.terms.graph, [leader]
        while work:
            number = self.best[work[-1]][1]
            value = self.terms.values[number]
            children: list[int] = list(graph.canonical(graph.nodes[number])[1:])  # type: ignore
            missing = [child for child in children if child not in self.made]
            if missing:
                work += missing
                continue
            at = work.pop()
            if at in self.made:
                continue
            if not self.is_node(number):
                here = isinstance(value, OpResult) and value.op.parent is self.block
                if here and value not in ready:
                    return False
                self.made[at] = value
                continue
            op = value.op  # type: ignore[attr-defined]
            operands = [self.made[child] for child in children]
            types = [result.type for result in op.results]
            new = Operation(op.name, operands, types, op.attributes, location=op.location)
            new.result.hint = value.hint
            self.ops.append(new)
            self.made[at] = new.result
        return True
