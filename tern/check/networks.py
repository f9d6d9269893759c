"""The built-in functions of arrays and networks: what they take, and the types that they give.

They are called as NumPy calls them, where it has them; convolutions and pooling have the layout
of MLIR's (and TensorFlow's): images are [n, height, width, channels], filters
[height, width, channels, filters]. A program may have functions of its own by these names.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from tern.check.arguments import (
    Signature,
    bind,
    element,
    integer,
    integers,
    number,
    pairs,
    sizes,
    truth,
)
from tern.check.builtins import Checker
from tern.check.surface import broadcast, element_of, is_float, is_integer, shape_of, shaped, spell
from tern.text import tree
from tern.types import Dimension, ScalarType, TensorType, Type, i1, i32, i64

Arguments = dict[str, tree.Expression]
Shape = tuple[Dimension, ...]


class Wrong(Exception):
    """A rule is broken: what is wrong, where, and what may help."""

    def __init__(self, message: str, node: tree.Node | None = None, *notes: str | None) -> None:
        super().__init__(message)
        self.node, self.notes = node, notes


class Reported(Exception):
    """An error that has been reported already."""


def check_network(checker: Checker, node: tree.Call) -> Type | None:
    """The type of a call of one of these functions; None after reporting an error."""
    signature, rule = NETWORK[node.function.text]
    given = bind(node, signature, checker.errors)
    if given is None:
        for argument in node.arguments:
            if not isinstance(argument, tree.List):
                checker.check(argument)
        return None
    try:
        return rule(checker, given)
    except Reported:
        return None
    except Wrong as wrong:
        what = f"`{node.function.text}` {wrong}"
        checker.errors.add(what, (wrong.node or node).span, *wrong.notes)
        return None


# small pieces ---------------------------------------------------------------------------------


def typed(checker: Checker, node: tree.Expression, expected: Type | None = None) -> Type:
    found = checker.check(node, expected)
    if found is None:
        raise Reported
    return found


def tensor(checker: Checker, node: tree.Expression, ranks: range = range(1, 99)) -> TensorType:
    found = typed(checker, node)
    if not isinstance(found, TensorType) or len(found.shape) not in ranks:
        axes = f"of {ranks[0]} axes" if len(ranks) == 1 else ""
        least = f"of {ranks[0]} axes or more" if len(ranks) > 1 and ranks[0] > 1 else ""
        raise Wrong(f"needs a tensor {axes or least}".rstrip() + f", found {spell(found)}", node)
    return found


def axis_in(type_: Type, node: tree.Expression | None, default: int = 0, more: int = 0) -> int:
    """A number of an axis of the type, counted from the front. `more` axes may come to be."""
    found = default if node is None else integer(node)
    rank = len(shape_of(type_)) + more
    if found is None:
        raise Wrong("needs the number of an axis, known here: `axis=0`", node)
    if not -rank <= found < rank:
        raise Wrong(f"has no axis {found}: {spell(type_)} has {rank - more}", node)
    return found % rank


def axes_in(type_: Type, node: tree.Expression | None) -> list[int]:
    """Numbers of axes of the type, each once; all of them if nothing is said."""
    rank = len(shape_of(type_))
    found = list(range(rank)) if node is None else integers(node)
    if found is None:
        raise Wrong("needs numbers of axes, known here: `axis=[0, 1]`", node)
    if wrong := [axis for axis in found if not -rank <= axis < rank]:
        raise Wrong(f"has no axis {wrong[0]}: {spell(type_)} has {rank}", node)
    found = [axis % rank for axis in found]
    if len(set(found)) < len(found):
        raise Wrong("names an axis twice", node)
    return found


def two(node: tree.Expression | None, what: str, least: int, default: int) -> tuple[int, int]:
    """Two numbers, for height and width; one stands for both."""
    if node is None:
        return default, default
    found = integers(node)
    if found is None or len(found) not in (1, 2) or min(found) < least:
        raise Wrong(f"needs one or two numbers from {least} up as its `{what}`", node)
    return found[0], found[-1]


def known(checker: Checker, node: tree.Expression, shape: Shape) -> Shape:
    """A shape, of sizes that the function's parameters have."""
    for size, item in zip(shape, node.items if isinstance(node, tree.List) else [node]):
        if isinstance(size, str) and size not in checker.known_sizes():
            raise Wrong(f"does not know a size `{size}`: no parameter has it", item)
    return shape


# shapes ---------------------------------------------------------------------------------------


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
    if broadcast(shape_of(type_), shape) != shape:
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
    along = [type_.shape[axis] for type_ in (first, *others)]
    numbers = [size for size in along if isinstance(size, int)]
    if len(numbers) < len(along) and len(along) > 1:
        raise Wrong("needs sizes along its axis that are numbers: their sum has no name", None)
    total = sum(numbers) if numbers else along[0]
    return TensorType((*first.shape[:axis], total, *first.shape[axis + 1 :]), first.element)


def pad(checker: Checker, given: Arguments) -> Type:
    type_, widths = tensor(checker, given["x"]), pairs(given["pad_width"])
    if widths is None or len(widths) != len(type_.shape) or min(map(min, widths)) < 0:
        raise Wrong(
            f"needs two numbers for each axis of {spell(type_)}: `[[1, 1], [0, 0]]`",
            given["pad_width"],
        )
    shape: list[Dimension] = []
    for size, (before, after) in zip(type_.shape, widths):
        if not isinstance(size, int) and before + after:
            raise Wrong(f"needs a number to add to, and `{size}` is a name", given["pad_width"])
        shape.append(size + before + after if isinstance(size, int) else size)
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


# elements -------------------------------------------------------------------------------------


def common(checker: Checker, *nodes: tree.Expression) -> tuple[Shape, ScalarType]:
    """The shape that operands stretch to, and their element type, to which literals adapt."""
    firm = [node for node in nodes if number(node) is None]
    lead = typed(checker, (firm or list(nodes))[0])
    found = [
        lead if node is (firm or list(nodes))[0] else typed(checker, node, lead) for node in nodes
    ]
    shape: Shape | None = ()
    for node, type_ in zip(nodes, found):
        if element_of(type_) != element_of(lead):
            raise Wrong(
                f"needs operands of one element type, found {spell(lead)} and {spell(type_)}", node
            )
        shape = broadcast(shape, shape_of(type_))
        if shape is None:
            raise Wrong(f"has shapes that do not fit: {', '.join(map(spell, found))}", node)
    return shape, element_of(lead)


def where(checker: Checker, given: Arguments) -> Type:
    condition = typed(checker, given["condition"])
    if element_of(condition) != i1:
        raise Wrong(f"needs a bool to choose by, found {spell(condition)}", given["condition"])
    shape, kind = common(checker, given["x"], given["y"])
    both = broadcast(shape_of(condition), shape)
    if both is None:
        raise Wrong(
            f"has shapes that do not fit: {spell(condition)} and {spell(shaped(shape, kind))}"
        )
    return shaped(both, kind)


def clip(checker: Checker, given: Arguments) -> Type:
    shape, kind = common(checker, given["x"], given["min"], given["max"])
    if kind == i1:
        raise Wrong("needs numbers, found bools")
    return shaped(shape, kind)


def argmax(checker: Checker, given: Arguments) -> Type:
    type_ = tensor(checker, given["x"])
    if type_.element == i1:
        raise Wrong(f"needs numbers, found {spell(type_)}")
    axis = axis_in(type_, given["axis"])
    return kept(type_, [axis], given, i64)


def kept(type_: TensorType, axes: list[int], given: Arguments, element_: ScalarType) -> Type:
    """What a reduction gives: its axes stay, with size 1, unless it is said that they go."""
    keep = truth(given["keepdims"]) if "keepdims" in given else True
    if keep is None:
        raise Wrong("needs true or false: `keepdims=false`", given["keepdims"])
    shape = [1 if axis in axes else s for axis, s in enumerate(type_.shape)]
    gone = [] if keep else axes
    return shaped(tuple(s for axis, s in enumerate(shape) if axis not in gone), element_)


# products -------------------------------------------------------------------------------------


def matmul(checker: Checker, given: Arguments) -> Type:
    left, right = (
        tensor(checker, given["a"], range(2, 99)),
        tensor(checker, given["b"], range(2, 99)),
    )
    shape = product_shape(left, right)
    if left.element != right.element or left.element == i1:
        raise Wrong(f"needs numbers of one type, found {spell(left)} and {spell(right)}")
    if "dtype" not in given:
        return TensorType(shape, left.element)
    wide = element(given["dtype"])
    if wide is None or is_float(wide) != is_float(left.element) or not can_hold(wide, left.element):
        raise Wrong(
            f"adds up {spell(left.element)} in a type that holds it: `dtype=f32`", given["dtype"]
        )
    return TensorType(shape, wide)


def can_hold(wide: ScalarType, narrow: ScalarType) -> bool:
    """Whether every number of one type is one of the other."""
    if is_float(wide):
        return wide.exponent >= narrow.exponent and wide.fraction >= narrow.fraction
    return getattr(wide, "width", 64) >= getattr(narrow, "width", 64) + (
        getattr(narrow, "unsigned", False) and not getattr(wide, "unsigned", False)
    )


def product_shape(left: TensorType, right: TensorType) -> Shape:
    """Of matrices, or of as many matrices on either side; Wrong if they do not fit."""
    *outer, rows, inner = left.shape
    *others, inner2, columns = right.shape
    if inner != inner2:
        raise Wrong(
            "needs as many columns on the left as rows on the right, "
            f"found {spell(left)} and {spell(right)}",
            None,
            f"`{inner}` and `{inner2}` are not known to be equal",
        )
    if others not in ([], outer):
        raise Wrong(f"needs as many matrices on both sides, found {spell(left)} and {spell(right)}")
    return (*outer, rows, columns)


# images ---------------------------------------------------------------------------------------


def windows(
    extent: Dimension, window: Dimension, stride: int, padding: int, dilation: int, node: tree.Node
) -> int:
    """How many windows fit into an extent."""
    if not isinstance(extent, int) or not isinstance(window, int):
        raise Wrong(f"needs a height and a width that are numbers, found `{extent}`", node)
    left = extent + 2 * padding - dilation * (window - 1) - 1
    if left < 0:
        raise Wrong(
            f"has a window of {window} in {extent + 2 * padding}, where it does not fit", node
        )
    return left // stride + 1


def channels_fit(channels: Dimension, own: Dimension, count: Dimension, groups: int | None) -> bool:
    """Whether so many filters, each of its `own` channels, go over an image's in groups."""
    if groups == 1:
        return own == channels
    if groups is None or groups < 1:
        return False
    if not (isinstance(own, int) and isinstance(channels, int) and isinstance(count, int)):
        return False
    return own * groups == channels and count % groups == 0


def conv2d(checker: Checker, given: Arguments) -> Type:
    four = range(4, 5)
    image, filters = tensor(checker, given["x"], four), tensor(checker, given["filters"], four)
    if image.element != filters.element or not is_float(image.element):
        raise Wrong(f"needs floats of one type, found {spell(image)} and {spell(filters)}")
    groups = integer(given["groups"]) if "groups" in given else 1
    n, height, width, channels = image.shape
    *window, own, count = filters.shape
    if not channels_fit(channels, own, count, groups):
        raise Wrong(
            f"of {spell(image)} with filters {spell(filters)} in {groups} group"
            f"{'s' * (groups != 1)}: the channels do not fit",
            given["filters"],
        )
    stride, padding = (
        two(given.get("stride"), "stride", 1, 1),
        two(given.get("padding"), "padding", 0, 0),
    )
    dilation = two(given.get("dilation"), "dilation", 1, 1)
    out = [
        windows(*each, given["x"])
        for each in zip((height, width), window, stride, padding, dilation)
    ]
    return TensorType((n, *out, count), image.element)


def pool(checker: Checker, given: Arguments) -> Type:
    image = tensor(checker, given["x"], range(4, 5))
    if not is_float(image.element):
        raise Wrong(f"needs floats, found {spell(image)}")
    window = two(given["window"], "window", 1, 1)
    stride = two(given["stride"], "stride", 1, 1) if "stride" in given else window
    padding = two(given.get("padding"), "padding", 0, 0)
    n, height, width, channels = image.shape
    out = [windows(*each, 1, given["x"]) for each in zip((height, width), window, stride, padding)]
    return TensorType((n, *out, channels), image.element)


Rule = Callable[[Checker, Arguments], Type]

NETWORK: dict[str, tuple[Signature, Rule]] = {
    "reshape": (Signature(("x", "shape"), 2), reshape),
    "transpose": (Signature(("x", "axes")), transpose),
    "matrix_transpose": (Signature(("x",)), matrix_transpose),
    "expand_dims": (Signature(("x", "axis"), 2), expand_dims),
    "squeeze": (Signature(("x", "axis"), 2), squeeze),
    "broadcast_to": (Signature(("x", "shape"), 2), broadcast_to),
    "concat": (Signature(("tensors", "axis")), concat),
    "pad": (Signature(("x", "pad_width", "constant_values"), 2), pad),
    "take": (Signature(("x", "indices", "axis"), 2), take),
    "arange": (Signature(("stop",)), arange),
    "size": (Signature(("x", "axis"), 2), size),
    "where": (Signature(("condition", "x", "y"), 3), where),
    "clip": (Signature(("x", "min", "max"), 3), clip),
    "argmax": (Signature(("x", "axis", "keepdims"), 2), argmax),
    "argmin": (Signature(("x", "axis", "keepdims"), 2), argmax),
    "matmul": (Signature(("a", "b", "dtype"), 2), matmul),
    "conv2d": (Signature(("x", "filters", "stride", "padding", "dilation", "groups"), 2), conv2d),
    "max_pool": (Signature(("x", "window", "stride", "padding"), 2), pool),
    "avg_pool": (Signature(("x", "window", "stride", "padding"), 2), pool),
}
