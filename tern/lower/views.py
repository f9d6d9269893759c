"""A tensor as what a loop nest reads: a buffer, and where in it each element is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tern.errors import TernError
from tern.ir import Value
from tern.ir.dialects.affine import Map

Size = int | Value


class LoweringError(TernError, ValueError):
    """An operation has no form at the lower level. The message is one line that names it."""


@dataclass(frozen=True)
class View:
    """A tensor of the given sizes, whose element at an index is found without computing.

    It is `value`, the same at every index; or `buffer[rows applied to the index]`, where
    `rows` has one row for each dimension of the buffer over the tensor's own dimensions and then
    over `symbols`, which are values that no loop changes (see tern.ir.dialects.affine). A tensor
    of neither has no content yet (tensor.empty).
    """

    sizes: tuple[Size, ...]
    value: Value | None = None
    buffer: Value | None = None
    rows: Map = ()
    symbols: tuple[Value, ...] = ()


def identity(rank: int) -> Map:
    """The rows (d0, d1, …) of a buffer that is read as it is."""
    return tuple(tuple(int(i == j) for j in range(rank)) + (0,) for i in range(rank))


def rearranged(
    view: View,
    sizes: tuple[Size, ...],
    sources: Sequence[dict[int, int]],
    offsets: Sequence[Size] = (),
) -> View:
    """The view of other dimensions: dimension d of `view` is at the index `sources[d]`, a sum
    of the new dimensions, each times a factor, and `offsets[d]` if there are any."""
    offsets = offsets or [0] * len(sources)
    added = [offset for offset in offsets if not isinstance(offset, int)]
    symbols = tuple(dict.fromkeys((*view.symbols, *added)))
    rows = []
    for row in view.rows:
        coefficients, constant = [0] * len(sizes), row[-1]
        shifts = dict.fromkeys(symbols, 0) | dict(zip(view.symbols, row[len(view.sizes) :]))
        for coefficient, source, offset in zip(row, sources, offsets):
            for axis, factor in source.items():
                coefficients[axis] += coefficient * factor
            if isinstance(offset, int):
                constant += coefficient * offset
            else:
                shifts[offset] += coefficient
        rows.append((*coefficients, *shifts.values(), constant))
    return View(sizes, view.value, view.buffer, tuple(rows), symbols)


def transposed(view: View, permutation: tuple[int, ...]) -> View:
    """Dimension d of the result is dimension `permutation[d]` of the view."""
    sizes = tuple(view.sizes[axis] for axis in permutation)
    sources = [{permutation.index(axis): 1} for axis in range(len(sizes))]
    return rearranged(view, sizes, sources)


def broadcast(view: View, sizes: tuple[Size, ...], added: tuple[int, ...]) -> View:
    """The dimensions `added` of the result repeat the view."""
    kept = [axis for axis in range(len(sizes)) if axis not in added]
    # What a known size says once is known of the result as well.
    known = dict(zip(kept, view.sizes))
    sizes = tuple(known.get(axis, size) for axis, size in enumerate(sizes))
    return rearranged(view, sizes, [{axis: 1} for axis in kept])


def sliced(
    view: View, sizes: tuple[Size, ...], offsets: Sequence[Size], strides: Sequence[int]
) -> View:
    """The view from `offsets` on, every `strides`-th element, in each dimension."""
    sources = [{axis: stride} for axis, stride in enumerate(strides)]
    return rearranged(view, sizes, sources, offsets)


def without(view: View, axes: Sequence[int]) -> View:
    """The view at index 0 of some dimensions, which it then lacks."""
    kept = [axis for axis in range(len(view.sizes)) if axis not in axes]
    sources = [{kept.index(a): 1} if a in kept else {} for a in range(len(view.sizes))]
    return rearranged(view, tuple(view.sizes[axis] for axis in kept), sources)


Groups = tuple[tuple[int, ...], ...]


def expanded(view: View, groups: Groups, sizes: tuple[Size, ...]) -> View | None:
    """tensor.expand_shape: an index of several dimensions, row after row, into one.

    None where the distance from one row to the next is not a number.
    """
    sources = []
    for group in groups:
        source: dict[int, int] = {}
        stride: int | None = 1
        for axis in reversed(group):
            size = sizes[axis]
            if size == 1:
                continue
            if stride is None:
                return None
            source[axis] = stride
            stride = stride * size if isinstance(size, int) else None
        sources.append(source)
    return rearranged(view, sizes, sources)


def collapsed(view: View, groups: Groups, sizes: tuple[Size, ...]) -> View | None:
    """tensor.collapse_shape, where in every group one step of the last dimension is the same in
    the buffer wherever it is; None where that is not so, or not known.

    It is so for one dimension among some of size 1, and for what an expand_shape split.
    """
    rows = [list(row[len(view.sizes) :]) for row in view.rows]
    for group in reversed(groups):
        wide = [axis for axis in group if view.sizes[axis] != 1]
        for outer, inner in zip(wide, wide[1:]):
            size = view.sizes[inner]
            if not all(_continues(row[outer], row[inner], size) for row in view.rows):
                return None
        for new, row in zip(rows, view.rows):
            new.insert(0, row[wide[-1]] if wide else 0)
    return View(sizes, view.value, view.buffer, tuple(map(tuple, rows)), view.symbols)


def _continues(outer: int, inner: int, size: Size) -> bool:
    """Whether a step of the outer dimension is `size` steps of the inner one."""
    return outer == inner * size if isinstance(size, int) else outer == inner == 0
