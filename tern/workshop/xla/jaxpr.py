"""A jaxpr: a function as a list of equations, each a primitive applied to values known by then.

The form and its printed text are JAX's (jax/_src/core.py). A jaxpr has no control flow of Python's
left, no shapes that aren't known, and no way to change a value.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

SHORT = {"float32": "f32", "int32": "i32", "bool": "bool"}
LONG = {short: long for long, short in SHORT.items()}
WIDTH = 80  # columns of printed text: what is wider goes on several lines


class ShapedArray(NamedTuple):
    """What tracing knows of an array: its dtype ("f32", "i32", "bool") and its shape."""

    dtype: str
    shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.dtype}[{','.join(map(str, self.shape))}]"

    @property
    def numpy_dtype(self) -> np.dtype:
        return np.dtype(LONG[self.dtype])


def type_of(value: Any) -> ShapedArray:
    """The type of a NumPy array or scalar. TypeError for a dtype that no program has."""
    array = np.asarray(value)
    if array.dtype.name not in SHORT:
        raise TypeError(f"an array of {array.dtype.name}: programs have float32, int32, and bool")
    return ShapedArray(SHORT[array.dtype.name], array.shape)


@dataclass(frozen=True)
class Var:
    """A variable of a jaxpr. No two of one jaxpr, and of those that it calls, share a number."""

    number: int
    type: ShapedArray


@dataclass(frozen=True)
class Literal:
    """A number that stands in an equation itself."""

    value: float | int | bool
    type: ShapedArray


Atom = Var | Literal


class Equation(NamedTuple):
    """`results = primitive[params] operands`.

    The primitive "jit" calls the jaxpr params["jaxpr"], which was traced from a function called
    params["name"].
    """

    primitive: str
    operands: tuple[Atom, ...]
    results: tuple[Var, ...]
    params: dict[str, Any]


@dataclass(frozen=True)
class Jaxpr:
    """A traced function.

    `constants` are arrays that it closes over, each with the variable that stands for it; a jaxpr
    that an equation calls has none. `equations` are in an order in which they can be computed.
    """

    arguments: tuple[Var, ...]
    equations: tuple[Equation, ...]
    results: tuple[Atom, ...]
    constants: tuple[tuple[Var, np.ndarray], ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return Printer().whole(self)


def inlined(jaxpr: Jaxpr) -> Iterator[Equation]:
    """The equations that compute something, in order, calls replaced by what they call.

    Every call gets variables of its own, numbered in order of definition: constants, arguments,
    then results. So two jaxprs that compute the same by the same equations give the same list.
    """
    numbers = iter(range(1 << 62))

    def fresh(var: Var) -> Var:
        return Var(next(numbers), var.type)

    first = [var for var, _ in jaxpr.constants] + list(jaxpr.arguments)
    # (equations to do, what their variables are, variables that get the results), innermost last
    names: dict[Var, Atom] = {var: fresh(var) for var in first}
    work: list[tuple[Iterator[Equation], dict[Var, Atom], Any]] = [
        (iter(jaxpr.equations), names, None)
    ]
    while work:
        equations, names, leave = work[-1]
        for equation in equations:
            operands = tuple(names[x] if isinstance(x, Var) else x for x in equation.operands)
            if equation.primitive == "jit":
                called = equation.params["jaxpr"]
                inner: dict[Var, Atom] = dict(zip(called.arguments, operands))
                work.append((iter(called.equations), inner, (called.results, equation.results)))
                break
            results = tuple(map(fresh, equation.results))
            names.update(zip(equation.results, results))
            yield Equation(equation.primitive, operands, results, equation.params)
        else:
            work.pop()
            if leave is not None:
                atoms = [names[x] if isinstance(x, Var) else x for x in leave[0]]
                work[-1][1].update(zip(leave[1], atoms))


def called(jaxpr: Jaxpr) -> list[tuple[Jaxpr, str, int]]:
    """The jaxprs that equations call, each after those that it calls: with the name of the
    function, and how many equations call it. The same object is the same jaxpr."""
    calls: Counter[int] = Counter()
    done: dict[int, tuple[Jaxpr, str]] = {}
    entered: set[int] = set()
    work: list[tuple[Jaxpr, str, bool]] = [(jaxpr, "", False)]
    while work:
        one, name, leaving = work.pop()
        if leaving:
            done[id(one)] = one, name
        elif id(one) not in entered:
            entered.add(id(one))
            work.append((one, name, True))
            for equation in one.equations:
                if inner := equation.params.get("jaxpr"):
                    calls[id(inner)] += 1
                    work.append((inner, equation.params["name"], False))
    return [(one, name, calls[id(one)]) for one, name in done.values() if one is not jaxpr]


class Printer:
    """JAX's text: variables are a, b, c … in the order in which they are printed; `_` is unused.

    A jaxpr that several equations call is printed once, before the others: `let f = {…} in`.
    """

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.used: set[Var] = set()
        self.shared: dict[int, str] = {}  # names of jaxprs, by id
        self.alike: Counter[str] = Counter()  # how many of them begin so, before any _

    def whole(self, jaxpr: Jaxpr) -> str:
        lets = ""
        for inner, name, calls in called(jaxpr):
            if calls > 1:
                number = self.alike[name]
                name = f"{name}_{number}" if number else name
                lets += f"let {name} = {self.jaxpr(inner, 0)} in\n"
                self.shared[id(inner)] = name
                self.alike[name.split("_")[0]] += 1
        return lets + self.jaxpr(jaxpr, 0)

    def jaxpr(self, jaxpr: Jaxpr, indent: int) -> str:
        for atoms in (jaxpr.results, *(equation.operands for equation in jaxpr.equations)):
            self.used.update(atom for atom in atoms if isinstance(atom, Var))
        constants = " ".join(self.binder(var, keep=True) for var, _ in jaxpr.constants)
        arguments = " ".join(self.binder(var, keep=True) for var in jaxpr.arguments)
        lines = [self.equation(each, indent + 4) for each in jaxpr.equations]
        results = ", ".join(map(self.atom, jaxpr.results))
        results = f"({results},)" if len(jaxpr.results) == 1 else f"({results})"
        head = f"{{ lambda {constants}; {arguments}. let"
        whole = f"{head} {'; '.join(lines)} in {results} }}"
        if len(lines) < 2 and "\n" not in whole and indent + len(whole) <= WIDTH:
            return whole
        body = "".join(f"\n{' ' * (indent + 4)}{line}" for line in lines)
        return f"{head}{body}\n{' ' * (indent + 2)}in {results} }}"

    def equation(self, equation: Equation, indent: int) -> str:
        results = " ".join(self.binder(var) for var in equation.results)
        shown = {k: v for k, v in sorted(equation.params.items()) if k not in HIDDEN}
        params = " ".join(f"{key}={value}" for key, value in shown.items() if key != "jaxpr")
        operands = "".join(f" {self.atom(atom)}" for atom in equation.operands)
        inner = equation.params.get("jaxpr")
        if id(inner) in self.shared:
            params += f" jaxpr={self.shared[id(inner)]}"
        elif inner:
            space = "\n" + " " * (indent + 2)
            text = self.jaxpr(inner, indent + 2)
            params = f"{space}{params}{space}jaxpr={text}\n{' ' * indent}"
        brackets = f"[{params}]" if params else ""
        return f"{results} = {equation.primitive}{brackets}{operands}"

    def binder(self, var: Var, keep: bool = False) -> str:
        if var not in self.used and not keep:
            return f"_:{var.type}"
        return f"{self.atom(var)}:{var.type}"

    def atom(self, atom: Atom) -> str:
        if isinstance(atom, Literal):
            return f"{atom.value}:{atom.type}"
        if atom.number not in self.names:
            self.names[atom.number] = _letters(len(self.names))
        return self.names[atom.number]


HIDDEN = {"shape"}  # parameters that a result's type says


def _letters(number: int) -> str:
    text = ""
    while number or not text:
        number, digit = divmod(number, 26)
        text = chr(ord("a") + digit) + text
    return text


def size(shape: Sequence[int]) -> int:
    """How many elements."""
    return math.prod(shape)
