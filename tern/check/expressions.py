"""The types of expressions."""

from __future__ import annotations

import math

from tern.check.builtins import BUILTINS, check_builtin
from tern.check.facts import Checked, Errors, did_you_mean
from tern.check.library import instance, library
from tern.check.networks import NETWORK, check_network
from tern.check.products import product_shape
from tern.check.rules import Wrong
from tern.check.scopes import Scopes
from tern.check.subscripts import check_subscript
from tern.check.surface import broadcast, element_of, is_float, is_integer, shape_of, shaped, spell
from tern.numbers import integer_range, round_to
from tern.text import tree
from tern.text.diagnostics import Note
from tern.text.expressions import COMPARISONS
from tern.types import Dimension, FloatType, ScalarType, TensorType, Type, f32, i1, i8, i32, u8


class ExpressionChecker:
    """Finds and records the type of every expression.

    A type of None means that an error in the expression has been reported already, so
    that whoever gets it stays silent.
    """

    def __init__(self, checked: Checked, scopes: Scopes, errors: Errors) -> None:
        self.checked = checked
        self.scopes = scopes
        self.errors = errors

    def check(self, expression: tree.Expression, expected: Type | None = None) -> Type | None:
        """The type of an expression. A literal adapts to the element type of `expected`.

        Only a literal does; it is for the caller to compare the result with what it expects.
        """
        match expression:
            case tree.Name():
                variable = self.scopes.find(expression)
                type_ = variable.type if variable is not None else None
            case tree.Boolean():
                type_ = i1
            case tree.Integer() | tree.Float():
                type_ = self.literal(expression, expected, negative=False)
            case tree.Unary("-", (tree.Integer() | tree.Float()) as operand):
                type_ = self.literal(operand, expected, negative=True)
            case tree.Unary():
                type_ = self.unary(expression)
            case tree.Binary():
                type_ = self.binary(expression)
            case tree.Call(function) if function.text in BUILTINS:
                type_ = check_builtin(self, expression)
            case tree.Call(function) if self.is_network(function.text):
                type_ = check_network(self, expression)
            case tree.Call():
                type_ = self.call(expression)
            case tree.Subscript():
                type_ = check_subscript(self, expression)
            case tree.List():
                self.errors.add(
                    "a list can only be an argument of a built-in function", expression.span
                )
                type_ = None
        if type_ is not None:
            self.checked.types[id(expression)] = type_
        return type_

    def is_network(self, name: str) -> bool:
        return name in NETWORK and not self.checked.is_own(name)

    def known_sizes(self) -> set[Dimension]:
        """The names of sizes that the function's parameters have."""
        outermost = self.scopes.open[0].values()
        parameters = [v.type for v in outermost if v.kind == "parameter" and v.type is not None]
        return {size for type_ in parameters for size in shape_of(type_)}

    # --- literals -----------------------------------------------------------------------------

    def literal(
        self, node: tree.Integer | tree.Float, expected: Type | None, negative: bool
    ) -> ScalarType:
        """The type of a literal: the expected one where it can have it, else i32 or f32."""
        whole = isinstance(node, tree.Integer)
        element: ScalarType = i32 if whole else f32
        if expected is not None:
            other = element_of(expected)
            if is_float(other) or (whole and is_integer(other)):
                element = other
        if not _fits(-node.value if negative else node.value, element):
            sign = "-" if negative else ""
            self.errors.add(f"`{sign}{node.value}` does not fit in {spell(element)}", node.span)
        self.checked.types[id(node)] = element
        return element

    # --- operators ----------------------------------------------------------------------------

    def unary(self, node: tree.Unary) -> Type | None:
        type_ = self.check(node.operand)
        if type_ is None:
            return None
        if (element_of(type_) == i1) != (node.operator == "not"):
            wants = "a bool" if node.operator == "not" else "a number"
            self.errors.add(f"`{node.operator}` needs {wants}, found {spell(type_)}", node.span)
            return None
        return type_

    def binary(self, node: tree.Binary) -> Type | None:
        left, right = self.operands(node.left, node.right)
        if left is None or right is None:
            return None
        operator = node.operator
        if operator == "@":
            return self.matrix_product(node, left, right)
        element = element_of(left)
        if element != element_of(right):
            self.different_elements(f"`{operator}`", node, left, right)
            return None
        if operator in ("and", "or"):
            good, wants = element == i1, "bools"
        else:
            good, wants = element != i1 or operator in ("==", "!="), "numbers"
        if not good:
            self.errors.add(f"`{operator}` needs {wants}, found {spell(left)}", node.span)
            return None
        if operator in "/%" and is_integer(element) and node.right == tree.Integer(0):
            self.errors.add("division by zero", node.right.span)
        shape = self.common_shape(f"`{operator}`", node, left, right)
        if shape is None:
            return None
        return shaped(shape, i1 if operator in COMPARISONS else element)

    def operands(
        self, left: tree.Expression, right: tree.Expression
    ) -> tuple[Type | None, Type | None]:
        """The types of two operands, a literal having adapted to the other one.

        Of two literals an integer adapts to a float.
        """
        if is_literal(left) and (not is_literal(right) or _is_whole(left)):
            right_type = self.check(right)
            return self.check(left, right_type), right_type
        left_type = self.check(left)
        return left_type, self.check(right, left_type)

    def matrix_product(self, node: tree.Binary, left: Type, right: Type) -> Type | None:
        if min(len(shape_of(left)), len(shape_of(right))) < 2:
            self.errors.add(
                f"`@` needs two matrices, found {spell(left)} and {spell(right)}", node.span
            )
            return None
        if element_of(left) != element_of(right):
            self.different_elements("`@`", node, left, right)
            return None
        if element_of(left) == i1:
            self.errors.add(f"`@` needs numbers, found {spell(left)}", node.span)
            return None
        if element_of(left) in (i8, u8):
            hint = "add up in a wider type: `matmul(a, b, dtype=i32)`"
            self.errors.add(f"`@` of {spell(element_of(left))} would not fit", node.span, hint)
            return None
        try:
            return TensorType(product_shape(left, right), element_of(left))
        except Wrong as wrong:
            self.errors.add(f"`@` {wrong}", node.span, *wrong.notes)
            return None

    def common_shape(
        self, what: str, node: tree.Expression, left: Type, right: Type
    ) -> tuple[Dimension, ...] | None:
        """The shape that two operands broadcast to; None after reporting there is none."""
        shape = broadcast(shape_of(left), shape_of(right))
        if shape is None:
            self.errors.add(
                f"the shapes of {spell(left)} and {spell(right)} do not match in {what}",
                node.span,
                "sizes match, from the last to the first, when they are the same or one is 1",
            )
        return shape

    def different_elements(self, what: str, node: tree.Expression, left: Type, right: Type) -> None:
        hint = None
        if i1 not in (element_of(left), element_of(right)):
            hint = f"convert one of them, for example with `{spell(element_of(left))}(...)`"
        self.errors.add(
            f"{what} needs operands of one element type, found {spell(left)} and {spell(right)}",
            node.span,
            hint,
        )

    # --- calls --------------------------------------------------------------------------------

    def call(self, node: tree.Call) -> Type | None:
        """A call of one of the program's own functions."""
        name = node.function.text
        signature = self.checked.signatures.get(name) if self.checked.is_own(name) else None
        if signature is None and name in library():
            signature = instance(self, node, self.checked.signatures)
            if signature is None:
                self.errors.add(
                    f"`{name}` takes {count(len(library()[name][0].parameters), 'argument')}, "
                    f"found {len(node.arguments)}",
                    node.span,
                )
                return None
            self.checked.callees[id(node)] = signature.function.name.text
        if signature is None:
            for argument in node.arguments:
                self.check(argument)
            known = [*self.checked.signatures, *BUILTINS, *NETWORK, *library()]
            note = did_you_mean(name, known)
            self.errors.add(f"unknown function `{name}`", node.function.span, note)
            return None
        for keyword in node.keywords:
            self.errors.add(
                f"`{name}` has no argument `{keyword.name.text}=`",
                keyword.name.span,
                "only built-in functions have arguments with names",
            )
        parameters = signature.function.parameters
        if len(node.arguments) != len(parameters):
            self.errors.add(
                f"`{name}` takes {count(len(parameters), 'argument')}, found {len(node.arguments)}",
                node.span,
                Note("it is declared here", signature.function.name.span)
                if signature.instance_of is None
                else None,
            )
        sizes: dict[str, Dimension] = {}
        for argument, expected, parameter in zip(node.arguments, signature.parameters, parameters):
            found = self.check(argument, expected)
            if found is None or expected is None or _bind(expected, found, sizes):
                continue
            known = {n: s for n, s in sizes.items() if n in shape_of(expected)}
            bound = ", ".join(f"`{n}` is {s} here" for n, s in known.items()) or None
            self.errors.add(
                f"argument `{parameter.name.text}` of `{name}` is {spell(expected)}, "
                f"found {spell(found)}",
                argument.span,
                bound if len(shape_of(found)) == len(shape_of(expected)) else None,
            )
        for argument in node.arguments[len(parameters) :]:
            self.check(argument)
        if signature.result is None:
            return None
        shape = tuple(
            sizes.get(size, size) if isinstance(size, str) else size
            for size in shape_of(signature.result)
        )
        return shaped(shape, element_of(signature.result))


def is_literal(expression: tree.Expression) -> bool:
    """Whether this is a number, perhaps with a minus: what adapts to another type."""
    match expression:
        case tree.Integer() | tree.Float():
            return True
        case tree.Unary("-", tree.Integer() | tree.Float()):
            return True
    return False


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _is_whole(literal: tree.Expression) -> bool:
    number = literal.operand if isinstance(literal, tree.Unary) else literal
    return isinstance(number, tree.Integer)


def _fits(value: int | float, element: ScalarType) -> bool:
    if isinstance(element, FloatType):
        return math.isfinite(round_to(value, element))
    least, greatest = integer_range(element)
    return least <= value <= greatest


def _bind(expected: Type, found: Type, sizes: dict[str, Dimension]) -> bool:
    """Whether an argument suits a parameter; `sizes` keeps what each size name stands for."""
    if element_of(expected) != element_of(found):
        return False
    if len(shape_of(expected)) != len(shape_of(found)):
        return False
    for size, actual in zip(shape_of(expected), shape_of(found)):
        known = sizes.setdefault(size, actual) if isinstance(size, str) else size
        if known != actual:
            return False
    return True
