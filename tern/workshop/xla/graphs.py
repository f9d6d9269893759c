"""Random modules of HLO, valid by construction, for tests and for exercises' unseen inputs."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tern.workshop.xla.hlo import Computation, Instruction, Module, Shape

UNARY = ("negate", "abs", "exponential", "tanh", "logistic", "cosine", "rsqrt", "floor")
BINARY = ("add", "subtract", "multiply", "divide", "maximum", "minimum")
COMBINERS = {"sum": ("add", "0"), "largest": ("maximum", "-inf")}
F32 = "f32"
PARAMETERS = 5


class Writer:
    """Adds instructions to a computation, and gives their names."""

    def __init__(self) -> None:
        self.made: dict[str, Instruction] = {}
        self.parameters = 0

    def add(self, opcode: str, shape: Sequence[int], operands: Sequence[str] = (), dtype: str = F32,
            literal: str = "", **attributes: str) -> str:  # fmt: skip
        name = f"{opcode.replace('-', '_')}.{len(self.made)}"
        made = Instruction(
            name, opcode, Shape(dtype, tuple(shape)), tuple(operands), attributes, literal
        )
        self.made[name] = made
        return name

    def parameter(self, shape: Sequence[int], dtype: str = F32) -> str:
        self.parameters += 1
        return self.add("parameter", shape, (), dtype, str(self.parameters - 1))

    def constant(self, number: str) -> str:
        return self.add("constant", (), (), F32, number)

    def shape(self, name: str) -> tuple[int, ...]:
        return self.made[name].array.dimensions

    def module(self, results: Sequence[str], name: str = "random") -> Module:
        """The module whose entry gives these arrays, a tuple of them if there are several."""
        root = results[0]
        if len(results) > 1:
            shapes = tuple(self.made[each].array for each in results)
            root = "results"
            self.made[root] = Instruction(root, "tuple", shapes, tuple(results))
        entry = Computation("main", self.made, root)
        combiners = {name: _combiner(name, opcode) for name, (opcode, _) in COMBINERS.items()}
        return Module(name, {**combiners, "main": entry}, "main")


def _combiner(name: str, opcode: str) -> Computation:
    scalar = Shape(F32, ())
    left, right = (Instruction(each, "parameter", scalar, (), {}, str(n))
                   for n, each in enumerate(("left", "right")))  # fmt: skip
    result = Instruction("result", opcode, scalar, ("left", "right"))
    return Computation(name, {each.name: each for each in (left, right, result)}, "result")


class RandomWriter(Writer):
    """Random instructions over matrices of n by m, and vectors of n or of m elements."""

    def __init__(self, rng: random.Random, n: int, m: int) -> None:
        super().__init__()
        self.rng, self.n, self.m = rng, n, m
        self.values = [self.parameter(shape) for shape in ((n, m), (n, m), (n,), (m,), (m, n))]

    def value(self, shape: tuple[int, ...] | None = None) -> str:
        """A value, of this shape if one is given, and as a rule not an old one."""
        fitting = [name for name in self.values if shape in (None, self.shape(name))]
        recent = fitting[-5:] if self.rng.random() < 0.7 else fitting
        return self.rng.choice(recent)

    def elementwise(self) -> str:
        one = self.value()
        shape, kind = self.shape(one), self.rng.randrange(8)
        if kind < 3:
            return self.add(self.rng.choice(UNARY), shape, [one])
        if kind == 3:
            other = self.value(shape)
            which = self.add("compare", shape, [one, other], "pred", direction="LT")
            return self.add("select", shape, [which, one, other])
        if kind == 4:
            number = self.add("broadcast", shape, [self.constant("1.5")], dimensions="{}")
            return self.add("multiply", shape, [one, number])
        return self.add(self.rng.choice(BINARY), shape, [one, self.value(shape)])

    def spread(self) -> str:
        """A vector along a matrix."""
        one = self.value()
        shape = self.shape(one)
        if len(shape) != 1:
            return self.reduce()
        whole = (self.n, self.m)
        if shape[0] not in whole:
            return self.elementwise()
        return self.add("broadcast", whole, [one], dimensions=f"{{{whole.index(shape[0])}}}")

    def reduce(self) -> str:
        one = self.value()
        shape = self.shape(one)
        if len(shape) != 2:
            return self.elementwise()
        axis, which = self.rng.randrange(2), self.rng.choice(list(COMBINERS))
        start = self.constant(COMBINERS[which][1])
        return self.add("reduce", (shape[1 - axis],), [one, start], dimensions=f"{{{axis}}}",
                        to_apply=which)  # fmt: skip

    def dot(self) -> str:
        left = self.value()
        fitting = [
            name for name in self.values
            if len(self.shape(name)) == 2 and self.shape(name)[0] == self.shape(left)[-1]
        ]  # fmt: skip
        if len(self.shape(left)) != 2 or not fitting:
            return self.elementwise()
        right = self.rng.choice(fitting)
        shape = self.shape(left)[0], self.shape(right)[1]
        return self.add("dot", shape, [left, right], lhs_contracting_dims="{1}",
                        rhs_contracting_dims="{0}")  # fmt: skip

    def moved(self) -> str:
        """A transpose, a reverse, a pad, or a concatenate."""
        one, rng = self.value(), self.rng
        shape, kind = self.shape(one), rng.randrange(4)
        if kind == 0 and len(shape) == 2:
            return self.add("transpose", shape[::-1], [one], dimensions="{1,0}")
        axis = rng.randrange(len(shape))
        if kind == 1:
            return self.add("reverse", shape, [one], dimensions=f"{{{axis}}}")
        if kind == 2:
            around = [(rng.randrange(3), rng.randrange(3)) for _ in shape]
            larger = tuple(low + n + high for n, (low, high) in zip(shape, around))
            text = "x".join(f"{low}_{high}" for low, high in around)
            return self.add("pad", larger, [one, self.constant("0.5")], padding=text)
        longer = (*shape[:axis], 2 * shape[axis], *shape[axis + 1 :])
        return self.add("concatenate", longer, [one, self.value(shape)], dimensions=f"{{{axis}}}")

    def slice(self, one: str = "") -> str:
        one = one or self.value()
        parts, shape = [], []
        for extent in self.shape(one):
            step = self.rng.choice((1, 1, 1, 2))
            first = self.rng.randrange(extent)
            last = self.rng.randint(first + 1, extent)
            shape.append(-(-(last - first) // step))
            parts.append(f"[{first}:{last}{':2' if step == 2 else ''}]")
        return self.add("slice", shape, [one], slice=f"{{{', '.join(parts)}}}")


def random_graph(rng: random.Random, instructions: int) -> Module:
    """A module to fuse: about so many instructions, element-wise as a rule, and one to three
    results. All shapes are n by m, m by n, n, or m."""
    writer = RandomWriter(rng, rng.randint(16, 64), rng.randint(65, 128))
    kinds = [writer.elementwise] * 5 + [writer.spread] * 2 + [writer.reduce] * 2 + [writer.dot]
    while len(writer.made) < instructions or len(writer.values) == PARAMETERS:
        writer.values.append(rng.choice(kinds)())
    return writer.module(_results(writer, rng))


def random_slices(rng: random.Random, instructions: int) -> Module:
    """A module to narrow: arrays are computed, moved, put together, and cut, now and then on the
    way, and always in the end."""
    writer = RandomWriter(rng, rng.randint(8, 16), rng.randint(17, 32))
    kinds = [writer.elementwise] * 6 + [writer.moved] * 3 + [writer.slice, writer.spread]
    kinds += [writer.reduce, writer.dot]
    while len(writer.made) < instructions or len(writer.values) == PARAMETERS:
        writer.values.append(rng.choice(kinds)())
    results = _results(writer, rng)
    return writer.module([writer.slice(name) for name in results for _ in range(rng.randint(1, 2))])


def _results(writer: RandomWriter, rng: random.Random) -> list[str]:
    """Some values that nothing uses yet, the last one among them."""
    used = {operand for each in writer.made.values() for operand in each.operands}
    unused = [name for name in writer.values[PARAMETERS:] if name not in used]
    others = unused[:-1]
    return [unused[-1], *rng.sample(others, min(len(others), rng.randrange(3)))]
