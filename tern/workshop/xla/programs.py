"""Programs of the small JAX, as text: NumPy runs them, the book traces them, and JAX does."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tern.workshop.xla import ops
from tern.workshop.xla.jaxpr import ShapedArray

# What a program calls; jax.lax has the same names, but for those that JAX_NAMES says.
NAMES = (
    "neg sin cos tanh exp log sqrt rsqrt add sub mul div lt gt le ge maximum minimum select "
    "broadcast_in_dim reduce_sum reduce_max transpose reshape dot convert jit"
).split()


class Program:
    """The function `program` of a text of Python, which calls what is in NAMES, and `np`.

    The text is run when the program is first called, and not before. A Program is called like the
    function.
    """

    def __init__(self, text: str) -> None:
        self.text, self.__name__ = text, "program"
        self._function: Callable | None = None

    def __repr__(self) -> str:
        return f"Program:\n{self.text}"

    def __call__(self, *arguments: Any) -> Any:
        if self._function is None:
            self._function = self.function({name: getattr(ops, name) for name in NAMES})
        return self._function(*arguments)

    def function(self, names: Mapping[str, Callable]) -> Callable:
        """The function, where it calls these by NAMES."""
        namespace: dict[str, Any] = {**names, "np": np}
        exec(compile(self.text, "<program>", "exec"), namespace)
        return namespace["program"]


UNARY = ("neg", "sin", "cos", "tanh", "exp")
BINARY = ("add", "sub", "mul", "maximum", "minimum")


def random_program(rng: random.Random, equations: int) -> tuple[Program, list[ShapedArray]]:
    """A program with about so many equations, and the types of its arguments, all f32.

    It has matrices of n by m and vectors of either size, constants, numbers, functions under jit
    that use what is around them, results that nothing needs, and the same array twice.
    """
    n, m = rng.randrange(1, 5), rng.randrange(5, 9)
    types = [ShapedArray("f32", rng.choice([(n, m), (n,), (m,)])) for _ in range(rng.randint(1, 3))]
    writer = _Writer(rng, n, m)
    shapes = [(n, m), (n,), (m,)]
    lines = [
        f"C{i} = np.linspace(-1, 1, {np.prod(shape)}, dtype=np.float32).reshape({shape})"
        for i, shape in enumerate(shapes)
    ]
    names = [f"x{i}" for i in range(len(types))]
    values = [(name, type.shape) for name, type in zip(names, types)]
    body = writer.body(values + [(f"C{i}", shape) for i, shape in enumerate(shapes)], equations, 0)
    text = "\n".join([*lines, f"def program({', '.join(names)}):", *body])
    return Program(text + "\n"), types


def long_program(rng: random.Random, equations: int) -> tuple[Program, ShapedArray]:
    """A program of so many equations, and the type of its argument: each array of a list is used
    twice."""
    one, other = (rng.choice(BINARY) for _ in range(2))
    text = f"""ARRAYS = [np.full(3, n, np.float32) for n in range({equations // 4})]
def program(x):
    for array in ARRAYS + ARRAYS[::-1]:
        x = {one}(x, {other}(array, x))
    return x
"""
    return Program(text), ShapedArray("f32", (3,))


class _Writer:
    """Lines of a random program. A value is its name and its shape."""

    def __init__(self, rng: random.Random, n: int, m: int) -> None:
        self.rng, self.n, self.m, self.made = rng, n, m, 0

    def body(self, values: list[tuple[str, tuple]], equations: int, depth: int) -> list[str]:
        """The body of a function that sees these values, and gives some of what it computes."""
        known, lines, local = list(values), [], []
        space = "    " * (depth + 1)
        inner: list[tuple[str, tuple, tuple]] = []  # functions: name, shape taken, shape given
        while len(local) < equations:
            name, self.made = f"v{self.made}", self.made + 1
            if depth < 2 and equations > 3 and self.rng.random() < 0.12:
                taken = self.rng.choice(known)[1]
                body = self.body([*known, (f"a{name}", taken)], self.rng.randint(1, 4), depth + 1)
                given = self.given
                lines += [f"{space}@jit", f"{space}def f{name}(a{name}):", *body]
                inner.append((f"f{name}", taken, given))
                continue
            if inner and self.rng.random() < 0.3:
                function, taken, given = self.rng.choice(inner)
                fitting = [value for value, shape in known if shape == taken]
                text, shape = f"{function}({self.rng.choice(fitting)})", given
            else:
                text, shape = self.expression(known)
            lines.append(f"{space}{name} = {text}")
            known.append((name, shape))
            local.append((name, shape))
        self.given = local[-1][1]
        results = local[-1:] if depth else local[-1:] + self.rng.sample(local, 1)
        lines.append(f"{space}return {', '.join(name for name, _ in results)}")
        return lines

    def expression(self, known: list[tuple[str, tuple]]) -> tuple[str, tuple]:
        rng = self.rng
        one, shape = rng.choice(known[-6:] if rng.random() < 0.7 else known)
        other = rng.choice([name for name, each in known if each == shape])
        kind = rng.randrange(9)
        if kind == 0:
            return f"{rng.choice(UNARY)}({one})", shape
        if kind == 1:
            number = rng.choice((2.0, 0.5, -1.5))
            both = [one, repr(number)]
            rng.shuffle(both)
            return f"{rng.choice(('add', 'mul', 'sub'))}({both[0]}, {both[1]})", shape
        if kind == 2:
            return f"select({rng.choice(('lt', 'ge'))}({one}, {other}), {one}, {other})", shape
        if kind == 3 and len(shape) == 1 and self.n != self.m:
            at = (self.n, self.m).index(shape[0])
            return f"broadcast_in_dim({one}, {(self.n, self.m)}, ({at},))", (self.n, self.m)
        if kind == 4 and len(shape) == 2:
            axis = rng.randrange(2)
            name = rng.choice(("reduce_sum", "reduce_max"))
            return f"{name}({one}, ({axis},))", (shape[1 - axis],)
        if kind == 5 and len(shape) == 2:
            vectors = [name for name, each in known if each == (self.m,)]
            return f"dot({one}, {rng.choice(vectors)})", (self.n,)
        return f"{rng.choice(BINARY)}({one}, {other})", shape
