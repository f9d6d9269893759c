"""From IR to text: MLIR's custom assembly, numbered as mlir-opt numbers it.

Values are %0, %1, … in the order of the text, arguments of an entry block %arg0, %arg1, …,
and blocks ^bb0, ^bb1, …. The regions of an operation continue the numbers where the region
around it ends, so two regions of one operation use the same numbers for different values.

An operation that tern does not know, or that breaks its own rule about types, is printed in the
generic form, as MLIR does: the custom form leaves out what follows from the rule.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

from tern.ir.core import Block, Operation, Region, Value, printed_by
from tern.ir.dialects.forms import types_text
from tern.ir.dialects.func import successor_text
from tern.ir.registry import DEFINITIONS, ISOLATED, Text
from tern.numbers import format_float
from tern.types import Type, f64, own_spelling


@printed_by
def print_ir(op: Operation, *, own: bool = False) -> str:
    """The text of an operation and all inside it. O(n), no recursion.

    An operation inside a function is printed with the numbers it has there. It is MLIR's text, or
    with `own` tern's, which keeps what MLIR has no words for: the names of sizes, and u8.
    """
    return Printer(own).text_of(op)


def value_names(func: Operation) -> dict[Value, str]:
    """The names, such as `%3`, that the values of a function have in its text."""
    printer = Printer()
    for op in func.walk():
        for region in op.regions:
            printer.name_region(region)
    return dict(printer.values)


class StableNames:
    """Names that values keep while passes change a function, so that its texts can be compared.

    A value is called by its hint. One without a hint gets a number that no value of the function
    had in an earlier text, as its hint: it keeps the number from then on, and so do its clones.
    """

    def __init__(self) -> None:
        self._taken: dict[str, set[str]] = {}  # in each function, by its name

    def text(self, root: Operation) -> str:
        """The text of a module or a function. O(n)."""
        printer = Printer()
        functions = [op for op in root.walk() if op.name == "func.func"]
        for func in functions:
            for op in func.walk():
                for region in op.regions:
                    printer.name_region(region)
        for func in functions:
            printer.values.update(self._names(func))
        return printer.text_of(root)

    def _names(self, func: Operation) -> dict[Value, str]:
        taken = self._taken.setdefault(func.attributes["sym_name"], set())
        numbers = value_names(func)
        here: dict[str, Value] = {}
        for value in numbers:
            if value.hint is not None and here.setdefault(value.hint, value) is not value:
                value.hint = None  # a clone in the same function
        taken.update(here)
        highest = max((int(name[1:]) for name in taken if name[1:].isdigit()), default=-1)
        unused = itertools.count(max(highest + 1, len(numbers)))
        stems: dict[str, str] = {}  # several results share what is before the `#`
        for value, number in numbers.items():
            if value.hint is None:
                stem, mark, index = number.partition("#")
                if index in ("", "0"):
                    stems[stem] = f"%{next(unused)}" if stem in taken else stem
                    taken.add(stems[stem])
                value.hint = stems[stem] + mark + index
        return {value: str(value.hint) for value in numbers}


class _Names(dict):
    """Names of values; what is not in the text still needs some name."""

    def __missing__(self, key: object) -> str:
        return "<<UNKNOWN SSA VALUE>>" if isinstance(key, Value) else "^INVALID"


class _Types(dict):
    """The spelling of each type, worked out once."""

    def __init__(self, spell: Callable[[Type], str]) -> None:
        self.spell = spell

    def __missing__(self, type: Type) -> str:
        self[type] = text = self.spell(type)
        return text


class Printer:
    """What the dialects' print functions need: the names, and where text goes."""

    def __init__(self, own: bool = False) -> None:
        self.values: dict[Value, str] = _Names()
        self.blocks: dict[Block, str] = _Names()
        self.types: dict[Type, str] = _Types(own_spelling if own else str)
        self._next: dict[Region | None, tuple[int, int]] = {}  # value and argument numbers after it
        self._has_named_entry: set[Region] = set()
        self._entry_is_target: set[Region] = set()
        self._out: list[str] = []

    # names --------------------------------------------------------------------------------

    def name_entry(self, region: Region) -> None:
        """Name what is in the region; its operation shows the names of its entry arguments."""
        self.name_region(region)
        self._has_named_entry.add(region)

    def name_region(self, region: Region) -> None:
        if region in self._next:
            return
        number, argument = self._start(region)
        values, blocks = self.values, self.blocks
        for position, block in enumerate(region.blocks):
            blocks[block] = f"^bb{position}"
            for arg in block.args:
                if position == 0:
                    values[arg] = f"%arg{argument}"
                    argument += 1
                else:
                    values[arg] = f"%{number}"
                    number += 1
            for op in block.operations:
                results = op.results
                if len(results) == 1:
                    values[results[0]] = f"%{number}"
                    number += 1
                elif results:
                    for result in results:
                        values[result] = f"%{number}#{result.index}"
                    number += 1
                if op.successors and any(to is region.blocks[0] for to, _ in op.successors):
                    self._entry_is_target.add(region)
        self._next[region] = number, argument

    def _start(self, region: Region) -> tuple[int, int]:
        op = region.parent
        if op is None or op.name in ISOLATED or op.parent is None:
            return 0, 0
        return self._next.get(op.parent.parent, (0, 0))

    def _name_surroundings(self, root: Operation) -> None:
        """Name the regions around an operation that is printed on its own."""
        around = []
        op: Operation | None = root
        while op is not None and op.name not in ISOLATED and op.parent is not None:
            region = op.parent.parent
            if region is None:
                break
            around.append(region)
            op = region.parent
        for region in reversed(around):
            self.name_region(region)

    # text ---------------------------------------------------------------------------------

    def text_of(self, root: Operation) -> str:
        self._name_surroundings(root)
        # One generator for each region that is open now, instead of recursion.
        stack = [self._lines([root], "")]
        while stack:
            nested = next(stack[-1], None)
            if nested is None:
                stack.pop()
            else:
                stack.append(self._region(*nested))
        return "".join(self._out).removesuffix("\n")

    def _region(self, region: Region, margin: str) -> Iterator[tuple[Region, str]]:
        out = self._out
        self.name_region(region)
        out.append("{\n")
        for block in region.blocks:
            if block is not region.blocks[0] or self._entry_needs_label(region):
                out.append(f"{margin}{self._label(block)}\n")
            yield from self._lines(block.operations, margin + "  ")
        out.append(margin + "}")

    def _entry_needs_label(self, region: Region) -> bool:
        entry = region.blocks[0]
        return (
            bool(entry.args and region not in self._has_named_entry)
            or region in self._entry_is_target
            or (not entry.operations and len(region.blocks) > 1)
        )

    def _label(self, block: Block) -> str:
        region = block.parent
        if not block.args or (block is region.blocks[0] and region in self._has_named_entry):
            return f"{self.blocks[block]}:"
        args = ", ".join([f"{self.values[arg]}: {self.types[arg.type]}" for arg in block.args])
        return f"{self.blocks[block]}({args}):"

    def _lines(self, operations: list[Operation], margin: str) -> Iterator[tuple[Region, str]]:
        """Write the operations, one a line; yield each region that must be written now."""
        write, values = self._out.append, self.values
        for op in operations:
            definition = DEFINITIONS.get(op.name)
            if definition is None or definition.check(op) is not None:
                text: Text = generic_text(self, op)
            else:
                text = definition.print(self, op)
            if text is None:  # a yield of nothing goes without saying
                continue
            results = op.results
            if not results:
                write(margin)
            elif len(results) == 1:
                write(f"{margin}{values[results[0]]} = ")
            else:
                name = values[results[0]].partition("#")[0]
                write(f"{margin}{name}:{len(results)} = ")
            if isinstance(text, str):
                write(text)
            else:
                for piece in text:
                    if isinstance(piece, str):
                        write(piece)
                    else:
                        yield piece, margin
            write(f"{self.ending(op)}\n")

    def ending(self, op: Operation) -> str:
        """What stands at the end of an operation's text, such as its location: nothing."""
        return ""


def generic_text(p: Printer, op: Operation) -> Text:
    """`"name"(operands)[successors] ({regions}) {attributes} : (types) -> (types)`."""
    text: list[str | Region] = [f'"{op.name}"({", ".join(p.values[v] for v in op.operands)})']
    if op.successors:
        successors = ", ".join(successor_text(p, successor) for successor in op.successors)
        text.append(f"[{successors}]")
    for number, region in enumerate(op.regions):
        text += [", " if number else " (", region]
    if op.regions:
        text.append(")")
    if op.attributes:
        pairs = ", ".join(f"{k} = {attribute_text(v)}" for k, v in op.attributes.items())
        text.append(f" {{{pairs}}}")
    results = types_text(p, op.results)
    if len(op.results) != 1:
        results = f"({results})"
    text.append(f" : ({types_text(p, op.operands)}) -> {results}")
    return text


def attribute_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format_float(value, f64)
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(attribute_text, value))}]"
    return str(value)  # an int or a type
