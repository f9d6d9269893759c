"""An order and tile sizes for the nests of a module, by the names of their loops."""

from __future__ import annotations

from collections.abc import Sequence

from tern.analysis.nests import NestError, band, loop_names, nests
from tern.ir import Operation
from tern.passes.interchange import interchange
from tern.passes.scalar_replacement import scalar_replacement
from tern.passes.tile import tile
from tern.passes.unroll import peel, unroll_and_jam


def schedule(
    root: Operation,
    order: Sequence[str] | None = None,
    sizes: Sequence[int] | None = None,
    unroll: Sequence[int] | None = None,
) -> int:
    """Interchange, tile, and unroll each nest of as many loops as are given, in place.

    `order` are the names of `loop_names`, from the outside in, such as ("i", "k", "j"); in
    that order, `sizes` are the sizes of the tiles, and `unroll` says how many iterations of a loop
    run side by side. Rounds that blocks of `unroll` leave over get nests of their own. Gives
    the number of nests that were there.

    Raises:
        NestError: no nest has so many loops, or the names or sizes do not fit, or a dependence
            forbids it. What was done before stays: work on a clone if that matters.
    """
    given = [each for each in (order, sizes, unroll) if each is not None]
    if not given:
        return 0
    count = len(given[0])
    if any(len(each) != count for each in given):
        told = " and ".join(str(len(each)) for each in given)
        raise NestError(f"order, sizes of tiles, and unrolling are of {told} loops")
    for size, factor in zip(sizes or (), unroll or ()):
        if size > 0 and size % max(factor, 1):
            raise NestError(f"tiles of {size} are no whole blocks of {factor}")
    chosen = [nest for nest in nests(root) if len(band(nest)) == count]
    if not chosen:
        raise NestError(f"no nest has {count} loops")
    for nest in chosen:
        if order is not None:
            interchange(nest, permutation_of(nest, order))
        if unroll is not None:
            peel(nest, unroll)
        if sizes is not None:
            nest = tile(nest, sizes)
        if unroll is not None:
            unroll_and_jam(band(nest)[-count], unroll)
    if unroll is not None:
        scalar_replacement(root)
    return len(chosen)


def permutation_of(nest: Operation, order: Sequence[str]) -> tuple[int, ...]:
    """The permutation that puts the loops of a band in an order given by their names."""
    names = [loop_names(nest)[loop] for loop in band(nest)]
    if sorted(names) != sorted(order):
        raise NestError(f"the loops are {', '.join(names)}, not {', '.join(order)}")
    return tuple(names.index(name) for name in order)
