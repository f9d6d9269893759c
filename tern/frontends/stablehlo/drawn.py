"""Random functions of StableHLO as text, for tests and for exercises' unseen inputs."""

from __future__ import annotations

import random

UNARY = ("negate", "exponential", "tanh", "cosine", "abs", "floor")
BINARY = ("add", "subtract", "multiply", "maximum", "minimum")
COMBINERS = {"add": "0.0", "maximum": "0xFF800000"}  # and where they start


def random_stablehlo(rng: random.Random, operations: int) -> str:
    """A module whose `@main` has about so many operations, all of f32 but for comparisons.

    Its values are matrices of n by m and of m by n, vectors of n and of m, and numbers. Operations
    are those that `to_tern` translates itself, and a few that it leaves to `further`.
    """
    writer = _Writer(rng, rng.randint(2, 4), rng.randint(5, 7))
    while len(writer.lines) < operations:
        rng.choice(writer.kinds)()
    return writer.text()


class _Writer:
    """Lines of a function. A value is its name and its shape."""

    def __init__(self, rng: random.Random, n: int, m: int) -> None:
        self.rng, self.n, self.m = rng, n, m
        self.lines: list[str] = []
        shapes: list[tuple[int, ...]] = [(n, m), (n, m), (m, n), (n,), (m,), ()]
        self.arguments = [(f"%arg{at}", shape) for at, shape in enumerate(shapes)]
        self.values = list(self.arguments)
        self.kinds = [self.unary, self.binary, self.binary, self.binary, self.selected]
        self.kinds += [self.constant, self.broadcast, self.broadcast, self.reduce, self.transpose]
        self.kinds += [self.product, self.reshape]

    def value(self, *shapes: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
        """A value, of one of these shapes if any are given, and as a rule not an old one."""
        fitting = [each for each in self.values if not shapes or each[1] in shapes]
        return self.rng.choice(fitting[-4:] if self.rng.random() < 0.7 else fitting)

    def add(self, text: str, shape: tuple[int, ...]) -> str:
        name = f"%{len(self.lines)}"
        self.lines.append(f"{name} = stablehlo.{text}")
        self.values.append((name, shape))
        return name

    def unary(self) -> None:
        x, shape = self.value()
        self.add(f"{self.rng.choice(UNARY)} {x} : {_tensor(shape)}", shape)

    def binary(self) -> None:
        x, shape = self.value()
        y, _ = self.value(shape)
        self.add(f"{self.rng.choice(BINARY)} {x}, {y} : {_tensor(shape)}", shape)

    def selected(self) -> None:
        """By a comparison of the same shape, or of two numbers."""
        (x, shape), direction = self.value(), self.rng.choice(("LT", "GE", "EQ", "NE"))
        y, _ = self.value(shape)
        by = shape if self.rng.random() < 0.7 else ()
        (one, _), (other, _) = self.value(by), self.value(by)
        flags, types = _tensor(by, "i1"), ", ".join([_tensor(by)] * 2)
        which = f"%{len(self.lines)}"
        self.lines.append(
            f"{which} = stablehlo.compare {direction}, {one}, {other} : ({types}) -> {flags}"
        )
        self.add(f"select {which}, {x}, {y} : {flags}, {_tensor(shape)}", shape)

    def constant(self) -> None:
        shape, number = self.value()[1], self.rng.choice(("0.5", "-1.5", "2.0"))
        self.add(f"constant dense<{number}> : {_tensor(shape)}", shape)

    def broadcast(self) -> None:
        x, shape = self.value((self.n,), (self.m,), ())
        whole = self.rng.choice([(self.n, self.m), (self.m, self.n)])
        dims = [whole.index(extent) for extent in shape]
        types = f"({_tensor(shape)}) -> {_tensor(whole)}"
        self.add(f"broadcast_in_dim {x}, dims = {dims} : {types}", whole)

    def reduce(self) -> None:
        x, shape = self.value((self.n, self.m), (self.m, self.n))
        axis, combiner = self.rng.randrange(2), self.rng.choice(list(COMBINERS))
        start = f"%{len(self.lines)}"
        number = COMBINERS[combiner]
        self.lines.append(f"{start} = stablehlo.constant dense<{number}> : tensor<f32>")
        kept = (shape[1 - axis],)
        self.add(
            f"reduce({x} init: {start}) applies stablehlo.{combiner} across dimensions = [{axis}]"
            f" : ({_tensor(shape)}, tensor<f32>) -> {_tensor(kept)}",
            kept,
        )

    def transpose(self) -> None:
        x, shape = self.value((self.n, self.m), (self.m, self.n))
        types = f"({_tensor(shape)}) -> {_tensor(shape[::-1])}"
        self.add(f"transpose {x}, dims = [1, 0] : {types}", shape[::-1])

    def product(self) -> None:
        """Of a matrix and a vector, and made small, for there may be many."""
        x, shape = self.value((self.n, self.m), (self.m, self.n))
        y, _ = self.value((shape[1],))
        kept = (shape[0],)
        types = f"({_tensor(shape)}, {_tensor((shape[1],))}) -> {_tensor(kept)}"
        found = self.add(f"dot_general {x}, {y}, contracting_dims = [1] x [0] : {types}", kept)
        self.add(f"tanh {found} : {_tensor(kept)}", kept)

    def reshape(self) -> None:
        """Which `further` knows."""
        x, shape = self.value((self.n,), (self.m,))
        tall = (*shape, 1)
        self.lines.append(
            f"%{len(self.lines)} = stablehlo.reshape {x} : ({_tensor(shape)}) -> {_tensor(tall)}"
        )
        whole = (shape[0], self.n + self.m - shape[0])
        types = f"({_tensor(tall)}) -> {_tensor(whole)}"
        name = f"%{len(self.lines) - 1}"
        self.add(f"broadcast_in_dim {name}, dims = [0, 1] : {types}", whole)

    def text(self) -> str:
        given = ", ".join(f"{name}: {_tensor(shape)}" for name, shape in self.arguments)
        name, shape = self.values[-1]
        body = "\n".join(f"    {line}" for line in self.lines)
        head = f"func.func public @main({given}) -> {_tensor(shape)}"
        return f"module {{\n  {head} {{\n{body}\n    return {name} : {_tensor(shape)}\n  }}\n}}\n"


def _tensor(shape: tuple[int, ...], element: str = "f32") -> str:
    return f"tensor<{''.join(f'{extent}x' for extent in shape)}{element}>"
