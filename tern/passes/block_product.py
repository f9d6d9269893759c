"""A matrix product in blocks: of caches, packed, and of registers, in vectors.

The loops are those of K. Goto and R. van de Geijn, "Anatomy of High-Performance Matrix
Multiplication", TOMS 34(3), 2008, as BLIS draws them: three over blocks for the caches, two over
blocks for the registers, and in the middle a loop that loads a row of one, a column of the other,
and adds their outer product to a block of registers.
"""

from __future__ import annotations

from dataclasses import dataclass

from tern.analysis.nests import NestError, band, induction_variable
from tern.ir import Operation, OpResult, Value
from tern.ir.dialects.affine import access, lower_bound, upper_bound
from tern.passes.fuse_multiply_add import fuse_multiply_add
from tern.passes.inline_loops import inline_short_loops
from tern.passes.interchange import interchange
from tern.passes.pack import pack, to_whole_tiles
from tern.passes.registers import keep_in_registers
from tern.passes.simplify_bounds import simplify_bounds
from tern.passes.tile import tile
from tern.passes.unroll import unroll_and_jam
from tern.passes.vectorize import split, vectorize, vectorize_all


@dataclass(frozen=True)
class Blocks:
    """The sizes of blocks. `rows` and `columns` are held in registers, `height` rows of the left
    matrix, `depth` columns wide, in L2, and `width` columns of the right one beyond. `height` is a
    multiple of rows, `width` one of columns. The innermost loop takes `steps` at a time, if their
    number is known to be a multiple.
    """

    rows: int
    columns: int
    height: int
    depth: int
    width: int
    steps: int = 4


@dataclass(frozen=True)
class Product:
    """A nest that is a matrix product: its buffers, and its loops from the outside in."""

    left: Value
    right: Value
    out: Value
    order: tuple[int, int, int]  # where the loops i, j, and k are in the nest


def matched(nest: Operation) -> Product | None:
    """The product that a nest is, `c[i, j] = c[i, j] + a[i, k] * b[k, j]`; None if it is none.

    It may be of some rows alone: only j and k need to start at 0.
    """
    loops = band(nest)
    body = loops[-1].body.only_block.operations[:-1]
    if len(loops) != 3 or sorted(op.name for op in body) != _BODY:
        return None
    store = next(op for op in body if op.name == "affine.store")
    out, found, rows = access(store)
    if rows != ((1, 0, 0), (0, 1, 0)):
        return None
    variables = [induction_variable(loop) for loop in loops]
    (k,) = [v for v in variables if v not in found] if len(set(found)) == 2 else [None]
    i, j = found
    if k is None or any(
        lower_bound(loop) != ([], ((0,),)) for v, loop in zip(variables, loops) if v is not i
    ):
        return None
    if len(lower_bound(loops[variables.index(i)])[1]) != 1:
        return None
    loads = {op.result: access(op) for op in body if op.name == "affine.load"}
    places = {tuple(values): buffer for buffer, values, r in loads.values() if r == rows}
    product = next(op for op in body if op.name == "arith.mulf")
    total = store.operands[0]
    if not isinstance(total, OpResult) or product.result not in total.op.operands:
        return None
    if places.keys() != {(i, k), (k, j), (i, j)} or places[i, j] is not out:
        return None
    if any(v not in loads or loads[v][0] is out for v in product.operands):
        return None
    order = (variables.index(i), variables.index(j), variables.index(k))
    return Product(places[i, k], places[k, j], out, order)


_BODY = sorted(["affine.load"] * 3 + ["affine.store", "arith.addf", "arith.mulf"])


def block_product(nest: Operation, blocks: Blocks) -> None:
    """Run a matrix product in blocks, in place: tiled, packed, unrolled, and vectorized.

    The sum of each element stays in the order of k. So results differ, if they do, only because a
    product and a sum with the flag `contract` are rounded once. Both matrices are packed, as is the
    block of the result, which leaves room for whole blocks whatever the sizes are.

    Raises:
        NestError: the nest is no matrix product, or the blocks do not fit each other.
    """
    product = matched(nest)
    if product is None:
        raise NestError("the nest is no matrix product")
    if blocks.height % blocks.rows or blocks.width % blocks.columns:
        raise NestError("blocks for caches must be whole blocks of registers")
    i, j, k = product.order
    interchange(nest, (j, k, i))
    wanted = (
        (blocks.width, blocks.columns),
        (blocks.depth, blocks.steps),
        (blocks.height, blocks.rows),
    )
    sizes = [_tile_size(loop, *size) for loop, size in zip(band(nest), wanted)]
    caches = tile(nest, sizes)
    outer = band(caches)[: sum(size > 0 for size in sizes)]
    inside = band(caches)[len(outer)]  # j, k, i of one block
    inside = tile(inside, (blocks.columns, 0, blocks.rows))
    over_columns, over_rows, *points = band(inside)
    interchange(points[0], (2, 1, 0))
    row, depth, column = band(points[0])
    # The right matrix is packed before the loop over rows of blocks, if there is one.
    height = outer[-1] if sizes[2] else over_columns
    packed = [
        pack(product.right, height, [over_columns, depth, column]),
        pack(product.left, over_columns, [over_rows, row, depth]),
        pack(product.out, row, [row, column]),
    ]
    for loop in (row, column):
        to_whole_tiles(loop, packed)
    unroll_and_jam(row, [blocks.rows])
    _unroll_steps(row, blocks.steps)
    vectorize(column, blocks.columns)
    inline_short_loops(over_rows)
    keep_in_registers(over_rows)
    fuse_multiply_add(over_rows)
    _copy_whole_rows(over_columns, blocks.columns)


def _unroll_steps(row: Operation, steps: int) -> None:
    """Take several steps of k at a time, one after the other, in the block of a row."""
    try:
        unroll_and_jam(row, [1, steps])
    except NestError:
        return  # their number may be any


def _copy_whole_rows(over_columns: Operation, columns: int) -> None:
    """Let blocks of the result that have all columns be copied row by row, each row a vector."""
    try:
        split(over_columns, columns)
    except NestError:
        return  # a block for the cache may end anywhere
    simplify_bounds(over_columns)
    vectorize_all(over_columns, lambda loop: columns if upper_bound(loop)[1][1:] == () else 0)


def _tile_size(loop: Operation, size: int, multiple: int) -> int:
    """The size of tiles, a multiple; 0 if one is enough. Those of a loop of known length are made
    even: a last tile of two rows would cost as much as a whole one."""
    operands, ends = upper_bound(loop)
    if operands or len(ends) != 1:
        return size
    length = ends[0][-1]
    if length <= size:
        return 0
    even = -(-length // -(-length // size))
    return -(-even // multiple) * multiple
