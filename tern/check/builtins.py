"""The functions that every program has, and what they take."""

from __future__ import annotations

from typing import Protocol

from tern.check.arguments import integers, truth
from tern.check.facts import Checked, Errors, did_you_mean
from tern.check.surface import ELEMENTS, element_of, is_float, shape_of, shaped, spell
from tern.shapes import Shape
from tern.text import tree
from tern.types import Type, i1

FLOAT_FUNCTIONS = frozenset(
    ["exp", "log", "sqrt", "rsqrt", "tanh", "sin", "cos", "erf", "floor", "ceil", "round"]
)
REDUCTIONS = frozenset(["sum", "max", "min", "mean"])
CONVERSIONS = frozenset(ELEMENTS) - {"bool"}

BUILTINS = FLOAT_FUNCTIONS | REDUCTIONS | CONVERSIONS | {"abs"}


class Checker(Protocol):
    """What the rules below ask of the checker of expressions, which calls them."""

    checked: Checked
    errors: Errors

    def check(self, expression: tree.Expression, expected: Type | None = None) -> Type | None: ...

    def known_sizes(self) -> set[str]: ...

    def is_vague(self, node: tree.Expression) -> bool: ...

    def both(
        self, left: tree.Expression, right: tree.Expression
    ) -> tuple[Type | None, Type | None]: ...

    def common_shape(self, what: str, node: tree.Expression, left: Type, right: Type) -> Shape: ...

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
    element = element_of(type_)
    if name == "abs" and element == i1:
        _wants(checker, node, "a number", type_)
        return None
    if name in FLOAT_FUNCTIONS and not is_float(element):
        hint = f"`{name}({argument.value}.0)`" if isinstance(argument, tree.Integer) else None
        _wants(checker, node, "a float type, such as f32", type_, hint and f"write {hint}")
        return None
    return type_


def axes_of(node: tree.Call, rank: int) -> list[int]:
    """The axes that a correct reduction of a tensor of `rank` axes goes along, from the front."""
    axes = integers(_keyword(node, "axis")) if _keyword(node, "axis") is not None else None
    return list(range(rank)) if axes is None else [axis % rank for axis in axes]


def keeps_axes(node: tree.Call) -> bool:
    """Whether the axes of a reduction stay, with size 1: along all axes they do not."""
    keep = truth(_keyword(node, "keepdims"))
    return keep if keep is not None else _keyword(node, "axis") is not None


def _keyword(node: tree.Call, name: str) -> tree.Expression | None:
    return next((k.value for k in node.keywords if k.name.text == name), None)


def _accepts(checker: Checker, node: tree.Call) -> bool:
    """Whether the number of arguments, and the names of those that have one, are right."""
    name = node.function.text
    good = True
    for keyword in node.keywords:
        known = ["axis", "keepdims"] if name in REDUCTIONS else []
        if keyword.name.text not in known:
            checker.errors.add(
                f"`{name}` has no argument `{keyword.name.text}=`",
                keyword.name.span,
                did_you_mean(keyword.name.text, known),
            )
            good = False
    names = [keyword.name.text for keyword in node.keywords]
    for number, keyword in enumerate(node.keywords):
        if good and keyword.name.text in names[:number]:
            checker.errors.add(f"`{keyword.name.text}=` is given twice", keyword.span)
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
    left, right = checker.both(*node.arguments)
    if left is None or right is None:
        return None
    if node.keywords:
        word = node.keywords[0].name.text
        checker.errors.add(f"{what} of two arguments has no `{word}=`", node.keywords[0].span)
        return None
    if element_of(left) != element_of(right):
        checker.different_elements(what, node, left, right)
        return None
    if element_of(left) == i1:
        _wants(checker, node, "numbers", left)
        return None
    shape = checker.common_shape(what, node, left, right)
    return shaped(shape, element_of(left))


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
    if (value := _keyword(node, "keepdims")) is not None and truth(value) is None:
        checker.errors.add("`keepdims=` is true or false", value.span)
        return None
    axes = list(range(len(shape)))
    if (value := _keyword(node, "axis")) is not None:
        found = integers(value)
        if found is None:
            hint = "`axis=` needs a number, known here: `axis=0`"
            checker.errors.add(hint, value.span)
            return None
        if not _axes_fit(checker, found, type_, value):
            return None
        axes = axes_of(node, len(shape))
    keeps = keeps_axes(node)
    kept = [1 if axis in axes else size for axis, size in enumerate(shape)]
    return shaped(tuple(s for axis, s in enumerate(kept) if keeps or axis not in axes), element)


def _axes_fit(checker: Checker, axes: list[int], type_: Type, value: tree.Expression) -> bool:
    rank = len(shape_of(type_))
    for axis in axes:
        if not -rank <= axis < rank:
            message = f"{spell(type_)} has no axis {axis}"
            its = f"its axes are 0 to {rank - 1}" if rank > 1 else "its only axis is 0"
            checker.errors.add(message, value.span, its)
            return False
    if len({axis % rank for axis in axes}) < len(axes):
        checker.errors.add("`axis=` names an axis twice", value.span)
        return False
    return True


def _wants(checker: Checker, node: tree.Call, what: str, found: Type, *notes: str | None) -> None:
    message = f"`{node.function.text}` needs {what}, found {spell(found)}"
    checker.errors.add(message, node.span, *notes)
