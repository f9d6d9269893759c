"""Work for several threads: outermost loops as parallel ones, of pieces that are worth a thread.

How large a piece is, does not depend on how many threads there will be: so the results do not.
"""

from __future__ import annotations

from tern.analysis.nests import NestError
from tern.ir import Operation
from tern.passes.block_product import matched
from tern.passes.interchange import interchange
from tern.passes.parallelize import parallel_obstacle, parallelize
from tern.passes.partial_sums import partial_sums
from tern.passes.tile import tile
from tern.passes.vectorize import split

ROWS = 128
"""About how many rows of a product are computed at once: for each piece the right matrix is packed
anew, which must be little beside the product."""
ELEMENTS = 1 << 12
"""How many iterations of a loop without loops inside are one piece."""
ROWS_OF_A_SUM = 16
"""How many rows have a partial sum together."""


def in_parallel(nest: Operation, group: int) -> Operation | None:
    """Make an outermost loop parallel where it may be, in place.

    A loop without loops inside is cut into pieces, whole groups of iterations each; what is left
    over comes after them, and is given. A sum whose order does not count becomes partial sums.
    """
    innermost = not any(op.regions for op in nest.body.only_block.operations)
    size = max(1, ELEMENTS // group) * group
    rest = None
    try:
        if innermost:
            rest = split(nest, group)
        if parallel_obstacle(nest):
            partial_sums(nest, size if innermost else ROWS_OF_A_SUM)
        else:
            parallelize(tile(nest, [size]) if innermost else nest)
    except NestError:
        pass
    return rest


def rows_at_once(nest: Operation, rows: int) -> Operation:
    """Compute a matrix product some rows at once, in place: a parallel loop over these. Gives the
    product of some rows, a nest inside it.

    There are so many that blocks of `rows` rows fill them.
    """
    product = matched(nest)
    assert product is not None
    i, j, k = product.order
    interchange(nest, (i, j, k))
    over = parallelize(tile(nest, [max(1, ROWS // rows) * rows]))
    return next(op for op in over.body.only_block.operations if op.name == "affine.for")
