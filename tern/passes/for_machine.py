"""What makes loops fast on a processor with vectors: the passes, in their order, by its numbers."""

from __future__ import annotations

from tern.analysis.nests import NestError, nests
from tern.analysis.vectors import vector_obstacle
from tern.cost.machine import Machine, cache_block, register_block
from tern.ir import Operation, functions
from tern.passes.block_product import Blocks, block_product, matched
from tern.passes.contract import contract
from tern.passes.dead_code import erase_dead_operations
from tern.passes.expand_math import DEFAULT, expand_math
from tern.passes.fold_sizes import fold_sizes
from tern.passes.fuse_multiply_add import fuse_multiply_add
from tern.passes.fuse_rows import fuse_rows
from tern.passes.in_parallel import in_parallel, rows_at_once
from tern.passes.inline_loops import inline_short_loops
from tern.passes.prefetch import prefetch_next_rows
from tern.passes.reciprocal import multiply_by_reciprocals
from tern.passes.registers import keep_in_registers
from tern.passes.vectorize import vectorize
from tern.types import FloatType, IntegerType, ScalarType, bf16, f16, f32

Remark = tuple[Operation, str]
"""A loop that is not vectorized, and why."""


def for_machine(module: Operation, machine: Machine, parallel: bool = False) -> list[Remark]:
    """Block products, fuse rows, and vectorize the functions of loops of a module, in place.

    With `parallel`, outermost loops become affine.parallel where they may: for targets that run
    these on several threads. The results are those of the loops as they were, but for what the
    flags `reassoc`, `arcp`, and `contract` permit, and for exp and the like in vector loops, which
    tern.passes.expand_math computes. They do not depend on how many threads there are. Gives what
    was not vectorized.

    There are no masks, and no gathers: what is left over from whole vectors is a loop of its own, a
    small part of a long row, where a mask would be computed and kept in every iteration; and a
    processor gathers lanes one by one, which is no faster than the loop as it was.
    """
    remarks = []
    for func in functions(module):
        if len(func.body.blocks) == 1:
            remarks += _function(func, machine, parallel)
    erase_dead_operations(module)
    return remarks


def blocks_for(machine: Machine, type: ScalarType = f32) -> Blocks:
    """The blocks of a product: `width` is all the columns that one would meet."""
    rows, columns = register_block(machine, type)
    depth, height = cache_block(machine, type)
    return Blocks(rows, columns, height, depth, 64 * columns)


def _function(func: Operation, machine: Machine, parallel: bool) -> list[Remark]:
    fold_sizes(func)
    plain = set(_loops(func))
    for nest in nests(func):
        if (product := _product(nest)) is not None:
            blocks = blocks_for(machine, product)
            block_product(rows_at_once(nest, blocks.rows) if parallel else nest, blocks)
    blocked = set(_loops(func)) - plain
    fuse_rows(func)
    if parallel:
        for nest in nests(func):
            if nest not in blocked and nest.name == "affine.for":
                rest = in_parallel(nest, 4 * lanes_for(nest, machine))
                blocked |= {rest} if rest is not None else set()
    contract(func)
    remarks = []
    for loop in _loops(func):
        if loop not in blocked and _is_innermost(loop):
            try:
                _vectorize(loop, machine)
            except NestError as error:
                remarks.append((loop, str(error)))
    inline_short_loops(func)
    keep_in_registers(func)
    fuse_multiply_add(func)
    prefetch_next_rows(func, machine)
    return remarks


def _product(nest: Operation) -> ScalarType | None:
    """The type of the elements of a product; None if a nest is none of f32 or f64."""
    try:
        found = matched(nest)
    except NestError:
        return None
    element = found.out.type.element if found is not None else None
    return element if isinstance(element, FloatType) and element.width >= 32 else None


def _is_innermost(loop: Operation) -> bool:
    return not any(op.regions for op in loop.body.only_block.operations)


def _loops(func: Operation) -> list[Operation]:
    return [op for op in func.walk() if op.name == "affine.for"]


def _vectorize(loop: Operation, machine: Machine) -> None:
    lanes = lanes_for(loop, machine)
    if why := vector_obstacle(loop, lanes):
        raise NestError(why)
    values = [value for op in loop.walk() for value in (*op.operands, *op.results)]
    if narrow := [value.type for value in values if value.type in (f16, bf16)]:
        raise NestError(f"{narrow[0]} is computed with in wider types, and not in vectors")
    if heavy := [op for op in loop.walk() if op.name in LIBRARY and op.result.type != f32]:
        raise NestError(f"{heavy[0].name} of {heavy[0].result.type} is a library's function")
    multiply_by_reciprocals(loop)
    dear = expand_math(loop, machine.fma)
    groups = 2 if dear else 4
    vectorize(loop, groups * lanes)
    rest = loop.parent.operations[loop.parent.operations.index(loop) + 1]
    if groups > 1 and rest.name == "affine.for":
        try:
            vectorize(rest, lanes)
        except NestError:
            return  # how much is left is not known: LLVM may do it


LIBRARY = frozenset(f"math.{name}" for name in (*DEFAULT, "sin", "cos", "powf"))
"""What a processor has no instruction for."""


def lanes_for(loop: Operation, machine: Machine) -> int:
    """How many lanes the widest numbers of a loop leave in a register."""
    types = [value.type for op in loop.walk() for value in (*op.operands, *op.results)]
    widths = [t for t in types if isinstance(t, (FloatType, IntegerType)) and t.width > 1]
    return min([machine.lanes(type) for type in widths], default=1)
