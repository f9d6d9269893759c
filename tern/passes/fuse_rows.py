"""Row fusion: all that is done with a row of an array, before the next row is touched."""

from __future__ import annotations

from tern.ir import Operation
from tern.passes.fuse import fuse_all, fuse_block
from tern.passes.scalar_replacement import scalar_replacement


def fuse_rows(func: Operation) -> int:
    """Fuse the outermost loops of a function's nests, in place, and then what is inside.

    A softmax is five nests: a maximum, a difference, an exponential, a sum, a quotient. Whole, they
    cannot be one, since the sum is of all the row. But each needs its own row only: so there is one
    loop over rows, with loops over columns inside, and a row stays in the cache from the first to
    the last. Gives the number of nests that went. O(nests squared) attempts.
    """
    count = fuse_block(func.body.only_block, depth=1)
    scalar_replacement(func)
    fuse_all(func)
    return count
