"""Programs in the dialect of matrices, drawn at random: their text, and what they compute."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Kind = tuple[int, ...]  # (rows, columns) of a dense matrix, (size,) of a diagonal one


@dataclass
class MatrixProgram:
    """One function @f of matrices: each step has a name, the numbers of its operands among all
    values, arguments first, and the kind of its result. It returns its last value."""

    arguments: list[Kind]
    steps: list[tuple[str, list[int], Kind]]

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of all values, arguments first."""
        return [*self.arguments, *[kind for _, _, kind in self.steps]]

    def text(self, mistake: int = -1, wrong: str = "", kinds: Sequence[Kind] = ()) -> str:
        """The program as MLIR. Before step number `mistake` comes one more, called `wrong`, whose
        operands are arguments made for it; the last of `kinds` is its result's."""
        types = [spelled(kind) for kind in self.kinds]
        names = [f"%x{n}" for n in range(len(self.arguments))]
        names += [f"%{n}" for n in range(len(self.steps))]
        given = [*zip(names, types[: len(self.arguments)])]
        extra = [(f"%w{n}", spelled(kind)) for n, kind in enumerate(kinds[:-1])]
        head = ", ".join(f"{name}: {type}" for name, type in [*given, *extra])
        lines = [f"func.func @f({head}) -> {types[-1]} {{"]
        for number, (name, operands, _) in enumerate(self.steps):
            if number == mistake:
                lines.append(_line("%wrong", wrong, extra, spelled(kinds[-1])))
            result = len(self.arguments) + number
            used = [(names[at], types[at]) for at in operands]
            lines.append(_line(names[result], name, used, types[result]))
        return "\n".join([*lines, f"  return {names[-1]} : {types[-1]}", "}"])

    def compute(self, arrays: Sequence[np.ndarray]) -> np.ndarray:
        """What it gives, in float64: a diagonal matrix is the array of its diagonal."""
        values: list[np.ndarray] = [np.asarray(array, np.float64) for array in arrays]
        for name, operands, kind in self.steps:
            full = [values[at] if values[at].ndim == 2 else np.diag(values[at]) for at in operands]
            if name == "transpose":
                found = full[0].T
            else:
                found = full[0] + full[1] if name == "add" else full[0] @ full[1]
            values.append(found if len(kind) == 2 else np.diag(found))
        return values[-1]

    def inputs(self, rng: random.Random) -> list[np.ndarray]:
        """float32 arrays for its arguments, such that no product grows large."""
        draw = np.random.default_rng(rng.getrandbits(32)).uniform
        return [draw(-0.5, 0.5, kind).astype(np.float32) for kind in self.arguments]


def _line(result: str, name: str, operands: Sequence[tuple[str, str]], type: str) -> str:
    used, types = ", ".join(name for name, _ in operands), ", ".join(type for _, type in operands)
    return f'  {result} = "mat.{name}"({used}) : ({types}) -> {type}'


def spelled(kind: Kind) -> str:
    """A type as MLIR writes it.

    >>> spelled((2, 3)), spelled((4,))
    ('!mat.dense<2 : i64, 3 : i64>', '!mat.diagonal<4 : i64>')
    """
    sizes = ", ".join(f"{size} : i64" for size in kind)
    return f"!mat.{'dense' if len(kind) == 2 else 'diagonal'}<{sizes}>"


def matrix_program(rng: random.Random, steps: int, sizes: Sequence[int]) -> MatrixProgram:
    """A program of so many steps, whose sizes are some of `sizes`."""
    arguments: list[Kind] = [(rng.choice(sizes), rng.choice(sizes)) for _ in range(3)]
    arguments += [(n,) for n in rng.sample(list(sizes), min(2, len(sizes)))]
    rng.shuffle(arguments)
    program = MatrixProgram(arguments, [])
    kinds = list(arguments)
    by_kind: dict[Kind, list[int]] = {}
    by_rows: dict[int, list[int]] = {}
    for number, kind in enumerate(kinds):
        by_kind.setdefault(kind, []).append(number)
        by_rows.setdefault(kind[0], []).append(number)
    for _ in range(steps):
        x = rng.randrange(len(kinds)) if rng.random() < 0.5 else len(kinds) - 1
        name = rng.choice(("transpose", "add", "multiply", "multiply"))
        if name == "multiply" and not by_rows.get(kinds[x][-1]):
            name = "transpose"
        if name == "transpose":
            operands, kind = [x], kinds[x][::-1]
        elif name == "add":
            operands, kind = [x, rng.choice(by_kind[kinds[x]])], kinds[x]
        else:
            y = rng.choice(by_rows[kinds[x][-1]])
            diagonal = len(kinds[x]) == len(kinds[y]) == 1
            operands, kind = [x, y], kinds[x] if diagonal else (kinds[x][0], kinds[y][-1])
        program.steps.append((name, operands, kind))
        by_kind.setdefault(kind, []).append(len(kinds))
        by_rows.setdefault(kind[0], []).append(len(kinds))
        kinds.append(kind)
    return program


MISTAKES: dict[str, list[tuple[Any, ...]]] = {
    "transpose": [
        ((2, 3), (2, 3)),
        ((2, 3), (3, 3)),
        ((3,), (3, 3)),
        ((3, 3), (3,)),
        ((3,), (2,)),
        ((0, 3), (3, 0)),
        ((0,), (0,)),
        ((2, 3), (2, 3), (3, 2)),
    ],
    "add": [
        ((2, 3), (2, 3), (3, 2)),
        ((2, 3), (3, 2), (2, 3)),
        ((3,), (3, 3), (3, 3)),
        ((3,), (3,), (3, 3)),
        ((3,), (2,), (3,)),
        ((2, 0), (2, 0), (2, 0)),
        ((2, 3), (2, 3)),
    ],
    "multiply": [
        ((2, 3), (2, 3), (2, 3)),
        ((2, 3), (3, 4), (4, 2)),
        ((2, 3), (3, 4), (3, 4)),
        ((2, 3), (2,), (2, 3)),
        ((3,), (2, 3), (2, 3)),
        ((3,), (3,), (3, 3)),
        ((3, 3), (3,), (3,)),
        ((3,), (3, 3), (3,)),
        ((3, 3), (3, 3), (3,)),
        ((2, 0), (0, 3), (2, 3)),
        ((2, 3), (2, 2)),
    ],
}
"""Kinds of operands, and of the result, that an operation may not have together."""


def matrix_mistakes(rng: random.Random) -> list[tuple[str, str]]:
    """Each of MISTAKES in a program of its own: the text, and the line of the mistake as MLIR's
    messages have it, ":3:"."""
    made = []
    for name, mistakes in MISTAKES.items():
        for kinds in mistakes:
            program = matrix_program(rng, rng.randrange(1, 6), (2, 3, 4))
            at = rng.randrange(len(program.steps))
            made.append((program.text(at, name, kinds), f":{at + 2}:"))
    return made
