"""Random programs: correct ones of scalars that always end, and texts that are anything."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import tern

EXAMPLES = sorted((Path(tern.__file__).parent / "examples").glob("*.tern"))

TYPES = ["i32", "i64", "f32", "f64", "bool"]
EVERY_TYPE = [*TYPES, "i8", "u8", "index", "f16", "bf16"]
SMALL = {"i8": [0, 1, -1, 7, 127, -128], "u8": [0, 1, 7, 128, 255]}


class ProgramWriter:
    """Writes one random function `f` that the checker accepts and that ends soon.

    Loops run a few times. Integer divisors are 2 to 6, so that nothing traps; what is
    undefined in arith (a float too large for its integer) stays out by never converting
    floats to integers.
    """

    def __init__(
        self, rng: random.Random, early_returns: bool, types: Sequence[str] = TYPES
    ) -> None:
        self.rng = rng
        self.types = types
        self.numbers = [each for each in types if each != "bool"]
        self.integers = [each for each in self.numbers if "f" not in each]
        self.early_returns = early_returns
        self.names = 0
        self.budget = rng.randrange(5, 40)

    def function(self) -> str:
        self.parameters = [("p0", "i32"), ("p1", "f32"), ("p2", "bool"), ("p3", "i64")]
        self.result = self.rng.choice(self.types)
        scope = [(name, type_, True) for name, type_ in self.parameters]
        body = self.block(scope, 0)
        value = self.expression(self.result, scope, 3)
        parameters = ", ".join(f"{name}: {type_}" for name, type_ in self.parameters)
        return f"fn f({parameters}) -> {self.result} {{\n{body}return {value};\n}}\n"

    def fresh(self) -> str:
        self.names += 1
        return f"v{self.names}"

    def block(self, scope: list[tuple[str, str, bool]], depth: int, loop: bool = False) -> str:
        scope = scope if depth == 0 else list(scope)
        lines = []
        for _ in range(self.rng.randrange(1, 5)):
            self.budget -= 1
            if self.budget < 0:
                break
            lines.append(self.statement(scope, depth, loop))
        return "\n".join(lines) + "\n"

    def statement(self, scope: list[tuple[str, str, bool]], depth: int, loop: bool) -> str:
        kind = self.rng.randrange(10)
        if kind < 3 or (depth > 3 and kind > 5):
            type_, name = self.rng.choice(self.types), self.fresh()
            line = f"let {name} = {self.typed(type_, scope)};"
            scope.append((name, type_, True))
            return line
        if kind < 6:
            name, type_, _ = self.rng.choice([v for v in scope if v[2]])
            return f"{name} = {self.expression(type_, scope, 3)};"
        if kind < 8:
            condition = self.expression("bool", scope, 2)
            text = f"if {condition} {{\n{self.block(scope, depth + 1, loop)}"
            if self.early_returns and self.rng.random() < 0.2:
                text += f"return {self.expression(self.result, scope, 2)};\n"
            text += "}"
            if self.rng.random() < 0.5:
                text += f" else {{\n{self.block(scope, depth + 1, loop)}}}"
            return text
        if kind == 8:
            name = self.fresh()
            stop = self.rng.choice(["3", "p0 % 4", "-1"])
            inner = [*scope, (name, "i32", False)]
            return f"for {name} in 0..{stop} {{\n{self.block(inner, depth + 1, True)}}}"
        name = self.fresh()
        inner = [*scope, (name, "i32", False)]
        condition = f"{name} > 0 and {self.expression('bool', scope, 2)}"
        body = self.block(inner, depth + 1, True)
        return f"let {name} = 3; while {condition} {{\n{body}{name} = {name} - 1;\n}}"

    def typed(self, type_: str, scope: list[tuple[str, str, bool]]) -> str:
        """An expression whose type does not depend on where it stands."""
        text = self.expression(type_, scope, 3)
        return text if type_ == "bool" else f"{type_}({text})"

    def expression(self, type_: str, scope: list[tuple[str, str, bool]], depth: int) -> str:
        rng = self.rng
        known = [name for name, t, _ in scope if t == type_]
        if known and rng.random() < 0.3:
            return rng.choice(known)
        if depth == 0:
            if known and rng.random() < 0.6:
                return rng.choice(known)
            return f"{type_}({self.literal(type_)})" if type_ != "bool" else self.literal(type_)
        a = self.expression(type_, scope, depth - 1)
        b = self.expression(type_, scope, depth - 1)
        if type_ == "bool":
            other = rng.choice(self.numbers)
            c = self.expression(other, scope, depth - 1)
            d = self.expression(other, scope, depth - 1)
            trap = f"{rng.randrange(9)} / ({c}) > 0" if other in self.integers else "true"
            return rng.choice([
                f"({a} and {b})", f"({a} or {b})", f"(not {a})", f"({a} != {b})",
                f"({c} < {d})", f"({c} == {d})", f"({c} >= {d})",
                f"({c} != 0 and {trap})",
            ])  # fmt: skip
        if type_ in self.integers:
            other = rng.choice([each for each in self.integers if each != type_])
            c = self.expression(other, scope, depth - 1)
            return rng.choice([
                f"({a} + {b})", f"({a} - {b})", f"({a} * {b})", f"max({a}, {b})",
                f"({a} / ({b} % 3 + 4))", f"({a} % ({b} % 3 + 4))", f"(-{a})",
                f"abs({a})", f"{type_}({c})",
            ])  # fmt: skip
        other = rng.choice([each for each in self.types if each != type_])
        c = self.expression(other, scope, depth - 1)
        return rng.choice([
            f"({a} + {b})", f"({a} - {b})", f"({a} * {b})", f"({a} / {b})",
            f"min({a}, {b})", f"(-{a})", f"abs({a})", f"{type_}({c})",
        ])  # fmt: skip

    def literal(self, type_: str) -> str:
        if type_ == "bool":
            return self.rng.choice(["true", "false"])
        if type_ in self.integers:
            if type_ in SMALL:
                return str(self.rng.choice(SMALL[type_]))
            return str(self.rng.choice([0, 1, -1, 2, 7, -13, 1000, 2147483647, -2147483648]))
        large = ["6e4", "1e4"] if type_ == "f16" else ["3e7", "1e30"]
        return self.rng.choice(["0.0", "1.5", "-2.25", "1e-3", "0.1", *large])


def correct_program(seed: int, early_returns: bool = True) -> str:
    return ProgramWriter(random.Random(seed), early_returns).function()


# --- anything ---------------------------------------------------------------------------------

WORDS = (
    """
    fn let return if else while for in and or not true false f x y n m i32 i64 f32 f64 bool
    exp max sum mean transpose axis 0 1 2 42 1.5 1e-3 99999999999 -> .. == != <= >= < > = + - *
    / % @ ( ) { } [ ] , : ; //
""".split()
    + ["\n", " ", "axis=1", "x: f32[n, m]", "fn f(", ") -> f32 {", "return x; }"]
)

CHARACTERS = "abxyfn019.;,:(){}[]<>=+-*/%@!&|#\"' \t\r\n\0_é字\U0001f600\u2028\ud800"


def any_text(rng: random.Random) -> str:
    """A text that may or may not be a program: noise, words, or an example with damage."""
    kind = rng.randrange(8)
    if kind == 0:
        return "".join(rng.choices(CHARACTERS, k=rng.randrange(60)))
    if kind == 1:
        return " ".join(rng.choices(WORDS, k=rng.randrange(60)))
    if kind == 2:
        inside = " ".join(rng.choices(WORDS, k=rng.randrange(25)))
        return f"fn f(x: f32[n, m], y: f32[m], k: i32) -> f32 {{ {inside} }}"
    if kind == 3:
        opening = rng.choice(["(", "-", "not ", "if x {", "[", "f(", "{", "1 +", "else if "])
        text = opening * rng.randrange(1, 500)
        return rng.choice([text, f"fn f() -> i32 {{ return {text}", f"fn f() -> i32 {{ {text}"])
    if kind == 4:
        text = correct_program(rng.randrange(10**6))
    else:
        text = rng.choice(EXAMPLES).read_text()
    for _ in range(rng.randrange(1, 5)):
        text = damage(rng, text)
    return text


def damage(rng: random.Random, text: str) -> str:
    words = text.split(" ")
    where = rng.randrange(len(words))
    kind = rng.randrange(5)
    if kind == 0:
        words[where] = rng.choice(WORDS)
    elif kind == 1:
        del words[where : where + rng.randrange(1, 4)]
    elif kind == 2:
        words.insert(where, rng.choice(WORDS))
    elif kind == 3:
        other = rng.randrange(len(words))
        words[where], words[other] = words[other], words[where]
    else:
        position = rng.randrange(len(text) + 1)
        return text[:position] + rng.choice(CHARACTERS) + text[position + rng.randrange(3) :]
    return " ".join(words)
