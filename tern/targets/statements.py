"""Functions in a language of statements: names, lines, and which expressions are written where.

What is used once is written where it is used, so that a text has expressions as a person would
write them; what is used more often, or is long, gets a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tern.ir import Operation, OpResult, Value


class Statements:
    """Writes one function. `texts` has for each value what stands for it in an expression, and
    `long` is how many characters of one are too many."""

    long = 40

    def __init__(self, func: Operation, taken: Iterable[str]) -> None:
        self.func = func
        self.block = func.body.only_block
        self.texts: dict[Value, str] = {}
        self.taken = set(taken)
        self.lines: list[str] = []
        self.margin = 1
        self.count = Counter(v for op in func.walk() for v in op.operands)
        # What is written where it is used, with the buffers that it reads.
        self.waiting: dict[Value, set[Value]] = {}

    # what a language does in its own way --------------------------------------------------

    def is_keyword(self, name: str) -> bool:
        """Whether a name is a word of the language."""
        raise NotImplementedError

    def assign(self, value: Value, hint: str, text: str) -> None:
        """Write a line that gives a name to what `text` computes."""
        raise NotImplementedError

    def hint(self, value: OpResult) -> str:
        """A telling name for a value."""
        raise NotImplementedError

    # names and lines ----------------------------------------------------------------------

    def name(self, hint: str) -> str:
        """`hint`, or the like, as a name that nothing else has."""
        name, number = hint, 1
        while name in self.taken or self.is_keyword(name):
            number += 1
            name = f"{hint}_{number}"
        self.taken.add(name)
        return name

    def write(self, line: str) -> None:
        self.lines.append("    " * self.margin + line)

    # values -------------------------------------------------------------------------------

    def materialize(self, chosen: Iterable[Value]) -> None:
        """Compute values that wait to be written where they are used."""
        for value in list(chosen):
            del self.waiting[value]
            assert isinstance(value, OpResult)
            self.assign(value, self.hint(value), self.texts[value])

    def used(self, op: Operation) -> set[Value]:
        """The buffers that the operands of an operation read, which no longer wait."""
        reads: set[Value] = set()
        for value in op.operands:
            reads |= self.waiting.pop(value, set())
        return reads

    def define(self, op: Operation, text: str, reads: set[Value]) -> None:
        """What an operation computes: a constant, or something that waits, or has a name."""
        result = op.result
        self.texts[result] = text
        if op.name == "arith.constant":
            return
        self.waiting[result] = reads
        if self.count[result] != 1 or len(text) > self.long:
            self.materialize([result])

    def before_store(self, op: Operation, buffer: Value) -> None:
        """Compute what waits and reads a buffer that is about to change."""
        self.used(op)
        self.materialize([value for value, reads in self.waiting.items() if buffer in reads])
