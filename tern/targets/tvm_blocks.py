"""Which loop nests are what TVM calls a block: one computation, over axes that are spatial or
reduced.

TVM's schedules move blocks, and not statements: they split, reorder, and fuse the loops around a
block as its axes allow (Feng et al., "TensorIR: An Abstraction for Automatic Tensorized Program
Optimization", ASPLOS 2023, section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tern.analysis.dependence import reductions
from tern.analysis.nests import band, induction_variable
from tern.ir import Block, Operation, OpResult, Value, is_pure
from tern.ir.dialects.affine import access, is_induction_variable, lower_bound, upper_bound

SizeText = Callable[[Value], str]


@dataclass
class Computation:
    """A nest as a block: its loops, "S" or "R" for each, its operations, and the store that says
    what its reduction starts with, if one stood before it."""

    loops: list[Operation]
    kinds: str
    body: list[Operation]
    first: Operation | None = None

    @property
    def stores(self) -> list[Operation]:
        return [op for op in self.body if op.name == "affine.store"]

    @property
    def name(self) -> str:
        """What the block does: `matmul`, `sum`, `exp`, or `sub_exp` for two operations in one."""
        if "R" in self.kinds:
            combine = self.stores[0].operands[0].op
            factors = [v.op for v in combine.operands if isinstance(v, OpResult)]
            product = any(op.name in ("arith.mulf", "arith.muli") for op in factors)
            if product and combine.name in ("arith.addf", "arith.addi"):
                return "matmul" if self.kinds == "SSR" else "dot"
            return _REDUCTIONS.get(combine.name, "reduce")
        stored = [op.operands[0].op for op in self.stores if isinstance(op.operands[0], OpResult)]
        done = [_NAMES.get(op.name, op.name.partition(".")[2]) for op in self.body if _computes(op)]
        done = done or [
            _NAMES.get(op.name, op.name.partition(".")[2]) for op in stored if _computes(op)
        ]
        done = [word for word in dict.fromkeys(done) if word]
        if done:
            return "_".join(done) if len(done) <= 3 else "fused"
        return "copy" if any(op.name.endswith(".load") for op in self.body) else "fill"


_REDUCTIONS = {
    "arith.addf": "sum", "arith.addi": "sum", "arith.mulf": "product", "arith.muli": "product",
    "arith.maximumf": "max", "arith.maxsi": "max", "arith.minimumf": "min", "arith.minsi": "min",
}  # fmt: skip

_NAMES = {
    "arith.addf": "add", "arith.addi": "add", "arith.subf": "sub", "arith.subi": "sub",
    "arith.mulf": "mul", "arith.muli": "mul", "arith.divf": "div", "arith.divsi": "div",
    "arith.remf": "rem", "arith.remsi": "rem", "arith.negf": "neg", "math.absf": "abs",
    "math.absi": "abs", "math.powf": "pow", "arith.maximumf": "maximum", "arith.maxsi": "maximum",
    "arith.minimumf": "minimum", "arith.minsi": "minimum", "arith.cmpf": "compare",
    "arith.cmpi": "compare", "arith.sitofp": "cast", "arith.extf": "cast", "arith.truncf": "cast",
    "arith.fptosi": "cast", "arith.extsi": "cast", "arith.trunci": "cast",
    "arith.index_cast": "cast",
}  # fmt: skip


def _computes(op: Operation) -> bool:
    return is_pure(op) and op.name != "arith.constant" and not op.name.endswith(".load")


def computations(block: Block, size: SizeText, init: bool) -> list[Operation | Computation]:
    """The operations of a function's block, with a Computation for each nest that is one.

    A fill of what the next nest reduces into becomes that nest's `first`, if `init`: but not if
    it is known that there is nothing to reduce. `size` spells a size, so that equal ones are
    equal. O(operations).
    """
    found: list[Operation | Computation] = []
    filled: int | None = None  # the index of a fill that nothing came after
    for op in block.operations:
        item = _computation(op) if op.name in ("affine.for", "affine.store") else None
        if item is None:
            found.append(op)
            filled = filled if is_pure(op) or op.name == "memref.alloc" else None
            continue
        if filled is not None and init and _starts(found[filled], item, size):
            item.first = found.pop(filled).stores[0]
        found.append(item)
        filled = len(found) - 1 if _is_fill(item) else None
    return found


def _computation(op: Operation) -> Computation | None:
    """A nest, or a store outside of all loops, as a block; None if it is not so simple."""
    loops = band(op) if op.name == "affine.for" else []
    body = loops[-1].body.only_block.operations[:-1] if loops else [op]
    if not all(_is_rectangular(loop) for loop in loops):
        return None
    if not all(is_pure(each) or each.name in ("affine.load", "affine.store") for each in body):
        return None
    stores = [each for each in body if each.name == "affine.store"]
    if not stores or len({access(store)[0] for store in stores}) != len(stores):
        return None
    variables = [induction_variable(loop) for loop in loops]
    spatial, *others = [_subscripts(store, variables) for store in stores]
    if spatial is None or any(each != spatial for each in others):
        return None
    stored = {access(store)[0]: access(store) for store in stores}
    for load in body:
        if load.name == "affine.load" and access(load) != stored.get(access(load)[0], access(load)):
            return None
    kinds = "".join("S" if value in spatial else "R" for value in variables)
    if "R" in kinds and (len(stores) != 1 or stores[0] not in reductions(op)):
        return None
    return Computation(loops, kinds, body)


def _is_rectangular(loop: Operation) -> bool:
    """Whether a loop counts by ones from 0 to a number, or to a size."""
    operands, rows = upper_bound(loop)
    plain = len(rows) == 1 and (not operands or rows[0] == (1, 0))
    return (
        plain
        and lower_bound(loop) == ([], ((0,),))
        and loop.attributes["step"] == 1
        and not any(is_induction_variable(value) for value in operands)
    )


def _subscripts(store: Operation, variables: Sequence[Value]) -> set[Value] | None:
    """The induction variables that are a store's subscripts; None if one is anything else."""
    _, operands, rows = access(store)
    found: list[Value] = []
    for row in rows:
        used = [(value, c) for value, c in zip(operands, row) if c]
        if not used:
            continue
        if len(used) != 1 or used[0][1] != 1 or row[-1] or used[0][0] not in variables:
            return None
        found.append(used[0][0])
    return set(found) if len(set(found)) == len(found) else None


def _is_fill(item: Computation) -> bool:
    """Whether a block does nothing but store the same constant everywhere."""
    (value, *_), extra = item.stores[0].operands, len(item.body) - 1
    constant = isinstance(value, OpResult) and value.op.name == "arith.constant"
    return constant and extra == sum(op is value.op for op in item.body)


def _starts(fill: Computation, item: Computation, size: SizeText) -> bool:
    """Whether a fill is of the very elements that a block reduces into, one time or more."""
    if "R" not in item.kinds or any(
        upper_bound(loop) == ([], ((0,),))
        for loop, kind in zip(item.loops, item.kinds)
        if kind == "R"
    ):
        return False
    return _region(fill, size) == _region(item, size)


def _region(item: Computation, size: SizeText) -> list[object]:
    """The buffer that a block stores to, and along each axis the range that it stores to."""
    buffer, operands, rows = access(item.stores[0])
    extents = {induction_variable(loop): extent(loop, size) for loop in item.loops}
    region: list[object] = [buffer]
    for row in rows:
        used = [value for value, c in zip(operands, row) if c]
        region.append(extents[used[0]] if used else ("at", row[-1]))
    return region


def extent(loop: Operation, size: SizeText) -> int | str:
    """How often a rectangular loop runs: a number, or the text of a size."""
    operands, rows = upper_bound(loop)
    return size(operands[0]) if operands and rows[0][0] else rows[0][-1]
