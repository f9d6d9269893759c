"""Random programs of tensors: correct ones, and ones with mistakes at known locations."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tern.check.context import Alone
from tern.check.facts import Errors
from tern.check.signatures import spelled
from tern.check.surface import misfits, spell
from tern.shapes import Shape, broadcast, total
from tern.text import Cursor, Source, parse, parse_expression, tree
from tern.types import TensorType, Type, f32

HELPERS = """\
fn scale(a: f32[p, q], by: f32[q]) -> f32[p, q] {
    return a * by;
}
fn product(a: f32[p, q], b: f32[q, r]) -> f32[p, r] {
    return a @ b;
}
fn under(a: f32[p, q], b: f32[r, q]) -> f32[p + r, q] {
    return concat([a, b]);
}
"""
PARAMETERS: dict[str, Shape] = {
    "x": ("n", "m"), "y": ("m",), "w": ("m", "k"), "v": ("k",), "u": ("k", "m"), "z": ("n", 1),
    "four": (4,), "table": (3, 4), "c": (),
}  # fmt: skip

Scope = dict[str, Shape]


def type_of(shape: Shape) -> Type:
    """The type of the f32 tensor of a shape, or of the number."""
    return TensorType(shape, f32) if shape else f32


@dataclass
class Line:
    """A line of a program, and the names that it may use, which are of the scopes around it."""

    text: str
    depth: int
    scope: Scope
    here: frozenset[str]  # those of the innermost scope


@dataclass
class Program:
    """The function `f` of a random program, line by line."""

    lines: list[Line] = field(default_factory=list)
    result: Shape = ()

    def text(self) -> str:
        declared = ", ".join(f"{n}: {spell(type_of(shape))}" for n, shape in PARAMETERS.items())
        head = f"fn f({declared}, i: i32) -> {spell(type_of(self.result))} {{\n"
        body = "".join("    " * (line.depth + 1) + line.text + "\n" for line in self.lines)
        return HELPERS + head + body + "}\n"


class _Writer:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.program = Program()
        self.names = 0

    def add(self, text: str, depth: int, scope: Scope, here: set[str]) -> None:
        self.program.lines.append(Line(text, depth, dict(scope), frozenset(here)))

    def block(self, scope: Scope, depth: int, budget: int) -> None:
        """Statements in a scope; what they declare stays in `scope`."""
        here = set(scope) if depth == 0 else set()
        while budget > 0:
            size = self.rng.randrange(1, 6) if depth < 4 else 1
            budget -= size
            if size > 2 and depth < 4:
                head = self.rng.choice(
                    ["for j in 0..2 {", "if c > 0.0 {", f"if sum({self.tensor(scope)}) > c {{"]
                )
                self.add(head, depth, scope, here)
                self.block(dict(scope), depth + 1, size)
                self.add("}", depth, scope, here)
            elif self.rng.random() < 0.3:
                self.assign(scope, depth, here)
            else:
                text, shape = self.expression(scope, 3)
                old = [name for name in scope if name not in here and name != "c"]
                name = self.rng.choice(old) if old and self.rng.random() < 0.3 else self.fresh()
                self.add(f"let {name} = {text};", depth, scope, here)
                scope[name] = shape
                here.add(name)

    def fresh(self) -> str:
        self.names += 1
        return f"t{self.names}"

    def tensor(self, scope: Scope) -> str:
        return self.rng.choice([name for name, shape in scope.items() if shape])

    def assign(self, scope: Scope, depth: int, here: set[str]) -> None:
        """Give a variable another value of its shape."""
        name = self.rng.choice(list(scope))
        fitting = [
            other for other, shape in scope.items() if stretched(scope[name], shape) == scope[name]
        ]
        self.add(f"{name} = {name} * 0.5 + {self.rng.choice(fitting)};", depth, scope, here)

    def expression(self, scope: Scope, depth: int) -> tuple[str, Shape]:
        """An expression, and its shape."""
        name = self.rng.choice(list(scope))
        if depth == 0:
            return name, scope[name]
        text, shape = self.expression(scope, depth - 1)
        match self.rng.randrange(9):
            case 0:
                function = self.rng.choice(["tanh", "abs", "sin"])
                return f"{function}({text})", shape
            case 1 | 2 | 3:
                both = stretched(shape, scope[name])
                other = name if both is not None else "1.5"
                operator = self.rng.choice("+-*")
                return f"({text} {operator} {other})", shape if both is None else both
            case 4 if shape:
                axis = self.rng.randrange(len(shape))
                kept = tuple(1 if at == axis else size for at, size in enumerate(shape))
                return f"sum({text}, axis={axis})", kept
            case 5 if len(shape) == 2:
                return f"transpose({text})", shape[::-1]
            case 6 if len(shape) == 2:
                fitting = [n for n, s in scope.items() if len(s) == 2 and s[0] == shape[1]]
                if fitting:
                    other = self.rng.choice(fitting)
                    form = self.rng.choice(["({} @ {})", "product({}, {})"])
                    return form.format(text, other), (shape[0], scope[other][1])
            case 7 if len(shape) == 2:
                fitting = [n for n, s in scope.items() if len(s) == 2 and s[1] == shape[1]]
                if fitting:
                    other = self.rng.choice(fitting)
                    form = self.rng.choice(["concat([{}, {}])", "under({}, {})"])
                    rows = total([shape[0], scope[other][0]])
                    return form.format(text, other), (rows, shape[1])
            case 8 if shape:
                low = self.rng.randrange(3)
                widths = ", ".join(
                    f"[{low}, 1]" if not at else "[0, 0]" for at in range(len(shape))
                )
                return f"pad({text}, [{widths}])", (total([low, shape[0], 1]), *shape[1:])
        return text, shape


def stretched(left: Shape, right: Shape) -> Shape | None:
    """The shape that two shapes are known to stretch to; None if there is none."""
    shape, doubts = broadcast(left, right)
    return None if doubts else shape


def correct(rng: random.Random, statements: int = 12) -> Program:
    """A random correct program of at least so many statements."""
    writer = _Writer(rng)
    scope = dict(PARAMETERS)
    writer.block(scope, 0, statements)
    text, writer.program.result = writer.expression(scope, 2)
    writer.add(f"return {text};", 0, scope, set(scope))
    return writer.program


# --- mistakes -----------------------------------------------------------------------------------


def _unfit(rng: random.Random, scope: Scope) -> tuple[str, str]:
    """Two names whose shapes do not stretch to one, as far as anybody knows."""
    pairs = [
        (one, other)
        for one, left in scope.items()
        for other, right in scope.items()
        if misfits(broadcast(left, right)[1])
    ]
    return rng.choice(pairs)


def _name(rng: random.Random, line: Line) -> str:
    return f"let BAD = @{rng.choice(list(line.scope))}_x + 1.0;"


def _twice(rng: random.Random, line: Line) -> str:
    mine = sorted(line.here - {"c"})
    return f"let @{rng.choice(mine)} = 1.0;" if mine else _name(rng, line)


def _shapes(rng: random.Random, line: Line) -> str:
    one, other = _unfit(rng, line.scope)
    return f"let BAD = @{one} {rng.choice('+-*')} {other};"


def _columns(rng: random.Random, line: Line) -> str:
    matrices = {name: s for name, s in line.scope.items() if len(s) == 2}
    pairs = [(a, b) for a, s in matrices.items() for b, t in matrices.items() if s[1] != t[0]]
    one, other = rng.choice(pairs)
    return f"let BAD = @{one} @@ {other};"


def _argument(rng: random.Random, line: Line) -> str:
    matrices = {name: s for name, s in line.scope.items() if len(s) == 2}
    pairs = [(a, b) for a, s in matrices.items() for b, t in matrices.items() if s[1] != t[1]]
    one, other = rng.choice(pairs)
    return f"let BAD = under({one}, @{other});"


def _element(rng: random.Random, line: Line) -> str:
    return f"let BAD = @{rng.choice(list(line.scope))} + i;"


def _condition(rng: random.Random, line: Line) -> str:
    return f"if @{rng.choice(list(line.scope))} {{ }}"


def _assignment(rng: random.Random, line: Line) -> str:
    name = rng.choice(list(line.scope))
    other = rng.choice([n for n, shape in line.scope.items() if shape != line.scope[name]])
    return f"{name} = @{other};"


def _axis(rng: random.Random, line: Line) -> str:
    name = rng.choice([n for n, shape in line.scope.items() if shape])
    return f"let BAD = sum({name}, axis=@7) * {name};"


def _function(rng: random.Random, line: Line) -> str:
    return f"let BAD = @tahn({rng.choice(list(line.scope))});"


Mistake = Callable[[random.Random, Line], str]
MISTAKES: tuple[Mistake, ...] = (
    _name, _twice, _shapes, _columns, _argument, _element, _condition, _assignment, _axis,
    _function,
)  # fmt: skip
"""Each makes a line with one mistake, which an @ marks; BAD is a new name, and `@@` is an `@`."""


def planted_shapes(rng: random.Random, statements: int = 8) -> str:
    """A program with one mistake, which is about shapes."""
    return planted(rng, 1, statements, (_shapes, _columns, _argument, _assignment))[0]


def planted(
    rng: random.Random,
    mistakes: int,
    statements: int = 12,
    kinds: tuple[Mistake, ...] = MISTAKES,
) -> tuple[str, list[str]]:
    """A program with so many mistakes, and where they are, as "line:column".

    What a mistake spoils is used again, where a checker must stay silent.
    """
    program = correct(rng, statements)
    places = [at for at, line in enumerate(program.lines) if line.text != "}"]
    chosen = [(rng.choice(places), rng.choice(kinds)) for _ in range(mistakes)]
    # A name that is declared twice spoils what comes after it: only the `return` does.
    chosen = [(places[-1] if make is _twice else at, make) for at, make in chosen]
    marked = [
        (at, make(rng, program.lines[at]).replace("BAD", f"bad{number}"))
        for number, (at, make) in enumerate(sorted(chosen, key=lambda each: each[1] is _twice))
    ]
    lines: list[Line] = []
    columns: dict[int, int] = {}
    for at, line in enumerate(program.lines):
        for text in [text for place, text in marked if place == at]:
            text = text.replace("@@", "\0")
            columns[len(lines)] = text.index("@")
            made = text.replace("@", "").replace("\0", "@")
            lines.append(Line(made, line.depth, line.scope, line.here))
            if made.startswith("let bad"):
                name = made.split()[1]
                lines.append(
                    Line(f"let {name}_2 = {name} * 2.0;", line.depth, line.scope, line.here)
                )
        lines.append(line)
    first = HELPERS.count("\n") + 2
    found = [
        f"{number + first}:{4 * (lines[number].depth + 1) + column + 1}"
        for number, column in columns.items()
    ]
    return Program(lines, program.result).text(), found


# --- what the parts of the checker work on ------------------------------------------------------


def read_type(text: str) -> Type:
    """The type that a program's spelling means: `f32[n, 4]`, `bool`.

    Raises:
        Diagnostic: it is no type.
    """
    source = Source(f"fn f(x: {text}) -> i32 {{ return 1; }}", brackets=True)
    errors = Errors(source)
    found = spelled(parse(source).functions[0].parameters[0].type, errors)
    if found is None:
        raise errors.found[0]
    return found


def alone(text: str, **types: str) -> tuple[tree.Expression, Alone]:
    """An expression, and a context in which its names have the types that are spelled here."""
    source = Source(text, brackets=True)
    read = {name: read_type(spelling) for name, spelling in types.items()}
    return parse_expression(Cursor(source)), Alone(source, read)


def expression_text(rng: random.Random, nodes: int) -> str:
    """An expression of about so many nodes, of the names x, y, and s: f32[n, m], f32[m], f32."""
    if nodes <= 2:
        leaves = ["x", "y", "s", "1.5", "0.5"] if nodes == 1 else ["-x", "-(y)", "-s", "-1.0"]
        return rng.choice(leaves)
    left = rng.randrange(nodes // 3, nodes - nodes // 3)
    first, second = expression_text(rng, left), expression_text(rng, nodes - 1 - left)
    form = rng.choice(["({} + {})", "({} * {})", "({} - {})", "max({}, {})", "(x / ({} + {}))"])
    return form.format(first, second)


def scope_events(rng: random.Random, names: int, depth: int) -> list[tuple[str, str]]:
    """Events of scopes in scopes, `depth` of them, with so many definitions and uses."""
    each = max(names // (2 * depth), 2)
    events: list[tuple[str, str]] = [("define", f"g{i}") for i in range(100)]
    for _ in range(depth):
        events.append(("enter", ""))
        events.append(("define", f"v{rng.randrange(1000)}"))
        events += [("use", f"g{rng.randrange(100)}") for _ in range(each - 1)]
    for _ in range(depth):
        events += [("use", f"g{rng.randrange(100)}") for _ in range(each)]
        events.append(("leave", ""))
    return events


def degenerate_equations(rng: random.Random, count: int) -> list[tuple[int | str, int | str]]:
    """Equations in orders that are too much for a careless union-find, or for careless reasons.

    Chains that grow at one end and stars; a chain that grows at both ends in turn; and a star of
    names that are 1, each of which is 2 as well, so that there are many conflicts.
    """
    number, part = rng.randrange(1000), count // 8
    a, b, c, d, e, f = (f"{letter}{number}_" for letter in "abcdef")
    equations: list[tuple[int | str, int | str]] = []
    for i in range(1, part):
        equations += [
            (f"{a}0", f"{a}{i}"), (f"{b}{i}", f"{b}0"), (f"{c}{i - 1}", f"{c}{i}"),
            (f"{d}{i}", f"{d}{i - 1}"),
            (f"{e}{i - 1}", f"{e}{i}"), (f"{e}{1 - i}", f"{e}{-i}"),
        ]  # fmt: skip
    equations += [(f"{a}1", 3), (f"{b}1", 4), (f"{a}2", f"{b}2"), (f, 1)]
    equations += [(f, f"{f}{i}") for i in range(part)]
    return equations + [(f"{f}{i}", 2) for i in range(part)]
