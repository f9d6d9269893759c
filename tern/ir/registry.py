"""What tern knows about each operation, by name.

A dialect registers its definitions here when it is imported; the printer, the parser, and the
verifier look them up. So these need no dialect, no dialect needs them, and a new dialect
changes neither. What a definition may ask of the printer and the parser is written down here
as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from tern.ir.core import Block, Operation, Region, Successor, Value
from tern.types import FunctionType, Type

# The text after `%0 = `. Regions stand in it as themselves: the printer indents them. None where
# an operation goes without saying.
Text = str | list[str | Region] | None


class Printer(Protocol):
    """What a definition prints with: the names, and the spelling of types."""

    @property
    def values(self) -> Mapping[Value, str]: ...
    @property
    def blocks(self) -> Mapping[Block, str]: ...
    @property
    def types(self) -> Mapping[Type, str]: ...

    def name_entry(self, region: Region) -> None:
        """Name what is in the region, whose entry arguments the operation's own text shows."""
        ...


class Parser(Protocol):
    """What a definition parses with. Each method takes what it is called after from the text.

    `at` is the number of the next token, and `maps` has the affine maps that have a name.
    Whatever is not as it must be raises Diagnostic.
    """

    at: int
    maps: dict[str, Any]

    def peek(self) -> str: ...
    def next(self) -> str: ...
    def accept(self, token: str) -> bool: ...
    def expect(self, token: str) -> None: ...
    def fail(self, message: str, at: int | None = None) -> NoReturn: ...
    def enter(self) -> None: ...
    def leave(self) -> None: ...

    def type(self) -> Type: ...
    def function_type(self) -> FunctionType: ...
    def result_types(self) -> list[Type]: ...
    def number(self, text: str, type: Type, at: int) -> int | float | bool: ...
    def integer(self) -> int: ...
    def int_lists(self) -> tuple[Any, ...]: ...
    def dense_constant(self, name: str) -> Operation: ...
    def symbol(self) -> str: ...

    def location(self) -> Any: ...
    def attributes(self) -> None: ...

    def value(self) -> Value: ...
    def values_until(self, close: str) -> list[Value]: ...
    def typed_values(self) -> list[Value]: ...
    def new_name(self) -> str: ...
    def successor(self) -> Successor: ...
    def region(
        self,
        region: Region,
        isolated: bool = False,
        entry_names: Sequence[str | None] | None = None,
    ) -> None: ...


Compute = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an operation computes: for the operation, a function of its operands' values.

    `scalar` is for single numbers, `array` for tensors as NumPy arrays; None where there is no
    such form. Both raise EvaluationError from the function where the result is not defined. An
    operation with regions takes, after its operands, its `captured_values`; one of several
    results gives a tuple of them.
    """

    scalar: Callable[[Operation], Compute] | None = None
    array: Callable[[Operation], Compute] | None = None


Effects = frozenset[str]
"""What an operation does besides giving results, of "reads", "writes", "allocates", "control"."""

NOTHING: Effects = frozenset()
READS: Effects = frozenset({"reads"})
WRITES: Effects = frozenset({"writes"})
ALLOCATES: Effects = frozenset({"allocates"})
CONTROL: Effects = frozenset({"control"})
"""Of what decides which operations run, and so may do whatever these do."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One operation, and all that the compiler knows of it.

    Attributes:
        print, parse: its text, beside its results and their types.
        check: its own rule: in one line what is wrong with an operation, or None. It looks at
            operands, results, attributes, and at the number of successors and regions; it must
            not fail on any operation of this name, however broken.
        evaluation: what it computes. None for control flow and memory, which the machines run.
        effects: what it does beside that.
        fails: why there may be no result: "division", "conversion", "shift", "bounds", "sizes".
            Empty if there always is one.
        commutative: whether the order of its two operands does not matter.
        neutral: for an element type, the number that changes nothing as either operand (of one
            that is not commutative: as the right one).
        on_bits: on single bits, the operation that gives the same, and is bitwise.
        terminator: whether it ends a block.
    """

    name: str
    print: Callable[[Printer, Operation], Text]
    parse: Callable[[Parser, str], Operation]
    check: Callable[[Operation], str | None]
    evaluation: Evaluation | None = None
    effects: Effects = CONTROL
    fails: str = ""
    commutative: bool = False
    neutral: Callable[[Type], int | float | bool] | None = None
    on_bits: str = ""
    terminator: bool = False


DEFINITIONS: dict[str, Definition] = {}


ISOLATED = frozenset({"builtin.module", "func.func"})
"""Operations whose regions see no value from outside: names start anew in them."""


def register(*definitions: Definition) -> None:
    """Make operations known. ValueError for a name that is known already."""
    for definition in definitions:
        name = definition.name
        if name in DEFINITIONS:
            raise ValueError(f"the operation {name} is defined twice")
        DEFINITIONS[name] = definition


def is_terminator(op: Operation) -> bool:
    """Whether this kind of operation ends a block."""
    definition = DEFINITIONS.get(op.name)
    return definition is not None and definition.terminator


def is_pure(op: Operation) -> bool:
    """Whether the operation only computes its results: it may go if nobody uses them."""
    definition = DEFINITIONS.get(op.name)
    return definition is not None and not definition.effects


def check_operation(op: Operation) -> str | None:
    """What is wrong with the operation's own types and counts, in one line; None if nothing."""
    definition = DEFINITIONS.get(op.name)
    if definition is None:
        return f"there is no operation {op.name!r}"
    return definition.check(op)
