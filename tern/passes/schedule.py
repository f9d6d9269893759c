"""An order and tile sizes for the nests of a module, by the names of their loops."""

from __future__ import annotations

from collections.abc import Sequence

from tern.ir import Operation
from tern.passes.interchange import interchange
from tern.passes.nests import NestError, band, loop_names, nests
from tern.passes.tile import tile


def schedule(
    root: Operation, order: Sequence[str] | None = None, sizes: Sequence[int] | None = None
) -> int:
    """Interchange and then tile each nest of as many loops as are given, in place.

    `order` are the names of `loop_names`, from the outside in, such as ("i", "k", "j");
    `sizes` are the sizes of the tiles in that order. Gives the number of nests.

    Raises:
        NestError: no nest has so many loops, or the names or sizes do not fit, or a
            dependence forbids it.
    """
    if order is None and sizes is None:
        return 0
    if order is not None and sizes is not None and len(order) != len(sizes):
        raise NestError(f"an order of {len(order)} loops but {len(sizes)} sizes of tiles")
    count = len(order if order is not None else sizes)
    chosen = [nest for nest in nests(root) if len(band(nest)) == count]
    if not chosen:
        raise NestError(f"no nest has {count} loops")
    for nest in chosen:
        if order is not None:
            interchange(nest, permutation_of(nest, order))
        if sizes is not None:
            tile(nest, sizes)
    return len(chosen)


def permutation_of(nest: Operation, order: Sequence[str]) -> tuple[int, ...]:
    """The permutation that puts the loops of a band in an order given by their names."""
    names = [loop_names(nest)[loop] for loop in band(nest)]
    if sorted(names) != sorted(order):
        raise NestError(f"the loops are {', '.join(names)}, not {', '.join(order)}")
    return tuple(names.index(name) for name in order)
