"""Numbers that follow from the arguments of a call, as expressions that are data."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

from tern.workshop.frameworks.operators import Operators

COMPUTE = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "neg": operator.neg,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "bool": bool,
}


class Expression(NamedTuple):
    """A number that follows from the arguments of a call.

    ("argument", (i,)) is an argument, ("size", (i, axis)) a size of one, ("dtype", (i,)) the name
    of its dtype, and ("kind", (i,)) what it is: see `kind_of`. All others are an operator of
    COMPUTE and its operands, expressions or numbers.
    """

    operator: str
    operands: tuple[Any, ...]

    def __repr__(self) -> str:
        shown = [str(each) for each in self.operands]
        match self.operator:
            case "argument":
                return f"x{shown[0]}"
            case "size":
                return f"x{shown[0]}.shape[{shown[1]}]"
            case "kind" | "dtype":
                return f"{self.operator}(x{shown[0]})"
            case "bool" | "neg":
                return f"{self.operator}({shown[0]})"
        return f"({shown[0]} {self.operator} {shown[1]})"

    __str__ = __repr__


def kind_of(value: Any) -> str:
    """What a guard tests of each argument: "2-d array", "int", "float", "NoneType", and so on."""
    if hasattr(value, "shape"):
        return f"{len(value.shape)}-d array"
    return type(value).__name__


def evaluate(expression: Any, arguments: Sequence[Any]) -> Any:
    """What an expression is for these arguments; a number is itself.

    Raises what computing it raises: LookupError for an argument or an axis that is not there,
    ZeroDivisionError, TypeError.
    """
    if not isinstance(expression, Expression):
        return expression
    name, operands = expression
    if name == "argument":
        return arguments[operands[0]]
    if name == "size":
        return arguments[operands[0]].shape[operands[1]]
    if name == "kind":
        return kind_of(arguments[operands[0]])
    if name == "dtype":
        return str(arguments[operands[0]].dtype)
    return COMPUTE[name](*[evaluate(each, arguments) for each in operands])


class Symbolic:
    """+, <, and so on for a class whose instances stand for numbers.

    All end in `combine(operator, *operands)`, with the operators of COMPUTE. Compared with the same
    `expression`, a number is equal to itself, whatever it is.
    """

    __slots__ = ()
    expression: Any

    def combine(self, operator: str, *operands: Any) -> Any:
        raise NotImplementedError

    def _with(self, operator: str, left: Any, right: Any) -> Any:
        other = right if left is self else left
        if not isinstance(other, Symbolic | int | float) or isinstance(other, Operators):
            return NotImplemented
        return self.combine(operator, left, right)

    def __add__(self, other: Any) -> Any:
        return self._with("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return self._with("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return self._with("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._with("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return self._with("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._with("*", other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._with("/", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with("/", other, self)

    def __floordiv__(self, other: Any) -> Any:
        return self._with("//", self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._with("//", other, self)

    def __mod__(self, other: Any) -> Any:
        return self._with("%", self, other)

    def __rmod__(self, other: Any) -> Any:
        return self._with("%", other, self)

    def __neg__(self) -> Any:
        return self.combine("neg", self)

    def __eq__(self, other: Any) -> Any:
        if isinstance(other, Symbolic) and self.expression == other.expression:
            return True
        return self._with("==", self, other)

    def __ne__(self, other: Any) -> Any:
        if isinstance(other, Symbolic) and self.expression == other.expression:
            return False
        return self._with("!=", self, other)

    def __lt__(self, other: Any) -> Any:
        return self._with("<", self, other)

    def __le__(self, other: Any) -> Any:
        return self._with("<=", self, other)

    def __gt__(self, other: Any) -> Any:
        return self._with(">", self, other)

    def __ge__(self, other: Any) -> Any:
        return self._with(">=", self, other)

    def __hash__(self) -> int:
        raise NotImplementedError
