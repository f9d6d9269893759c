"""Functions of LLVM IR, drawn at random, on which passes are tried.

Each takes `rng` and gives the text of one function, @f.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tern.workshop.llvm.loop_programs import (
    counted_products,
    many_loops,
    nests,
    reducible,
)

__all__ = [
    "counted_products", "many_loops", "nests", "patterns",
    "reducible", "straight",
]  # fmt: skip


def straight(rng: random.Random) -> str:
    """Arithmetic without branches, in which the peephole's five patterns are frequent.

    Half of it has four bits: then all that an undef may be is tried even where it's used twice.
    """
    width = rng.choice([4, 4, 4, 4, 8, 8, 8, 16, 32, 64])
    return _Straight(rng, width).text(rng.choice([1, 1, 2, 2, 3, 4]))


def patterns(rng: random.Random) -> str:
    """The five patterns and little else, in two blocks, for what is left of them: in the mean each
    costs about as much as the others, but for divisions, which cost more."""
    written = _Straight(rng, rng.choice([8, 16, 32, 64]))
    kinds = [written.product] * 4 + [written.sums] * 6 + [written.shift_back] * 9
    kinds += [written.both_zero] * 9 + [written.quotient]
    return written.text(3, kinds, blocks=2)


class _Straight:
    """Writes a function line by line."""

    def __init__(self, rng: random.Random, width: int) -> None:
        self.rng, self.width = rng, width
        self.lines: list[str] = []
        self.values = ["%x", "%y"]  # of the width; the last ones are preferred

    def text(
        self, count: int, kinds: list[Callable[[], str]] | None = None, blocks: int = 1
    ) -> str:
        kinds = kinds or [
            self.product, self.quotient, self.sums, self.shifts, self.shifts, self.both_zero,
            self.any,
        ]  # fmt: skip
        for number in range(count):
            if number and number < blocks:
                self.lines += [f"br label %block{number}", f"block{number}:"]
            self.values.append(self.rng.choice(kinds)())
        result = self.values[-1]
        if self.rng.random() < 0.2:
            result = self.line(f"xor i{self.width} {result}, {self.value()}")
        lines = [*self.lines, f"ret i{self.width} {result}"]
        body = "\n".join(line if line[-1] == ":" else f"  {line}" for line in lines)
        return f"define i{self.width} @f(i{self.width} %x, i{self.width} %y) {{\n{body}\n}}\n"

    def line(self, text: str) -> str:
        name = f"%v{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        return name

    def value(self) -> str:
        recent = self.rng.random() < 0.5
        return self.values[-1] if recent else self.rng.choice(self.values)

    def flags(self, *names: str) -> str:
        return "".join(f" {name}" for name in names if self.rng.random() < 0.4)

    def constant(self) -> int:
        """A number that is near a limit, or small, or any."""
        half = 1 << (self.width - 1)
        near = [1, 2, 3, -1, -2, half - 1, -half, half // 2, 100 % half]
        return self.rng.choice([*near, self.rng.randrange(-half, half)])

    def power(self) -> int:
        """A power of two as LLVM prints it: the greatest is negative."""
        return _printed(
            1 << self.rng.choice([1, 1, 2, 3, self.width - 2, self.width - 1]), self.width
        )

    def product(self) -> str:
        factor = self.power() if self.rng.random() < 0.8 else self.constant()
        flags = self.flags("nuw", "nsw")
        return self.line(f"mul{flags} i{self.width} {self.pair(self.value(), factor)}")

    def pair(self, value: str, constant: int) -> str:
        """Both operands: the constant is on the right, mostly."""
        left = self.rng.random() < 0.15
        return f"{constant}, {value}" if left else f"{value}, {constant}"

    def quotient(self) -> str:
        opcode = self.rng.choice(["udiv"] * 6 + ["sdiv"])
        divisor = self.power()
        return self.line(f"{opcode}{self.flags('exact')} i{self.width} {self.value()}, {divisor}")

    def sums(self) -> str:
        first = self.value()
        for _ in range(self.rng.choice([2, 2, 3])):
            flags = self.flags("nuw", "nsw")
            first = self.line(f"add{flags} i{self.width} {self.pair(first, self.constant())}")
            if self.rng.random() < 0.2:
                self.values.append(first)
        return first

    def shifts(self) -> str:
        left = self.rng.randrange(1, self.width)
        right = left if self.rng.random() < 0.7 else self.rng.randrange(1, self.width)
        first = self.rng.choice(["shl"] * 5 + ["ashr", "lshr"])
        flags = self.flags("nuw", "nsw") if first == "shl" else ""
        shifted = self.line(f"{first}{flags} i{self.width} {self.value()}, {left}")
        opcode = self.rng.choice(["lshr", "lshr", "lshr", "ashr"])
        return self.line(f"{opcode} i{self.width} {shifted}, {right}")

    def shift_back(self) -> str:
        """To the left and back again, by the same number; or so it is when the rules of products
        and quotients have been applied."""
        by = self.rng.randrange(1, self.width)
        if self.rng.random() < 0.5:
            power = _printed(1 << by, self.width)
            shifted = self.line(f"mul nuw i{self.width} {self.value()}, {power}")
            return self.line(f"lshr i{self.width} {shifted}, {by}")
        nuw = " nuw" if self.rng.random() < 0.6 else ""
        shifted = self.line(f"shl{nuw} i{self.width} {self.value()}, {by}")
        return self.line(f"lshr i{self.width} {shifted}, {by}")

    def both_zero(self) -> str:
        """`x == 0 && y == 0` as C has it, as a number of the width."""
        compared = [self.value(), self.rng.choice(self.values)]
        predicate = "eq" if self.rng.random() < 0.8 else "ne"
        left, right = (self.line(f"icmp {predicate} i{self.width} {v}, 0") for v in compared)
        both = self.line(f"select i1 {left}, i1 {right}, i1 false")
        return self.line(f"zext i1 {both} to i{self.width}")

    def any(self) -> str:
        opcode = self.rng.choice(["add", "sub", "xor", "and", "or", "mul"])
        other = self.rng.choice([self.rng.choice(self.values), str(self.constant())])
        flags = self.flags("nuw", "nsw") if opcode in ("add", "sub", "mul") else ""
        return self.line(f"{opcode}{flags} i{self.width} {self.value()}, {other}")


def _printed(value: int, width: int) -> int:
    return value - (1 << width) if value >> (width - 1) else value


Drawn = Callable[[random.Random], str]
"""What a check draws functions with."""
