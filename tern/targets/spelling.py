"""How a target spells operations: one table, and the reasons for what is not in it.

What is a fact about an operation or a type, and no target's own, stands here once: what single
bits compute, the numbers that reductions start from, dtype names, the shortest literals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from tern.ir import DEFINITIONS
from tern.numbers import is_unsigned, round_to, shortest, width_of
from tern.targets.errors import EmitError
from tern.types import FloatType, IndexType, IntegerType, Type, bf16, i1, own_spelling

Op = TypeVar("Op")
Form = str | Callable[..., str]


class Spelling(Generic[Op]):
    """Of each operation its form in a target's language, or the reason why there is none.

    A form is a template, whose `{}` are the operands' texts, or a function of the operation, as
    the target has it, and of these texts. Few languages have `single_bits` that can be divided.
    """

    def __init__(
        self,
        language: str,
        templates: dict[str, str],
        unsupported: dict[str, str],
        single_bits: bool = False,
    ) -> None:
        self.language = language
        self.single_bits = single_bits
        self.forms: dict[str, Form] = dict(templates)
        self.unsupported = unsupported

    def form(self, *names: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
        """A decorator: the function spells these operations."""

        def known(spell: Callable[..., str]) -> Callable[..., str]:
            if twice := self.forms.keys() & names:
                raise ValueError(f"{min(twice)} is spelled twice")
            self.forms.update(dict.fromkeys(names, spell))
            return spell

        return known

    def text(self, name: str, element: Type, op: Op, texts: Sequence[str]) -> str:
        """The operation `name`, whose result is of the element, of these operands.

        On single bits it is the bitwise operation that gives the same. EmitError if it has no
        form.
        """
        name = on_bits(name, element)
        if element == i1 and name in _OF_NUMBERS and not self.single_bits:
            raise EmitError(f"{name} has no form in {self.language} for single bits")
        form = self.forms.get(name)
        if form is None:
            why = self.unsupported.get(name, "")
            raise EmitError(f"{name} has no form in {self.language}{why and f': {why}'}")
        return form.format(*texts) if isinstance(form, str) else form(op, *texts)


def scalar_operations() -> frozenset[str]:
    """All operations of arith and math: what a target's table must speak of."""
    return frozenset(name for name in DEFINITIONS if name.startswith(("arith.", "math.")))


_OF_NUMBERS = frozenset(
    {f"arith.{name}" for name in "divsi remsi divui remui shli shrsi shrui".split()} | {"math.absi"}
)
"""What no language has for single bits, and nobody misses: a division is by 1 there, or an error,
and a shift is by 0, or an error."""


def on_bits(name: str, element: Type) -> str:
    """The operation that gives the same, and is bitwise where the element is a single bit."""
    definition = DEFINITIONS.get(name)
    return (definition.on_bits if definition and element == i1 else "") or name


def neutral(name: str, element: Type) -> int | float | bool | None:
    """What changes nothing when the operation combines it; None if there is nothing."""
    definition = DEFINITIONS.get(name)
    return definition.neutral(element) if definition and definition.neutral else None


def is_neutral(name: str, value: object, element: Type) -> bool:
    """Whether a number, on the right, changes nothing; the sign of a zero counts."""
    return repr(neutral(name, element)) == repr(value)


def dtype_name(element: Type, language: str) -> str:
    """NumPy's name of an element type, which others have as well: int32, float64, bool."""
    if isinstance(element, FloatType):
        return "bfloat16" if element == bf16 else f"float{element.width}"
    if isinstance(element, IndexType):
        return "int64"
    if isinstance(element, IntegerType):
        sign = "u" if is_unsigned(element) else ""
        return "bool" if element.width == 1 else f"{sign}int{element.width}"
    raise EmitError(f"the type {own_spelling(element)} has no form in {language}")


def unsigned_name(element: Type, language: str) -> str:
    """The dtype of the same bits, read as an unsigned number."""
    name = dtype_name(element, language)
    return name if name[0] == "u" else f"u{name}"


def float_text(value: float, element: FloatType) -> str:
    """The shortest decimal number that is rounded to the value; inf, -inf, or nan."""
    return repr(shortest(round_to(value, element), element))


def unsigned_value(value: int, element: IntegerType | IndexType) -> int:
    """A number of the type, read as unsigned."""
    return value & (2 ** width_of(element) - 1)
