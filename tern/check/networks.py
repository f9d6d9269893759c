"""The built-in functions of arrays and networks: what they take, and the types that they give.

They are called as NumPy calls them, where it has them. A program may have functions of its own by
these names.
"""

from __future__ import annotations

from collections.abc import Callable

from tern.check import images, reshaping
from tern.check.arguments import Signature, bind, number, truth
from tern.check.builtins import Checker
from tern.check.products import matmul
from tern.check.rules import Arguments, Reported, Shape, Wrong, axis_in, tensor, typed
from tern.check.surface import element_of, misfits, shape_of, shaped, spell
from tern.shapes import broadcast
from tern.text import tree
from tern.types import ScalarType, TensorType, Type, i1, i64


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
        if any(map(checker.is_vague, given.values())):
            return None  # what it misses may be what an error before it has cost
        what = f"`{node.function.text}` {wrong}"
        checker.errors.add(what, (wrong.node or node).span, *wrong.notes)
        return None


# of elements -----------------------------------------------------------------------------------


def common(checker: Checker, *nodes: tree.Expression) -> tuple[Shape, ScalarType]:
    """The shape that operands stretch to, and their element type, to which literals adapt."""
    firm = [node for node in nodes if number(node) is None]
    lead = typed(checker, (firm or list(nodes))[0])
    found = [
        lead if node is (firm or list(nodes))[0] else typed(checker, node, lead) for node in nodes
    ]
    shape: Shape = ()
    for node, type_ in zip(nodes, found):
        if element_of(type_) != element_of(lead):
            raise Wrong(
                f"needs operands of one element type, found {spell(lead)} and {spell(type_)}", node
            )
        shape, doubts = broadcast(shape, shape_of(type_))
        if misfits(doubts):
            raise Wrong(f"has shapes that do not fit: {', '.join(map(spell, found))}", node)
    return shape, element_of(lead)


def where(checker: Checker, given: Arguments) -> Type:
    condition = typed(checker, given["condition"])
    if element_of(condition) != i1:
        raise Wrong(f"needs a bool to choose by, found {spell(condition)}", given["condition"])
    shape, kind = common(checker, given["x"], given["y"])
    both, doubts = broadcast(shape_of(condition), shape)
    if misfits(doubts):
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


Rule = Callable[[Checker, Arguments], Type]

VALUES = frozenset(
    ["x", "tensors", "constant_values", "indices", "condition", "y", "min", "max"]
    + ["a", "b", "filters"]
)
"""The arguments that are values. The others are sizes, axes, numbers, and names of types."""

NETWORK: dict[str, tuple[Signature, Rule]] = {
    "reshape": (Signature(("x", "shape"), 2), reshaping.reshape),
    "transpose": (Signature(("x", "axes")), reshaping.transpose),
    "matrix_transpose": (Signature(("x",)), reshaping.matrix_transpose),
    "expand_dims": (Signature(("x", "axis"), 2), reshaping.expand_dims),
    "squeeze": (Signature(("x", "axis"), 2), reshaping.squeeze),
    "broadcast_to": (Signature(("x", "shape"), 2), reshaping.broadcast_to),
    "concat": (Signature(("tensors", "axis")), reshaping.concat),
    "pad": (Signature(("x", "pad_width", "constant_values"), 2), reshaping.pad),
    "take": (Signature(("x", "indices", "axis"), 2), reshaping.take),
    "arange": (Signature(("stop",)), reshaping.arange),
    "size": (Signature(("x", "axis"), 2), reshaping.size),
    "where": (Signature(("condition", "x", "y"), 3), where),
    "clip": (Signature(("x", "min", "max"), 3), clip),
    "argmax": (Signature(("x", "axis", "keepdims"), 2), argmax),
    "argmin": (Signature(("x", "axis", "keepdims"), 2), argmax),
    "matmul": (Signature(("a", "b", "dtype"), 2), matmul),
    "conv2d": (
        Signature(("x", "filters", "stride", "padding", "dilation", "groups"), 2),
        images.conv2d,
    ),
    "max_pool": (Signature(("x", "window", "stride", "padding"), 2), images.pool),
    "avg_pool": (Signature(("x", "window", "stride", "padding"), 2), images.pool),
}
