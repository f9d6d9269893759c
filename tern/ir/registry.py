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


@dataclass(frozen=True, slots=True)
class Definition:
    """One operation: how it prints and parses, and its own rule about types.

    `check` says in one line what is wrong with an operation, or gives None. It looks at
    operands, results, attributes, and at the number of successors and regions; it must not
    fail on any operation of this name, however broken. `pure` means that the operation only
    computes its results, so that it may go when nobody uses them.
    """

    name: str
    print: Callable[[Printer, Operation], Text]
    parse: Callable[[Parser, str], Operation]
    check: Callable[[Operation], str | None]
    terminator: bool = False
    pure: bool = False


DEFINITIONS: dict[str, Definition] = {}
_TERMINATORS: set[str] = set()
_PURE: set[str] = set()


ISOLATED = frozenset({"builtin.module", "func.func"})
"""Operations whose regions see no value from outside: names start anew in them."""


def register(*definitions: Definition) -> None:
    """Make operations known. ValueError for a name that is known already."""
    for definition in definitions:
        name = definition.name
        if name in DEFINITIONS:
            raise ValueError(f"the operation {name} is defined twice")
        DEFINITIONS[name] = definition
        if definition.terminator:
            _TERMINATORS.add(name)
        if definition.pure:
            _PURE.add(name)


def is_terminator(op: Operation) -> bool:
    """Whether this kind of operation ends a block."""
    return op.name in _TERMINATORS


def is_pure(op: Operation) -> bool:
    """Whether the operation only computes its results: it may go if nobody uses them."""
    return op.name in _PURE


def check_operation(op: Operation) -> str | None:
    """What is wrong with the operation's own types and counts, in one line; None if nothing."""
    definition = DEFINITIONS.get(op.name)
    if definition is None:
        return f"there is no operation {op.name!r}"
    return definition.check(op)
