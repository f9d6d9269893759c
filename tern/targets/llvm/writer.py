"""Names in LLVM IR for the values and blocks of a function, and the lines of its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tern.errors import at
from tern.ir import Block, Operation, OpResult, Value
from tern.targets.llvm.debug import line_table, location_of
from tern.targets.llvm.text import constant_text, type_text
from tern.targets.notes import root_of

_NAMED = re.compile(r"%?([A-Za-z_$.][\w$.-]*)")
_NUMBERED = re.compile(r"arg\d+")  # MLIR's name for an argument that has none

# What Clang calls the results of instructions, more or less.
_OF_OPERATIONS = {
    "arith.addi": "add",
    "arith.addf": "add",
    "arith.subi": "sub",
    "arith.subf": "sub",
    "arith.muli": "mul",
    "arith.mulf": "mul",
    "arith.cmpi": "cmp",
    "arith.cmpf": "cmp",
    "func.call": "call",
}


class Writer(dict[Value, str]):
    """The text of a function while it is written. `writer[value]` is a name, `%x`, or a constant.

    A value is named after its hint, a parameter after `argument_names`, a block argument after what
    it is first given, and what has no name of its own after what computes it. No two values, or
    blocks, have the same name.

    Attributes:
        lines: of the body, so far.
        label: of the block that the next line is in.
        last: lines for the end of the function: blocks that return because something failed.
        failed: what such a block returns.
        calls: the CallGraph of the module.
    """

    def __init__(self, func: Operation, failed: str = "void") -> None:
        super().__init__()
        self.func = func
        self.taken: set[str] = {"failure"}
        self.lines: list[str] = []
        self.last: list[str] = []
        self.label = ""
        self.failed = failed
        self.calls: Any = None
        self._labels: dict[Block, str] = {}
        self._numbers: dict[Operation, int] = {}
        self._hints: dict[Value, str] = {}
        self._table = line_table()
        self._scope = self._table.subprogram(func) if self._table else None
        self._debug = self._located(func)  # what follows an instruction
        self._last: dict[str, int] = {}  # the number after the latest name that is like another
        known = func.attributes.get("argument_names", ())
        for number, arg in enumerate(func.body.blocks[0].args):
            name = known[number] if number < len(known) else _own_name(arg) or _letter(number)
            self._hints[arg] = name
            self[arg] = self.fresh(name)
        for block in func.body.blocks:
            for target, values in block.operations[-1].successors if block.operations else ():
                for arg, value in zip(target.args, values):
                    hint = _own_name(arg) or self._hints.get(value) or _own_name(value)
                    self._hints.setdefault(arg, hint or "phi")

    # names --------------------------------------------------------------------------------

    def fresh(self, hint: str) -> str:
        """`%hint`, or with a number after it, as a name that nothing else in the function has."""
        return f"%{self.fresh_label(hint)}"

    def fresh_label(self, hint: str) -> str:
        """The same, for a block."""
        name = hint
        while name in self.taken:
            self._last[hint] = self._last.get(hint, 1) + 1
            name = f"{hint}.{self._last[hint]}"
        self.taken.add(name)
        return name

    def __missing__(self, value: Value) -> str:
        if isinstance(value, OpResult) and value.op.name == "arith.constant":
            text = constant_text(value.op.attributes["value"], value.type)
        else:
            text = self.fresh(self._hints.get(value) or _own_name(value) or _general_name(value))
        self[value] = text
        return text

    def label_of(self, block: Block) -> str:
        """`entry`, or `bb1` and so on, as MLIR numbers the blocks."""
        if not self._labels:
            for number, each in enumerate(self.func.body.blocks):
                self._labels[each] = self.fresh_label(f"bb{number}" if number else "entry")
        return self._labels[block]

    def hint(self, value: Value, name: str) -> None:
        """What to call a value that has no name of its own."""
        self._hints.setdefault(value, _own_name(value) or name)

    def number_of(self, op: Operation) -> int:
        """What a note of a failure calls an operation: its number, from 1, in the whole module."""
        if not self._numbers:
            self._numbers = {each: n for n, each in enumerate(root_of(op).walk(), 1)}
        return self._numbers[op]

    # lines --------------------------------------------------------------------------------

    @property
    def attached(self) -> str:
        """What the function's header says before its brace: of which program lines it is."""
        return "" if self._scope is None else f"!dbg !{self._scope} "

    @contextmanager
    def at(self, op: Operation) -> Iterator[None]:
        """The lines written inside come from an operation, and so do errors."""
        before, self._debug = self._debug, self._located(op)
        with at(op.location):
            yield
        self._debug = before

    def _located(self, op: Operation) -> str:
        if self._table is None or self._scope is None or (span := location_of(op)) is None:
            return ""
        return f", !dbg !{self._table.location(span, self._scope)}"

    def line(self, text: str) -> None:
        self.lines.append(f"  {text}{self._debug}")

    def compute(self, hint: str, text: str) -> str:
        """A line that gives a new name, like `hint`, to what an instruction computes."""
        name = self.fresh(hint)
        self.line(f"{name} = {text}")
        return name

    def define(self, value: Value, text: str) -> None:
        """A line for a value; none for a text that is a name or a constant, and no instruction,
        unless the value was used in a block above, by a name of its own."""
        if " " not in text and value not in self:
            self[value] = text
            return
        if " " not in text:
            text = f"bitcast {type_text(value.type)} {text} to {type_text(value.type)}"
        self.line(f"{self[value]} = {text}")

    def begin(self, label: str) -> None:
        """Begin the block of a label, and with it a list of lines, which are without the label."""
        self.lines = []
        self.label = label

    def open(self, label: str) -> None:
        """Begin the block of a label."""
        self.lines.append(f"{label}:")
        self.label = label


def _letter(number: int) -> str:
    return "abcdefgh"[number] if number < 8 else f"a{number}"


def _own_name(value: Value) -> str:
    """What the source calls a value; empty if that is nothing, or a number."""
    match = _NAMED.fullmatch(value.hint or "")
    return match[1] if match and not _NUMBERED.fullmatch(match[1]) else ""


def _general_name(value: Value) -> str:
    name = value.op.name if isinstance(value, OpResult) else "phi"
    return _OF_OPERATIONS.get(name, name.rpartition(".")[2])
