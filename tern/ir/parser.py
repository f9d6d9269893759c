"""From text to IR: what tern prints, and what MLIR prints for the same operations.

That is MLIR's own assembly, and its generic form, with properties and locations or without.

The parser judges syntax only. IR that breaks a rule (a use that its definition does not
dominate, types that do not fit, a missing terminator) parses; the verifier is the judge. What a
value is used as in the text does not count: its type is the one it was defined with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.ir.collector import collector_paused
from tern.ir.core import Block, Operation, Region, Successor, Value, replace_uses
from tern.ir.dialects.affine_maps import parse_map
from tern.ir.generic_form import Generic, NoForm, from_generic
from tern.ir.mlir_attributes import (
    parse_dictionary,
    parse_enum_or_map,
    parse_location,
    places_in,
)
from tern.ir.reader import Reader
from tern.ir.registry import DEFINITIONS, ISOLATED
from tern.text.diagnostics import Source, as_source
from tern.types import i32

# MLIR leaves out the dialect's name in these.
_SHORT = {"module": "builtin.module", "return": "func.return", "call": "func.call"}


def parse(text: str | Source) -> Operation:
    """The module that `text` spells. Functions without a module around them get one.

    Raises:
        Diagnostic: the text is not IR; the message points at it.

    O(n) in the length of the text.
    """
    with collector_paused():
        return Parser(as_source(text)).module()


class Parser(Reader):
    """Operations, regions, and the names in sight. The dialects parse through this."""

    def __init__(self, source: Source, known_only: bool = False) -> None:
        super().__init__(source)
        self.known_only = known_only  # no operation is read that tern does not have
        self._values: dict[str, Value] = {}
        self._defined_here: list[str] = []  # the names that this region must take back
        self._awaited: dict[str, tuple[Value, int]] = {}  # used before they are defined
        self._arrived: dict[Value, Value] = {}
        self._blocks: dict[str, Block] = {}
        self.maps: dict[str, Any] = {}  # `#map = affine_map<…>`, which MLIR writes first
        self.places = places_in(self.tokens)  # `#loc = loc(…)`, which it writes last

    def module(self) -> Operation:
        operations = []
        while self.tokens[self.at]:
            if self.accept("#"):
                self._alias()
            else:
                operations.append(self.operation())
        self._finish_names(operations)
        if len(operations) == 1 and operations[0].name == "builtin.module":
            return operations[0]
        block = Block()
        for op in operations:
            block.append(op)
        return Operation("builtin.module", regions=[Region([block])])

    def _alias(self) -> None:
        alias = self.next()
        self.expect("=")
        if self.peek() == "loc":
            parse_location(self)
        else:
            self.maps[alias] = parse_map(self)

    def location(self) -> Any:
        """What `loc(…)` says that comes next: None if it says nothing, or does not come."""
        if self.tokens[self.at] != "loc" or self.tokens[self.at + 1] != "(":
            return None
        return parse_location(self)

    def attributes(self) -> None:
        """Read on to behind attributes, `{…}`, which are MLIR's own and say nothing to tern."""
        if self.tokens[self.at] == "{":
            parse_dictionary(self)

    def dialect_attribute(self) -> Any:
        """An attribute that begins with `#`: an Enum, or a map."""
        return parse_enum_or_map(self)

    # values -------------------------------------------------------------------------------

    def value(self) -> Value:
        """The value that the next token names, which may be defined further down."""
        token = self.tokens[self.at]
        value = self._values.get(token)
        if value is None:
            value = self._value_to_come(token)
        self.at += 1
        return value

    def _value_to_come(self, token: str) -> Value:
        if token[:1] != "%" or len(token) == 1:
            self.fail("expected a value, such as %0")
        name = token.removesuffix("#0")
        if name in self._values:
            return self._values[name]
        if name not in self._awaited:
            self._awaited[name] = Value(i32), self.at
        return self._awaited[name][0]

    def values_until(self, close: str) -> list[Value]:
        values: list[Value] = []
        while not self.accept(close):
            if values:
                self.expect(",")
            values.append(self.value())
        return values

    def typed_values(self) -> list[Value]:
        """`%0, %1 : f32, i32`, or nothing."""
        if not self.tokens[self.at].startswith("%"):
            return []
        follows = self.tokens[self.at + 1]
        if follows == "=" or (follows == ":" and self.tokens[self.at + 2].isdigit()):
            return []  # `%0 =` or `%0:2 =`: the next operation
        values = [self.value()]
        while self.accept(","):
            values.append(self.value())
        self.expect(":")
        for number in range(len(values)):
            if number:
                self.expect(",")
            self.type()
        return values

    def new_name(self) -> str:
        """The name of a value that is about to be defined."""
        token = self.next()
        if token[0] != "%" or len(token) == 1 or "#" in token:
            self.fail("expected a new name, such as %0", self.at - 1)
        if self.tokens[self.at] == "loc":  # of a loop's variable
            self.location()
        return token

    def _define(self, name: str, value: Value, at: int) -> None:
        if name in self._values:
            self.fail(f"{name} is already defined", at)
        self._values[name] = value
        if not name[1:].partition("#")[0].isdigit():
            value.hint = name
        self._defined_here.append(name)
        if self._awaited and name in self._awaited:
            self._arrived[self._awaited.pop(name)[0]] = value

    # operations ---------------------------------------------------------------------------

    def operation(self) -> Operation:
        start = self.at
        tokens = self.tokens
        named = tokens[start][:1] == "%"
        if named:
            if tokens[start + 1] == "=":  # by far the most common
                self.at += 2
            else:
                self._skip_result_names()
        token = tokens[self.at]
        definition = DEFINITIONS.get(_SHORT.get(token, token))
        if definition is not None:
            self.at += 1
            op = definition.parse(self, token)
        elif token[:1] == '"':
            op = self._generic_operation()
        else:
            op = self.foreign(token)
        if named:
            self._name_results(op, start)
        if tokens[self.at] == "loc":
            op.location = self.location()
        return op

    def foreign(self, token: str) -> Operation:
        """An operation that tern has not, in an assembly of its own. Diagnostic: the parsers of
        tern.frontends that know a dialect know what it looks like."""
        self.fail(f"unknown operation {token!r}" if token else "expected an operation")

    def foreign_generic(self, read: Generic, start: int) -> Operation:
        """The same of an operation that was read in the generic form, from token `start` on."""
        self.fail(f"unknown operation {read.name!r}", start)

    def _skip_result_names(self) -> None:
        while True:
            self.new_name()
            if self.accept(":"):
                self.integer()
            if self.accept("="):
                return
            self.expect(",")

    def _name_results(self, op: Operation, start: int) -> None:
        tokens, results = self.tokens, op.results
        if len(results) == 1 and tokens[start + 1] == "=":
            name = tokens[start]
            if len(name) == 1 or "#" in name:
                self.fail("expected a new name, such as %0", start)
            self._define(name, results[0], start)
            return
        end, self.at = self.at, start
        number = 0
        while True:
            name = self.new_name()
            count = self.integer() if self.accept(":") else 1
            if number + count > len(results) or count < 1:
                self.fail(f"{op.name} has {len(results)} results", start)
            self._define(name, results[number], start)
            for i in range(1, count):
                self._define(f"{name}#{i}", results[number + i], start)
            number += count
            if self.accept("="):
                break
            self.expect(",")
        if number != len(results):
            self.fail(f"{op.name} has {len(results)} results", start)
        self.at = end

    def _generic_operation(self) -> Operation:
        start = self.at
        name = self.next()[1:-1]
        self.expect("(")
        operands = self.values_until(")")
        successors: list[Successor] = []
        if self.accept("["):
            while not self.accept("]"):
                if successors:
                    self.expect(",")
                successors.append(self.successor())
        properties = self._properties()
        regions: list[Region] = []
        if self.accept("("):
            while not self.accept(")"):
                if regions:
                    self.expect(",")
                regions.append(Region())
                self.region(regions[-1], isolated=name in ISOLATED)
        own = properties is None and self._is_own()
        attributes: dict[str, Any] = {}
        if own and self.accept("{"):
            while not self.accept("}"):
                if attributes:
                    self.expect(",")
                key = self.next()
                self.expect("=")
                attributes[key] = self.attribute()
        elif self.peek() == "{":
            attributes = parse_dictionary(self)
        self.expect(":")
        at = self.at
        type = self.function_type()
        if len(type.inputs) != len(operands):
            self.fail(f"{len(operands)} operands but {len(type.inputs)} types", at)
        given = {**attributes, **(properties or {})}
        read = Generic(name, operands, type.results, given, successors, regions)
        if name not in DEFINITIONS and (self.known_only or properties is not None):
            return self.foreign_generic(read, start)
        if own and attributes:
            return read.made(attributes)
        try:
            return from_generic(read)
        except NoForm as problem:
            if properties is None:
                return read.made(attributes)  # of tern's own text: the verifier is the judge
            self.fail(str(problem), start)

    def _properties(self) -> dict[str, Any] | None:
        """`<{predicate = 2 : i64}>`, if it comes next."""
        if self.tokens[self.at] != "<":
            return None
        self.at += 1
        found = parse_dictionary(self)
        self.expect(">")
        return found

    def _is_own(self) -> bool:
        """Whether attributes come next that are tern's own, and not those that MLIR adds to
        properties: tern's names have no dialect."""
        return "." not in self.tokens[self.at + 1]

    # regions and blocks -------------------------------------------------------------------

    def region(
        self,
        region: Region,
        isolated: bool = False,
        entry_names: Sequence[str | None] | None = None,
    ) -> None:
        """Parse `{ … }` into `region`.

        With `entry_names` the region has its entry block already; they name its arguments.
        """
        start = self.at
        self.expect("{")
        self.enter()
        outer_blocks, self._blocks = self._blocks, {}
        outer_defined, self._defined_here = self._defined_here, []
        outer_names = self._values, self._awaited, self._arrived
        if isolated:
            self._values, self._awaited, self._arrived = {}, {}, {}

        block = None
        if entry_names is not None:
            block = region.blocks[0]
            for name, arg in zip(entry_names, block.args):
                if name is not None:
                    self._define(name, arg, start)
            if self.tokens[self.at][0:1] == "^":  # the entry's label, which is the first
                label = self.next()
                self.expect(":")
                self._blocks[label] = block
        elif self.tokens[self.at][0:1] not in ("^", "}"):
            block = region.add_block()
        if block is not None:
            self._block_body(block)
        while self.tokens[self.at][0:1] == "^":
            self._block(region)
        self.expect("}")

        for label, found in self._blocks.items():
            if found.parent is None:
                self.fail(f"there is no block {label}", self._first(label, start))
        self._blocks = outer_blocks
        if isolated:
            self._finish_names([op for block in region.blocks for op in block.operations])
            self._values, self._awaited, self._arrived = outer_names
        else:
            for name in self._defined_here:
                del self._values[name]
        self._defined_here = outer_defined
        self.leave()

    def _finish_names(self, operations: list[Operation]) -> None:
        """Put values where they were used before their definition."""
        for name, (_, at) in self._awaited.items():
            self.fail(f"there is no value {name}", at)
        if self._arrived:
            for op in operations:
                replace_uses(op, self._arrived)

    def _first(self, token: str, start: int) -> int:
        return self.tokens.index(token, start)

    def _block(self, region: Region) -> None:
        at = self.at
        block = self._block_named(self.next())
        if block.parent is not None:
            self.fail(f"block {self.tokens[at]} is already defined", at)
        block.parent = region
        region.blocks.append(block)
        if self.accept("("):
            while not self.accept(")"):
                if block.args:
                    self.expect(",")
                name = self.new_name()
                self.expect(":")
                type, at_type = self.type(), self.at - 1
                self._define(name, block.add_arg(type), at_type)
                self.location()
        self.expect(":")
        self._block_body(block)

    def _block_body(self, block: Block) -> None:
        append, tokens = block.operations.append, self.tokens
        while (token := tokens[self.at]) != "}" and token[:1] != "^":
            op = self.operation()
            op.parent = block
            append(op)

    def _block_named(self, label: str) -> Block:
        if label[0] != "^" or len(label) == 1:
            self.fail("expected a block, such as ^bb1", self.at - 1)
        block = self._blocks.get(label)
        if block is None:
            block = self._blocks[label] = Block()
        return block

    def successor(self) -> Successor:
        """`^bb1(%0, %1 : f32, i32)`: a block and the values for its arguments."""
        block = self._block_named(self.next())
        args: list[Value] = []
        if self.accept("("):
            args = self.typed_values()
            self.expect(")")
        return block, args
