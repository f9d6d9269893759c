"""The built-in functions that say where elements go: reshape, transpose, concat, pad, take, …"""

from __future__ import annotations

import math
from collections import Counter

from tern.check.arguments import number, pairs, sizes
from tern.check.builtins import Checker
from tern.check.rules import Arguments, Shape, Wrong, axes_in, axis_in, known, tensor, typed
from tern.check.surface import element_of, is_integer, shape_of, shaped, spell
from tern.shapes import broadcast, total
from tern.text import tree
from tern.types import Dimension, TensorType, Type, i32, i64


def elements(shape: Shape) -> tuple[int, Counter[Dimension]]:
    """The number of elements: a number, times named sizes."""
    return math.prod(s for s in shape if isinstance(s, int)), Counter(
        s for s in shape if not isinstance(s, int)
    )


def reshape(checker: Checker, given: Arguments) -> Type:
    type_, node = tensor(checker, given["x"]), given["shape"]
    target = sizes(node)
    if target is None or not target:
        raise Wrong("needs a list of sizes, numbers and names: `[n, 4]`", node)
    have, names = elements(type_.shape)
    want, wanted = elements(tuple(s for s in target if s != -1))
    open_ = [axis for axis, size in enumerate(target) if size == -1]
    if len(open_) == 1 and wanted == names and want and have % want == 0:
        target[open_[0]] = have // want
    elif open_ and len(open_) == 1 and want == have and sum((names - wanted).values()) == 1:
        if not wanted - names:
            (target[open_[0]],) = (names - wanted).elements()
    if -1 in target or elements(tuple(target)) != (have, names):
        raise Wrong(
            f"of {spell(type_)} to {spell(TensorType(tuple(target), type_.element))}: "
            "the numbers of elements are not known to be equal",
            node,
        )
    return TensorType(known(checker, node, tuple(target)), type_.element)


def transpose(checker: Checker, given: Arguments) -> Type:
    type_, node = tensor(checker, given["x"]), given.get("axes")
    if node is None:
        if len(type_.shape) != 2:
            hint = "for other tensors say the order of the axes: `transpose(x, [0, 2, 1])`"
            raise Wrong(f"needs a matrix, found {spell(type_)}", None, hint)
        return TensorType(type_.shape[::-1], type_.element)
    order = axes_in(type_, node)
    if len(order) != len(type_.shape):
        raise Wrong(f"needs every axis of {spell(type_)} once", node)
    return TensorType(tuple(type_.shape[axis] for axis in order), type_.element)


def matrix_transpose(checker: Checker, given: Arguments) -> Type:
    type_ = tensor(checker, given["x"], range(2, 99))
    *outer, rows, columns = type_.shape
    return TensorType((*outer, columns, rows), type_.element)


def expand_dims(checker: Checker, given: Arguments) -> Type:
    type_ = typed(checker, given["x"])
    axis = axis_in(type_, given["axis"], more=1)
    shape = shape_of(type_)
    return TensorType((*shape[:axis], 1, *shape[axis:]), element_of(type_))


def squeeze(checker: Checker, given: Arguments) -> Type:
    type_ = tensor(checker, given["x"])
    axis = axis_in(type_, given["axis"])
    if type_.shape[axis] != 1:
        raise Wrong(
            f"drops axes of size 1, and axis {axis} of {spell(type_)} is not", given["axis"]
        )
    return shaped((*type_.shape[:axis], *type_.shape[axis + 1 :]), type_.element)


def broadcast_to(checker: Checker, given: Arguments) -> Type:
    type_, target = typed(checker, given["x"]), sizes(given["shape"])
    if target is None:
        raise Wrong("needs a list of sizes: `[n, 4]`", given["shape"])
    shape = known(checker, given["shape"], tuple(target))
    if broadcast(shape_of(type_), shape) != (shape, {}):
        raise Wrong(
            f"cannot stretch {spell(type_)} to {spell(TensorType(shape, element_of(type_)))}"
        )
    return TensorType(shape, element_of(type_))


def concat(checker: Checker, given: Arguments) -> Type:
    items = given["tensors"].items if isinstance(given["tensors"], tree.List) else ()
    if not items:
        raise Wrong("needs a list of tensors: `[a, b]`", given["tensors"])
    first, *others = [tensor(checker, item) for item in items]
    axis = axis_in(first, given.get("axis"))
    for other, item in zip(others, items[1:]):
        same = len(other.shape) == len(first.shape) and all(
            a == b for at, (a, b) in enumerate(zip(first.shape, other.shape)) if at != axis
        )
        if not same or other.element != first.element:
            raise Wrong(f"along axis {axis} does not fit {spell(first)} and {spell(other)}", item)
    size = total(type_.shape[axis] for type_ in (first, *others))
    return TensorType((*first.shape[:axis], size, *first.shape[axis + 1 :]), first.element)


def pad(checker: Checker, given: Arguments) -> Type:
    type_, widths = tensor(checker, given["x"]), pairs(given["pad_width"])
    if widths is None or len(widths) != len(type_.shape) or min(map(min, widths)) < 0:
        raise Wrong(
            f"needs two numbers for each axis of {spell(type_)}: `[[1, 1], [0, 0]]`",
            given["pad_width"],
        )
    shape = [total([before, size, after]) for size, (before, after) in zip(type_.shape, widths)]
    if "constant_values" in given:
        value = typed(checker, given["constant_values"], type_.element)
        if value != type_.element or number(given["constant_values"]) is None:
            raise Wrong(f"needs a number of {spell(type_.element)} to fill with")
    return TensorType(tuple(shape), type_.element)


def take(checker: Checker, given: Arguments) -> Type:
    type_, indices = tensor(checker, given["x"]), typed(checker, given["indices"])
    if not is_integer(element_of(indices)):
        raise Wrong(f"needs whole numbers as indices, found {spell(indices)}", given["indices"])
    if axis_in(type_, given.get("axis")) != 0:
        raise Wrong("takes along axis 0: transpose first", given["axis"])
    return shaped((*shape_of(indices), *type_.shape[1:]), type_.element)


def arange(checker: Checker, given: Arguments) -> Type:
    stop = sizes(given["stop"])
    if stop is None or len(stop) != 1 or (isinstance(stop[0], int) and stop[0] < 0):
        raise Wrong("needs a size: a number, or the name of one", given["stop"])
    return TensorType(known(checker, given["stop"], tuple(stop)), i32)


def size(checker: Checker, given: Arguments) -> Type:
    axis_in(tensor(checker, given["x"]), given["axis"])
    return i64
