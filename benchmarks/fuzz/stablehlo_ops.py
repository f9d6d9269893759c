"""Random StableHLO of every type and operation that tern reads, on shapes of any kind."""

from __future__ import annotations

import random

import numpy as np

from benchmarks.fuzz.stablehlo_text import FLOATS, INTEGERS, WIDER, array_of, tensor
from benchmarks.fuzz.stablehlo_windows import Windows

OF_FLOATS = "negate abs exponential log sqrt rsqrt tanh sine cosine floor ceil round_nearest_even"
OF_INTEGERS = "negate abs not"


class Operations(Windows):
    """Each method appends an operation."""

    # elementwise ----------------------------------------------------------------------------------

    def unary(self) -> None:
        x, shape, element = self.some()
        names = OF_FLOATS if element in FLOATS else OF_INTEGERS if element != "i1" else "not"
        name = self.rng.choice(names.split())
        if element[0] == "u" and name == "abs":
            return
        self.add(f"{name} {x} : {tensor((shape, element))}", (shape, element))

    def binary(self) -> None:
        x, shape, element = self.some()
        names = "add multiply maximum minimum"
        names += " and or xor" if element not in FLOATS else ""
        names += " subtract" if element != "i1" else ""
        names += " divide" if element in FLOATS else ""
        name = self.rng.choice(names.split())
        y = self.like(shape, element)
        self.add(f"{name} {x}, {y} : {tensor((shape, element))}", (shape, element))

    def compare(self) -> None:
        x, shape, element = self.some()
        y, direction = self.like(shape, element), self.rng.choice("EQ NE LT LE GT GE".split())
        kinds = (
            ("FLOAT",)
            if element in FLOATS
            else ("UNSIGNED",)
            if element[0] == "u" or element == "i1"
            else ("SIGNED",)
        )
        kind = self.rng.choice(("", ", " + kinds[0]))
        type = tensor((shape, element))
        types = f"({type}, {type}) -> {tensor((shape, 'i1'))}"
        self.add(f"compare {direction}, {x}, {y}{kind} : {types}", (shape, "i1"))

    def select(self) -> None:
        x, shape, element = self.some()
        y = self.like(shape, element)
        by = shape if self.rng.random() < 0.7 else ()
        c = self.like(by, "i1")
        self.add(
            f"select {c}, {x}, {y} : {tensor((by, 'i1'))}, {tensor((shape, element))}",
            (shape, element),
        )

    def clamp(self) -> None:
        x, shape, element = self.some(*FLOATS, *INTEGERS)
        bounds = [shape, shape] if self.rng.random() < 0.5 else [(), ()]
        low, high = (self.like(each, element) for each in bounds)
        types = ", ".join(
            map(tensor, [(bounds[0], element), (shape, element), (bounds[1], element)])
        )
        self.add(
            f"clamp {low}, {x}, {high} : ({types}) -> {tensor((shape, element))}", (shape, element)
        )

    def convert(self) -> None:
        x, shape, element = self.some()
        to = self.rng.choice((*FLOATS, *INTEGERS, "i1"))
        if element in FLOATS and to in INTEGERS:  # what's too large has no meaning
            return
        self.add(
            f"convert {x} : ({tensor((shape, element))}) -> {tensor((shape, to))}", (shape, to)
        )

    def is_finite(self) -> None:
        x, shape, element = self.some(*FLOATS)
        self.add(
            f"is_finite {x} : ({tensor((shape, element))}) -> {tensor((shape, 'i1'))}",
            (shape, "i1"),
        )

    # shapes ---------------------------------------------------------------------------------------

    def broadcast(self) -> None:
        x, shape, element = self.some()
        whole = [self.extent() if n == 1 and self.rng.random() < 0.6 else n for n in shape]
        dims = list(range(len(shape)))
        for _ in range(self.rng.randint(0, 2)):
            at = self.rng.randint(0, len(whole))
            whole.insert(at, self.extent())
            dims = [d + (d >= at) for d in dims]
        order = self.rng.sample(range(len(whole)), len(whole))
        place = {d: order.index(d) for d in range(len(whole))}
        to = (tuple(whole[d] for d in order), element)
        types = f"({tensor((shape, element))}) -> {tensor(to)}"
        self.add(f"broadcast_in_dim {x}, dims = {[place[d] for d in dims]} : {types}", to)

    def transpose(self) -> None:
        x, shape, element = self.some()
        order = self.rng.sample(range(len(shape)), len(shape))
        to = (tuple(shape[d] for d in order), element)
        self.add(
            f"transpose {x}, dims = {order} : ({tensor((shape, element))}) -> {tensor(to)}", to
        )

    def reshape(self) -> None:
        x, shape, element = self.some()
        left, to = int(np.prod(shape)), []
        while left > 1 and self.rng.random() < 0.8:
            factor = self.rng.choice([n for n in range(1, left + 1) if left % n == 0])
            to.append(factor)
            left //= factor
        to.append(left)
        if left == 0:
            to = [*self.shape(), 0, *self.shape()][: self.rng.randint(1, 4)]
            to = to if 0 in to else [*to[:-1], 0]
        elif left == 1 and self.rng.random() < 0.5:
            to.pop()
        for _ in range(self.rng.randint(0, 1)):
            to.insert(self.rng.randint(0, len(to)), 1)
        type = (tuple(to), element)
        self.add(f"reshape {x} : ({tensor((shape, element))}) -> {tensor(type)}", type)

    def slice(self) -> None:
        x, shape, element = self.some(rank=1)
        parts, to = [], []
        for n in shape:
            first, step = self.rng.randint(0, n), self.rng.randint(1, 3)
            last = self.rng.randint(first, n)
            to.append(-(-(last - first) // step))
            parts.append(f"{first}:{last}:{step}")
        type = (tuple(to), element)
        self.add(
            f"slice {x} [{', '.join(parts)}] : ({tensor((shape, element))}) -> {tensor(type)}", type
        )

    def dynamic_slice(self) -> None:
        x, shape, element = self.some(rank=1)
        sizes = tuple(
            self.rng.randint(0 if self.rng.random() < 0.2 else min(n, 1), n) for n in shape
        )
        kind = self.rng.choice(("i32", "i64"))  # the interpreter takes unsigned ones for signed
        starts = [
            self.constant(kind) if self.rng.random() < 0.3 else self.like((), kind) for _ in shape
        ]
        types = ", ".join([tensor((shape, element)), *[tensor(((), kind))] * len(shape)])
        self.add(
            f"dynamic_slice {', '.join([x, *starts])}, sizes = {list(sizes)} : ({types}) -> "
            f"{tensor((sizes, element))}",
            (sizes, element),
        )

    def dynamic_update_slice(self) -> None:
        x, shape, element = self.some(rank=1)
        sizes = tuple(self.rng.randint(min(n, 1), n) for n in shape)
        part = self.like(sizes, element)
        starts = [self.like((), "i32") for _ in shape]
        types = [tensor((shape, element)), tensor((sizes, element)), *["tensor<i32>"] * len(shape)]
        self.add(
            f"dynamic_update_slice {', '.join([x, part, *starts])} : ({', '.join(types)}) -> "
            f"{tensor((shape, element))}",
            (shape, element),
        )

    def concatenate(self) -> None:
        x, shape, element = self.some(rank=1)
        axis = self.rng.randrange(len(shape))
        parts = [x]
        sizes = [shape[axis]]
        for _ in range(self.rng.randint(0, 2)):
            sizes.append(self.extent())
            parts.append(self.like((*shape[:axis], sizes[-1], *shape[axis + 1 :]), element))
        types = [tensor(((*shape[:axis], n, *shape[axis + 1 :]), element)) for n in sizes]
        type = ((*shape[:axis], sum(sizes), *shape[axis + 1 :]), element)
        self.add(
            f"concatenate {', '.join(parts)}, dim = {axis} : ({', '.join(types)}) -> "
            f"{tensor(type)}",
            type,
        )

    def pad(self) -> None:
        x, shape, element = self.some()
        zero = self.constant(element)
        low, high, between = ([self.rng.randint(0, 2) for _ in shape] for _ in range(3))
        if self.rng.random() < 0.5:
            between = [0] * len(shape)
        to = tuple(a + n + max(n - 1, 0) * m + b for n, a, b, m in zip(shape, low, high, between))
        types = f"({tensor((shape, element))}, {tensor(((), element))}) -> {tensor((to, element))}"
        self.add(
            f"pad {x}, {zero}, low = {low}, high = {high}, interior = {between} : {types}",
            (to, element),
        )

    def reverse(self) -> None:
        x, shape, element = self.some()
        dims = self.rng.sample(range(len(shape)), self.rng.randint(0, len(shape)))
        self.add(f"reverse {x}, dims = {dims} : {tensor((shape, element))}", (shape, element))

    def iota(self) -> None:
        shape, element = (self.extent(), *self.shape()), self.rng.choice((*FLOATS, *INTEGERS))
        axis = self.rng.randrange(len(shape))
        self.add(f"iota dim = {axis} : {tensor((shape, element))}", (shape, element))

    # sums -----------------------------------------------------------------------------------------

    def reduce(self) -> None:
        x, shape, element = self.some()
        name = self.rng.choice("add multiply maximum minimum".split())
        zero = self.constant(element)
        dims = sorted(self.rng.sample(range(len(shape)), self.rng.randint(0, len(shape))))
        to = (tuple(n for d, n in enumerate(shape) if d not in dims), element)
        types = f"({tensor((shape, element))}, {tensor(((), element))}) -> {tensor(to)}"
        self.add(
            f"reduce({x} init: {zero}) applies stablehlo.{name} across dimensions = {dims} : "
            f"{types}",
            to,
        )

    def dot(self) -> None:
        x, shape, element = self.some(*FLOATS, *INTEGERS)
        axes = list(range(len(shape)))
        self.rng.shuffle(axes)
        summed = axes[: self.rng.randint(0, len(axes))]
        batch = axes[len(summed) :][: self.rng.randint(0, 1)]
        other = [("s", d) for d in summed] + [("b", d) for d in batch]
        other += [("f", self.extent()) for _ in range(self.rng.randint(0, 2))]
        self.rng.shuffle(other)
        right = tuple(n if kind == "f" else shape[n] for kind, n in other)
        y = self.like(right, element)
        places = [
            [other.index((kind, d)) for d in dims] for kind, dims in (("s", summed), ("b", batch))
        ]
        free = [n for d, n in enumerate(shape) if d not in (*summed, *batch)]
        to_element = self.rng.choice((element, WIDER.get(element, element)))
        to = (
            tuple([shape[d] for d in batch] + free + [n for k, n in other if k == "f"]),
            to_element,
        )
        clauses = f", batching_dims = {batch} x {places[1]}" * bool(batch)
        clauses += f", contracting_dims = {summed} x {places[0]}"
        self.add(
            f"dot_general {x}, {y}{clauses} : ({tensor((shape, element))}, "
            f"{tensor((right, element))}) -> {tensor(to)}",
            to,
        )


KINDS = [name for kind in (Operations, Windows) for name in vars(kind) if name[0] != "_"]


def random_operations(rng: random.Random) -> tuple[str, list[np.ndarray]]:
    """A text, and arrays for its arguments."""
    made = Operations(rng)
    for _ in range(rng.randint(1, 4)):
        getattr(made, rng.choice(KINDS))()
    draw = np.random.default_rng(rng.randrange(1 << 20))
    return made.text(), [array_of(draw, *type) for type in made.arguments]
