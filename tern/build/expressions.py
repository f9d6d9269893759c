"""Expressions to operations."""

from __future__ import annotations

from collections.abc import Callable

from tern.build.networks import NetworkBuilder
from tern.build.tensors import TensorBuilder, conversion, kind_of
from tern.check import Checked, Variable
from tern.check.builtins import BUILTINS, CONVERSIONS, FLOAT_FUNCTIONS, axes_of, keeps_axes
from tern.check.networks import NETWORK
from tern.check.surface import element_of, is_float, shape_of
from tern.ir import DEFINITIONS, Builder, Value
from tern.numbers import decimal, is_unsigned, round_to
from tern.shapes import broadcast
from tern.text import Source, tree
from tern.text.expressions import COMPARISONS
from tern.types import FloatType, Type, i1, unnamed

# The operation on integers, on unsigned ones, and on floats.
_ARITHMETIC = {
    "+": ("arith.addi", "arith.addi", "arith.addf"),
    "-": ("arith.subi", "arith.subi", "arith.subf"),
    "*": ("arith.muli", "arith.muli", "arith.mulf"),
    "/": ("arith.divsi", "arith.divui", "arith.divf"),
    "%": ("arith.remsi", "arith.remui", "arith.remf"),
    "max": ("arith.maxsi", "arith.maxui", "arith.maximumf"),
    "min": ("arith.minsi", "arith.minui", "arith.minimumf"),
}

_LOGIC = {"and": "arith.andi", "or": "arith.ori"}

# The predicates of cmpi, signed and unsigned, and the ordered one of cmpf. A NaN is unequal to
# everything, itself too, so `!=` alone is true of unordered numbers.
_PREDICATES = {
    "==": ("eq", "eq", "oeq"),
    "!=": ("ne", "ne", "une"),
    "<": ("slt", "ult", "olt"),
    "<=": ("sle", "ule", "ole"),
    ">": ("sgt", "ugt", "ogt"),
    ">=": ("sge", "uge", "oge"),
}

_FUNCTIONS = {"round": "math.roundeven"}  # the other functions are called as MLIR's


class ExpressionBuilder:
    """Appends the operations that compute an expression.

    The forms of the IR differ in two things, which `read` and `choose` do for them:
    `read(variable)` gives a variable's value, and `choose(operator, left, right)` computes
    `left and right()` or `left or right()`, calling `right` to build what may not run.
    """

    def __init__(
        self,
        builder: Builder,
        tensors: TensorBuilder,
        checked: Checked,
        source: Source | None,
        read: Callable[[Variable], Value],
        choose: Callable[[str, Value, Callable[[], Value]], Value],
    ) -> None:
        self.builder = builder
        self.tensors = tensors
        self.checked = checked
        self.source = source
        self.networks = NetworkBuilder(builder, tensors, checked, self.value, self.number)
        self.read = read
        self.choose = choose

    def value(self, expression: tree.Expression) -> Value:
        """The value of an expression, computed at the builder's insertion point."""
        outer = self.builder.location
        self.builder.location = expression.span
        match expression:
            case tree.Name():
                result = self.read(self.checked.variable_of(expression))
            case tree.Boolean(value):
                result = self.builder.constant(value, i1)
            case tree.Integer() | tree.Float():
                type_ = self.checked.type_of(expression)
                result = self.tensors.constant(self.number(expression, type_), type_)
            case tree.Unary("-", (tree.Integer() | tree.Float()) as literal):
                type_ = self.checked.type_of(expression)  # -0 may be a float, which has its sign
                result = self.tensors.constant(-self.number(literal, type_), type_)
            case tree.Unary():
                result = self.unary(expression)
            case tree.Binary("@"):
                left, right = self.value(expression.left), self.value(expression.right)
                shape = shape_of(self.checked.type_of(expression))
                element = element_of(self.checked.type_of(expression))
                result = self.tensors.matmul(left, right, shape, element)
            case tree.Binary("and" | "or") if self.must_choose(expression):
                left = self.value(expression.left)
                result = self.choose(
                    expression.operator, left, lambda: self.value(expression.right)
                )
            case tree.Binary(operator, left, right):
                result = self.binary(operator, left, right)
            case tree.Call(function) if self.is_network(function.text):
                result = self.networks.call(expression)
            case tree.Subscript():
                result = self.networks.subscript(expression)
            case tree.Call(function, arguments) if function.text in BUILTINS:
                if len(arguments) == 2:
                    result = self.binary(function.text, *arguments)
                else:
                    result = self.builtin(expression)
            case tree.Call():
                result = self.call(expression)
            case tree.List():
                raise AssertionError("the checker lets no list stand alone")
        self.builder.location = outer
        return result

    def is_network(self, name: str) -> bool:
        return name in NETWORK and not self.checked.is_own(name)

    def number(self, literal: tree.Integer | tree.Float, type_: Type) -> int | float:
        """What a literal means as a number of the type, rounded once if at all."""
        element = element_of(type_)
        if not isinstance(element, FloatType):
            return literal.value
        span = literal.span
        text = self.source.text[span.start : span.end] if self.source is not None else ""
        if isinstance(literal, tree.Float) and _spells(text, literal.value):
            return decimal(text, element)
        return round_to(literal.value, element)

    def unary(self, node: tree.Unary) -> Value:
        operand = self.value(node.operand)
        type_ = self.checked.type_of(node.operand)
        if node.operator == "not":
            return self.builder.binary("arith.xori", operand, self.tensors.constant(True, type_))
        if is_float(element_of(type_)):
            return self.builder.unary("arith.negf", operand)
        zero = self.tensors.constant(0, type_)
        return self.builder.binary("arith.subi", zero, operand)

    def binary(self, operator: str, left: tree.Expression, right: tree.Expression) -> Value:
        """An elementwise operation on two operands, which broadcast to each other."""
        left_type, right_type = self.checked.type_of(left), self.checked.type_of(right)
        a, b = self.value(left), self.value(right)
        left_shape, right_shape = shape_of(left_type), shape_of(right_type)
        if left_shape != right_shape:
            # The checker found that they match.
            shape, _ = broadcast(left_shape, right_shape)
            a = self.tensors.stretch(a, left_shape, shape)
            b = self.tensors.stretch(b, right_shape, shape)
        kind = kind_of(element_of(left_type))
        if operator in COMPARISONS:
            return self.builder.compare(_PREDICATES[operator][kind], a, b)
        name = _LOGIC.get(operator) or _ARITHMETIC[operator][kind]
        return self.builder.binary(name, a, b)

    def builtin(self, node: tree.Call) -> Value:
        name = node.function.text
        operand = self.value(node.arguments[0])
        type_ = self.checked.type_of(node.arguments[0])
        if name in CONVERSIONS:
            target = element_of(self.checked.type_of(node))
            return self.tensors.convert(operand, type_, target)
        if name in FLOAT_FUNCTIONS:
            return self.builder.unary(_FUNCTIONS.get(name, f"math.{name}"), operand)
        if name == "abs":
            if is_unsigned(element_of(type_)):
                return operand
            kind = "f" if is_float(element_of(type_)) else "i"
            return self.builder.unary(f"math.abs{kind}", operand)
        shape = shape_of(type_)
        axes, keep = axes_of(node, len(shape)), keeps_axes(node)
        if name == "mean":
            return self.tensors.mean(operand, shape, axes, keep)
        return self.tensors.reduce(name, operand, shape, axes, keep)

    def call(self, node: tree.Call) -> Value:
        """A call of one of the program's functions.

        Its parameters may leave open a size that is known here, or the reverse, so that the
        types differ in what they know: tensor.cast goes between the two.
        """
        signature = self.checked.callee_of(node)
        arguments = [self.value(argument) for argument in node.arguments]
        arguments = [
            self.cast(argument, unnamed(expected))
            for argument, expected in zip(arguments, signature.parameters)
        ]
        found, returned = self.checked.type_of(node), unnamed(signature.result)
        given = found if unnamed(found) == returned else returned
        result = self.builder.call(signature.function.name.text, arguments, [given]).result
        return result if given is found else self.builder.cast("tensor.cast", result, found)

    def cast(self, value: Value, type_: Type) -> Value:
        """A value as one of a type that knows other sizes."""
        if unnamed(value.type) == type_:
            return value
        return self.builder.cast("tensor.cast", value, type_)

    def must_choose(self, node: tree.Binary) -> bool:
        """Whether the right operand may run only if the left one leaves the answer open.

        Computing both is cheaper than a branch. But a division by zero, or a call that does
        not end, must not happen on behalf of an operand that does not count.
        """
        return not shape_of(self.checked.type_of(node)) and self.may_fail(node.right)

    def may_fail(self, expression: tree.Expression) -> bool:
        """Whether computing this could do anything but give a value."""
        match expression:
            case tree.Unary(_, operand):
                return self.may_fail(operand)
            case tree.Binary(operator, left, right):
                names = _ARITHMETIC.get(operator)
                if names and DEFINITIONS[names[kind_of(self.element(expression))]].fails:
                    if not (isinstance(right, tree.Integer) and right.value > 0):
                        return True
                return self.may_fail(left) or self.may_fail(right)
            case tree.Call(function, arguments):
                if function.text not in BUILTINS or any(map(self.may_fail, arguments)):
                    return True
                if function.text not in CONVERSIONS:
                    return False
                steps = conversion(self.element(arguments[0]), self.element(expression))
                return any(DEFINITIONS[name].fails for name, _ in steps)
            case tree.Subscript():
                return True  # it may leave its axis
        return False

    def element(self, expression: tree.Expression) -> Type:
        return element_of(self.checked.type_of(expression))


def _spells(text: str, value: float) -> bool:
    """Whether a number's text is at hand: a tree may have been made without one."""
    try:
        return float(text) == value
    except ValueError:
        return False
