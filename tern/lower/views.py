"""A tensor as what a loop nest reads: a buffer, and where in it each element is."""

from __future__ import annotations

from dataclasses import dataclass

from tern.errors import TernError
from tern.ir import Operation, Value
from tern.ir.dialects.affine import Map

Size = int | Value


class LoweringError(TernError, ValueError):
    """An operation has no form at the lower level. The message is one line that names it."""


@dataclass(frozen=True)
class View:
    """A tensor of the given sizes, whose element at an index is found without computing.

    It is `value`, the same at every index; or `buffer[rows applied to the index]`, where
    `rows` has one row for each dimension of the buffer over the tensor's own dimensions (see
    tern.ir.dialects.affine). A tensor of neither has no content yet (tensor.empty).
    """

    sizes: tuple[Size, ...]
    value: Value | None = None
    buffer: Value | None = None
    rows: Map = ()


def identity(rank: int) -> Map:
    """The rows (d0, d1, …) of a buffer that is read as it is."""
    return tuple(tuple(int(i == j) for j in range(rank)) + (0,) for i in range(rank))


def rearranged(view: View, sizes: tuple[Size, ...], sources: list[dict[int, int]]) -> View:
    """The view of other dimensions: dimension d of `view` is at the index `sources[d]`, a sum
    of the new dimensions, each times a factor."""
    rows = []
    for row in view.rows:
        coefficients = [0] * len(sizes)
        for coefficient, source in zip(row, sources):
            for axis, factor in source.items():
                coefficients[axis] += coefficient * factor
        rows.append((*coefficients, row[-1]))
    return View(sizes, view.value, view.buffer, tuple(rows))


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


def expanded(view: View, op: Operation, sizes: tuple[Size, ...]) -> View:
    """tensor.expand_shape: an index of several dimensions, row after row, into one."""
    sources = []
    for group in op.attributes["reassociation"]:
        source, stride = {}, 1
        for axis in reversed(group):
            if sizes[axis] == 1:
                continue
            if not isinstance(stride, int):
                raise LoweringError(f"{op.name} of sizes that are not known has no loop form yet")
            source[axis] = stride
            stride = stride * sizes[axis] if isinstance(sizes[axis], int) else None
        sources.append(source)
    return rearranged(view, sizes, sources)


def collapsed(view: View, op: Operation) -> View:
    """tensor.collapse_shape, where at most one dimension of each group is not 1."""
    sizes, sources = [], [{} for _ in view.sizes]
    for axis, group in enumerate(op.attributes["reassociation"]):
        wide = [axis for axis in group if view.sizes[axis] != 1]
        if len(wide) > 1:
            raise LoweringError(f"{op.name} of several sizes into one has no loop form yet")
        sizes.append(view.sizes[wide[0]] if wide else 1)
        if wide:
            sources[wide[0]] = {axis: 1}
    return rearranged(view, tuple(sizes), sources)
