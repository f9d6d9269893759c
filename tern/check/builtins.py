"""The functions that every program has, and what they take."""

from __future__ import annotations

from typing import Protocol

from tern.check.facts import Errors, did_you_mean
from tern.check.surface import ELEMENTS, element_of, is_float, shape_of, shaped, spell
from tern.text import tree
from tern.types import Dimension, TensorType, Type, i1

FLOAT_FUNCTIONS = frozenset(
    ["exp", "log", "sqrt", "rsqrt", "tanh", "sin", "cos", "erf", "floor", "ceil", "round"]
)
REDUCTIONS = frozenset(["sum", "max", "min", "mean"])
CONVERSIONS = frozenset(ELEMENTS) - {"bool"}

BUILTINS = FLOAT_FUNCTIONS | REDUCTIONS | CONVERSIONS | {"abs", "transpose"}


class Checker(Protocol):
    """What the rules below ask of the checker of expressions, which calls them."""

    errors: Errors

    def check(self, expression: tree.Expression, expected: Type | None = None) -> Type | None: ...

    def operands(
        self, left: tree.Expression, right: tree.Expression
    ) -> tuple[Type | None, Type | None]: ...

    def common_shape(
        self, what: str, node: tree.Expression, left: Type, right: Type
    ) -> tuple[Dimension, ...] | None: ...

    def different_elements(
        self, what: str, node: tree.Expression, left: Type, right: Type
    ) -> None: ...


def check_builtin(checker: Checker, node: tree.Call) -> Type | None:
    """The type of a call of a built-in function; None after reporting an error."""
    name = node.function.text
    if not _accepts(checker, node):
        for argument in node.arguments:
            checker.check(argument)
        return None
    if len(node.arguments) == 2:
        return _elementwise(checker, node)
    argument = node.arguments[0]
    if name in CONVERSIONS:
        # A literal takes the new type at once: f64(0.1) is not an f32 made longer.
        type_ = checker.check(argument, ELEMENTS[name])
        return None if type_ is None else shaped(shape_of(type_), ELEMENTS[name])
    type_ = checker.check(argument)
    if type_ is None:
        return None
    if name in REDUCTIONS:
        return _reduction(checker, node, type_)
    if name == "transpose":
        if len(shape_of(type_)) != 2:
            _wants(checker, node, "a matrix", type_)
            return None
        return TensorType(shape_of(type_)[::-1], element_of(type_))
    element = element_of(type_)
    if name == "abs" and element == i1:
        _wants(checker, node, "a number", type_)
        return None
    if name in FLOAT_FUNCTIONS and not is_float(element):
        hint = f"`{name}({argument.value}.0)`" if isinstance(argument, tree.Integer) else None
        _wants(checker, node, "a float type, such as f32", type_, hint and f"write {hint}")
        return None
    return type_


def axis_of(node: tree.Call) -> int | None:
    """The number after `axis=`, as it is written; None without one."""
    for keyword in node.keywords:
        match keyword.value:
            case tree.Integer(value):
                return value
            case tree.Unary("-", tree.Integer(value)):
                return -value
    return None


def _accepts(checker: Checker, node: tree.Call) -> bool:
    """Whether the number of arguments, and the names of those that have one, are right."""
    name = node.function.text
    good = True
    for keyword in node.keywords:
        if name not in REDUCTIONS or keyword.name.text != "axis":
            known = ["axis"] if name in REDUCTIONS else []
            checker.errors.add(
                f"`{name}` has no argument `{keyword.name.text}=`",
                keyword.name.span,
                did_you_mean(keyword.name.text, known),
            )
            good = False
    if good and len(node.keywords) > 1:
        checker.errors.add("`axis=` is given twice", node.keywords[1].span)
        good = False
    max_arguments = 2 if name in ("max", "min") else 1
    if not 1 <= len(node.arguments) <= max_arguments:
        takes = "1 argument" if max_arguments == 1 else "1 or 2 arguments"
        checker.errors.add(f"`{name}` takes {takes}, found {len(node.arguments)}", node.span)
        good = False
    return good


def _elementwise(checker: Checker, node: tree.Call) -> Type | None:
    """`max(a, b)` and `min(a, b)`."""
    what = f"`{node.function.text}`"
    left, right = checker.operands(*node.arguments)
    if left is None or right is None:
        return None
    if node.keywords:
        checker.errors.add(f"{what} of two arguments has no `axis=`", node.keywords[0].span)
        return None
    if element_of(left) != element_of(right):
        checker.different_elements(what, node, left, right)
        return None
    if element_of(left) == i1:
        _wants(checker, node, "numbers", left)
        return None
    shape = checker.common_shape(what, node, left, right)
    return None if shape is None else shaped(shape, element_of(left))


def _reduction(checker: Checker, node: tree.Call, type_: Type) -> Type | None:
    name = node.function.text
    shape, element = shape_of(type_), element_of(type_)
    if not shape:
        other = f"`{name}(a, b)` compares two" if name in ("max", "min") else None
        _wants(checker, node, "a tensor", type_, other)
        return None
    if element == i1 or (name == "mean" and not is_float(element)):
        hint = "convert it: `mean(f32(x))`" if name == "mean" and element != i1 else None
        wants = "a float type, such as f32" if name == "mean" else "numbers"
        _wants(checker, node, wants, type_, hint)
        return None
    if not node.keywords:
        return element
    axis, value = axis_of(node), node.keywords[0].value
    if axis is None:
        checker.errors.add("`axis=` needs a number, known here: `axis=0`", value.span)
        return None
    if not -len(shape) <= axis < len(shape):
        last = len(shape) - 1
        checker.errors.add(
            f"{spell(type_)} has no axis {axis}",
            value.span,
            f"its axes are 0 to {last}" if last else "its only axis is 0",
        )
        return None
    axis %= len(shape)
    return TensorType((*shape[:axis], 1, *shape[axis + 1 :]), element)


def _wants(checker: Checker, node: tree.Call, what: str, found: Type, *notes: str | None) -> None:
    message = f"`{node.function.text}` needs {what}, found {spell(found)}"
    checker.errors.add(message, node.span, *notes)
