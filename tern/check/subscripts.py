"""`x[0:4, :, i]`: which elements a subscript takes, and the type that this gives."""

from __future__ import annotations

from dataclasses import dataclass

from tern.check.arguments import integer
from tern.check.builtins import Checker
from tern.check.surface import element_of, is_integer, shape_of, shaped, spell
from tern.text import tree
from tern.types import Dimension, TensorType, Type


@dataclass(frozen=True)
class Taken:
    """Of one axis, what a subscript takes: so many elements from `start` on; or of `size` None one
    element, at `start` or where the expression `index` says."""

    start: int = 0
    size: Dimension = None
    index: tree.Expression | None = None


def taken(node: tree.Subscript, type_: TensorType) -> list[Taken]:
    """What a subscript that is correct takes of each axis."""
    rest = [tree.Slice() for _ in type_.shape[len(node.indices) :]]
    return [_taken(index, size) for index, size in zip((*node.indices, *rest), type_.shape)]


def _taken(index: tree.Expression | tree.Slice, size: Dimension) -> Taken:
    if not isinstance(index, tree.Slice):
        place = integer(index)
        if place is None:
            return Taken(index=index)
        return Taken(place + size if place < 0 and isinstance(size, int) else place)
    if index.start is None and index.stop is None:
        return Taken(0, size)
    start, stop = integer(index.start) or 0, integer(index.stop)
    if isinstance(size, int):
        stop = size if stop is None else stop
        start, stop = start + size * (start < 0), stop + size * (stop < 0)
    assert stop is not None
    return Taken(start, stop - start)


def check_subscript(checker: Checker, node: tree.Subscript) -> Type | None:
    """The type of a subscript; None after reporting an error."""
    found = checker.check(node.tensor)
    good = [_good_index(checker, index) for index in node.indices]
    if found is None or not all(good):
        return None
    shape = shape_of(found)
    if not isinstance(found, TensorType) or len(node.indices) > len(shape):
        axes = f"{len(shape)} axes" if len(shape) != 1 else "1 axis"
        what = f"{spell(found)} has {axes}" if shape else f"{spell(found)} is no tensor"
        checker.errors.add(f"{what}, and the subscript has {len(node.indices)}", node.span)
        return None
    for index, size in zip(node.indices, shape):
        if (message := _misfit(index, size)) is not None:
            checker.errors.add(message, index.span)
            return None
    sizes = [each.size for each in taken(node, found)]
    return shaped(tuple(size for size in sizes if size is not None), element_of(found))


def _good_index(checker: Checker, index: tree.Expression | tree.Slice) -> bool:
    if isinstance(index, tree.Slice):
        ends = [end for end in (index.start, index.stop) if end is not None]
        if all(integer(end) is not None for end in ends):
            return True
        checker.errors.add("a slice needs numbers that are known here: `x[0:4]`", index.span)
        return False
    found = checker.check(index)
    if found is None or (not shape_of(found) and is_integer(found)):
        return found is not None
    hint = "`take(x, indices)` takes several at once" if shape_of(found) else None
    checker.errors.add(f"an index must be a whole number, found {spell(found)}", index.span, hint)
    return False


def _misfit(index: tree.Expression | tree.Slice, size: Dimension) -> str | None:
    """Why an index or a slice does not fit a size, if that is known."""
    if isinstance(index, tree.Slice):
        if index.start is None and index.stop is None:
            return None
        if not isinstance(size, int):
            start, stop = integer(index.start) or 0, integer(index.stop)
            if stop is None or start < 0 or stop < start:
                return f"of a size that has a name, `{size}`, a slice is `:` or `0:4`"
            return None
        found = _taken(index, size)
        count = found.size if isinstance(found.size, int) else -1
        if found.start < 0 or not 0 <= count <= size - found.start:
            return f"the slice leaves its axis, which has {size}"
        return None
    place = integer(index)
    if place is None:
        return None
    if not isinstance(size, int):
        return None if place >= 0 else f"`{size}` is a name: count from the front"
    return None if -size <= place < size else f"the index {place} leaves its axis, which has {size}"
