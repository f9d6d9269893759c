"""Reading StableHLO's text, pretty or generic, as JAX and MLIR's own printer write it."""

from __future__ import annotations

import re
from typing import Any

from tern.frontends.stablehlo import syntax
from tern.frontends.stablehlo.names import own_type
from tern.ir import Operation
from tern.ir.collector import collector_paused
from tern.ir.dialects.forms import element_of
from tern.ir.generic_form import Generic
from tern.ir.mlir_attributes import Place, parse_attribute, parse_enum_or_map
from tern.ir.parser import Parser
from tern.numbers import wrap_to
from tern.text.diagnostics import Source, as_source
from tern.types import IntegerType, TensorType, Type

DIALECTS = ("stablehlo.", "chlo.")


def read_stablehlo(text: str | Source) -> Operation:
    """The module that a text of StableHLO spells, in tern's data structure: functions whose
    operations are called `stablehlo.add` and so on.

    An operation's attributes are StableHLO's, as plain values: numbers, str, and tuples of them.
    What is a record there is attributes here, `lhs_contracting_dimensions` of a dot_general; the
    `dimension_numbers` of a convolution are three strings, such as `("b01f", "01io", "b01f")`;
    what an operation does not say has its default. An integer that is unsigned there is so here;
    a constant's numbers are those of the type that tern has for its own, -1 for the last of ui32.
    An operation's location is a Place: what its `loc(…)` says, or else where it is in the text.
    O(n).

    Raises:
        Diagnostic: the text is no module, or has what tern cannot read; the message points at it.
    """
    with collector_paused():
        return _Parser(as_source(text)).module()


class _Parser(Parser):
    """Reads functions of StableHLO."""

    def operation(self) -> Operation:
        start = self.at
        op = super().operation()
        if op.name == "stablehlo.constant":
            element = element_of(op.results[0].type)
            op.attributes["value"] = _own_numbers(op.attributes["value"], own_type(element))
        if op.location is None:
            op.location = start  # a token, until `module` knows where it is
        return op

    def module(self) -> Operation:
        module = super().module()
        waiting = [op for op in module.walk() if isinstance(op.location, int)]
        offsets = self.offsets() if waiting else []
        for op in waiting:
            op.location = Place(self.source.name, *self.source.position(offsets[op.location]))
        return module

    def foreign(self, token: str) -> Operation:
        if not token.startswith(DIALECTS):
            return super().foreign(token)
        self.at += 1
        return syntax.parse_pretty(self, token)

    def foreign_generic(self, read: Generic, start: int) -> Operation:
        if not read.name.startswith(DIALECTS):
            return super().foreign_generic(read, start)
        return read.made(syntax.flat(read.given))

    def dialect_attribute(self) -> Any:
        """`#stablehlo.dot<…>` as a dictionary, `#stablehlo.conv<…>` as three strings, and
        `#stablehlo<comparison_direction EQ>` as the word."""
        name = self.tokens[self.at + 1]
        if name == "stablehlo.conv":
            self.at += 2
            self.expect("<")
            found = syntax.parse_dimension_numbers(self)
            self.expect(">")
            return found
        if name == "stablehlo" or name.startswith("stablehlo."):
            self.at += 2
            return self._word() if name == "stablehlo" else self._record()
        return parse_enum_or_map(self)

    def _word(self) -> str:
        self.expect("<")
        self.next()
        word = self.next()
        self.expect(">")
        return word

    def _record(self) -> dict[str, Any]:
        self.expect("<")
        found: dict[str, Any] = {}
        while not self.accept(">"):
            if found:
                self.expect(",")
            key = self.next()
            self.expect("=")
            found[key] = parse_attribute(self)
        return found

    def _types_until_close(self) -> list[Type]:
        """Types, each of which may have attributes: of a function's results."""
        self.enter()
        types: list[Type] = []
        while not self.accept(")"):
            if types:
                self.expect(",")
            types.append(self.type())
            self.attributes()
        self.leave()
        return types

    def type(self) -> Type:
        """A type, whose integers may be unsigned: `ui32`."""
        token = self.tokens[self.at]
        found = self._types.get(token) or _unsigned(token)
        if found is None:
            return super().type()
        self._types[token] = found
        self.at += 1
        return found


def _own_numbers(value: Any, element: Type) -> Any:
    """A constant's number, or rows of them, as an element type of tern's has them."""
    if isinstance(value, tuple):
        return tuple(_own_numbers(each, element) for each in value)
    whole = isinstance(element, IntegerType) and not isinstance(value, bool)
    return wrap_to(value, element) if whole else value


_UNSIGNED = re.compile(r"(tensor<(?:\d+x)*)?ui(8|16|32|64)(>)?")


def _unsigned(text: str) -> Type | None:
    found = _UNSIGNED.fullmatch(text)
    if found is None or (found[1] is None) != (found[3] is None):
        return None
    element = IntegerType(int(found[2]), unsigned=True)
    if found[1] is None:
        return element
    sizes = found[1].removeprefix("tensor<").split("x")[:-1]
    return TensorType(tuple(map(int, sizes)), element)
