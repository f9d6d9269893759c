"""Functions of tensors in the IR, drawn at random, with arguments to call them with.

Every operation that networks need, on tensors of any element type whose sizes are numbers or
not known, one after another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tern.ir import Builder, Operation, Value, new_function, new_module
from tern.ir.arrays import dtype_of
from tern.ir.dialects.linalg import check_extension
from tern.ir.dialects.structures import projection
from tern.ir.samples import Choose
from tern.types import (
    SCALARS,
    FloatType,
    FunctionType,
    IndexType,
    TensorType,
    f16,
    f32,
    f64,
    i1,
    i8,
    i32,
    i64,
    index,
)

EXTREMES: dict[str, list[Any]] = {
    "b": [False, True],
    "f": [0.0, -0.0, 1.0, -2.0, 0.5, np.nan, np.inf, -np.inf],
    "V": [0.0, -0.0, 1.0, -2.0, 0.5, np.nan, np.inf, -np.inf],
    "i": [0, 1, -1, 127, -128, 2**31 - 1, -(2**31), 2**62, -(2**63)],
    "u": [0, 1, 127, 128, 255],
}
"""Numbers by the kind of their dtype, whose sums in any order are the same; cut to its width."""

WIDER = {i8: i32, i1: i8, i32: i64, f16: f32, f32: f64}


@dataclass
class Program:
    """A module of one function `f`, its arguments, and the shapes of its results."""

    module: Operation
    arguments: list[Any]
    shapes: list[tuple[int, ...]]
    elements: list[Any]


@dataclass
class _Writer:
    choose: Choose
    element: Any
    extreme: bool = False
    arguments: list[Any] = field(default_factory=list)
    shapes: dict[Value, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.func = new_function("f", [], [])
        self.block = self.func.body.blocks[0]
        self.builder = Builder(self.block)
        self.random = np.random.default_rng(self.choose(1000))

    def some(self, least: int, most: int) -> int:
        return least + self.choose(most - least + 1)

    def order(self, n: int) -> list[int]:
        """Some order of 0, …, n - 1."""
        left = list(range(n))
        return [left.pop(self.choose(len(left))) for _ in range(n)]

    # operands ---------------------------------------------------------------------------------

    def extent(self, most: int) -> int:
        """A size; 0 now and then if extremes are asked for."""
        return 0 if self.extreme and self.choose(8) == 7 else self.some(1, most)

    def numbers(self, shape: tuple[int, ...], element: Any) -> Any:
        dtype = dtype_of(element)
        if self.extreme and self.choose(2):
            return self.random.choice(EXTREMES[dtype.kind], shape).astype(dtype)
        least = 0 if dtype.kind in "bu" else -2
        return self.random.integers(least, 2 if dtype.kind == "b" else 3, shape).astype(dtype)

    def argument(self, type: Any, value: Any) -> Value:
        self.arguments.append(value)
        return self.block.add_arg(type)

    def size(self, n: int) -> int | Value:
        """A size, offset or stride as a number or as an argument."""
        return n if self.choose(3) else self.argument(index, n)

    def tensor(self, shape: tuple[int, ...], element: Any = None) -> Value:
        """A fresh argument; some of its sizes are not known."""
        element = element or self.element
        sizes = tuple(n if self.choose(3) else None for n in shape)
        value = self.argument(TensorType(sizes, element), self.numbers(shape, element))
        return self.made(value, shape)

    def scalar(self, element: Any) -> Value:
        return self.argument(
            element,
            self.numbers((), element).item()
            if element.__class__ is not FloatType
            else float(self.random.integers(-2, 3)),
        )

    def made(self, value: Value, shape: Any) -> Value:
        self.shapes[value] = tuple(shape)
        return value

    def empty(self, shape: Any, element: Any = None) -> Value:
        sizes = [self.size(n) for n in shape]
        known = tuple(n if isinstance(n, int) else None for n in sizes)
        unknown = [n for n in sizes if not isinstance(n, int)]
        type = TensorType(known, element or self.element)
        return self.made(self.builder.empty(type, unknown), shape)

    def like(self, shape: Any, sizes: Any) -> Value:
        """An empty tensor of which the very sizes are known that are in the type's `sizes`."""
        unknown = [self.argument(index, n) for n, size in zip(shape, sizes) if size is None]
        known = tuple(n if size is not None else None for n, size in zip(shape, sizes))
        empty = self.builder.empty(TensorType(known, self.element), unknown)
        return self.made(empty, shape)

    def start(self, shape: Any, element: Any = None, sizes: Any = None) -> Value:
        """What a sum starts with: numbers, or one number everywhere."""
        if sizes is not None:
            known = tuple(n if size is not None else None for n, size in zip(shape, sizes))
            type = TensorType(known, element or self.element)
            return self.made(
                self.argument(type, self.numbers(tuple(shape), type.element)), tuple(shape)
            )
        element = element or self.element
        there = self.there(shape, element or self.element)
        if there and self.choose(2):
            return there[self.choose(len(there))]
        if self.choose(2):
            return self.tensor(tuple(shape), element)
        out = self.empty(shape, element)
        return self.made(self.builder.fill(self.scalar(element), out), shape)

    def there(self, shape: Any, element: Any) -> list[Value]:
        """The tensors that have a content and this shape."""
        return [
            value
            for value, have in self.shapes.items()
            if have == tuple(shape) and value.type.element == element and not is_empty(value)
        ]

    def shaped(self, rank: int | None = None, least: int = 1) -> Value:
        """A tensor that is there already, or a fresh one, of a rank."""
        fits = [
            value
            for value, shape in self.shapes.items()
            if value.type.element == self.element
            and (rank is None or len(shape) == rank)
            and len(shape) >= least
            and not is_empty(value)
        ]
        if fits and self.choose(4):
            return fits[len(fits) - 1 - self.choose(min(len(fits), 3))]
        rank = self.some(max(least, 1), 3) if rank is None else rank
        return self.tensor(tuple(self.extent(4) for _ in range(rank)))

    # operations -------------------------------------------------------------------------------

    def elementwise(self) -> None:
        x = self.shaped(least=0)
        name = "arith.addf" if isinstance(self.element, FloatType) else "arith.addi"
        self.made(self.builder.binary(name, x, x), self.shapes[x])

    def transpose(self) -> None:
        x = self.shaped()
        axes = self.order(x.type.rank)
        shape = [self.shapes[x][axis] for axis in axes]
        out = self.like(shape, [x.type.shape[axis] for axis in axes])
        self.made(self.builder.transpose(x, out, axes), shape)

    def broadcast(self) -> None:
        x = self.shaped(least=0)
        shape, sizes = list(self.shapes[x]), list(x.type.shape)
        axes = []
        for _ in range(self.some(1, 2)):
            at, n = self.some(0, len(shape)), self.extent(3)
            shape.insert(at, n)
            sizes.insert(at, n if self.choose(2) else None)
            axes = [axis + (axis >= at) for axis in axes] + [at]
        self.made(self.builder.broadcast(x, self.like(shape, sizes), axes), shape)

    def reshape(self) -> None:
        """A collapse of neighbours, and then an expansion of the first group by what it had."""
        x = self.shaped(least=2)
        shape = self.shapes[x]
        cut = self.some(1, len(shape) - 1)
        at = self.some(0, cut - 1)
        groups = [[a] for a in range(at)] + [list(range(at, cut + 1))]
        groups += [[a] for a in range(cut + 1, len(shape))]
        sizes = [int(np.prod([shape[a] for a in group])) for group in groups]
        types = x.type.shape
        known = [
            n if all(isinstance(types[a], int) for a in group) else None
            for n, group in zip(sizes, groups)
        ]
        type = TensorType(tuple(known), self.element)
        y = self.made(self.builder.collapse_shape(x, groups, type), sizes)
        if self.choose(2):
            z = self.made(self.builder.binary(self.maximum(), y, y), sizes)
            unknown = [self.argument(index, n) for n, t in zip(shape, types) if t is None]
            self.made(self.builder.expand_shape(z, groups, x.type, unknown), shape)

    def maximum(self) -> str:
        if isinstance(self.element, FloatType):
            return "arith.maximumf"
        return "arith.ori"

    def slice(self, shape: tuple[int, ...]) -> tuple[list, list, list, list[int]]:
        offsets, sizes, strides = [], [], []
        for n in shape:
            offset = self.some(0, n - 1)
            stride = self.some(1, 2)
            offsets.append(offset)
            strides.append(stride)
            sizes.append(self.extent((n - 1 - offset) // stride + 1))
        return offsets, sizes, strides, [a for a, n in enumerate(sizes) if n == 1]

    def extract_slice(self) -> None:
        x = self.shaped()
        if 0 in self.shapes[x]:  # there is no element to begin at
            return
        offsets, sizes, strides, ones = self.slice(self.shapes[x])
        drop = [axis for axis in ones if self.choose(2)]
        mixed = [n if axis in drop else self.size(n) for axis, n in enumerate(sizes)]
        lists = [[self.size(n) for n in offsets], mixed, [self.size(n) for n in strides]]
        shape = [n for axis, n in enumerate(sizes) if axis not in drop]
        self.made(self.builder.extract_slice(x, *lists, drop=drop), shape)

    def insert_slice(self) -> None:
        x = self.shaped()
        if 0 in self.shapes[x]:
            return
        offsets, sizes, strides, _ = self.slice(self.shapes[x])
        part = self.tensor(tuple(sizes))
        types = part.type.shape
        mixed = [n if t is not None else self.argument(index, n) for n, t in zip(sizes, types)]
        lists = [[self.size(n) for n in offsets], mixed, [self.size(n) for n in strides]]
        self.made(self.builder.insert_slice(part, x, *lists), self.shapes[x])

    def concat(self) -> None:
        x = self.shaped()
        axis = self.choose(x.type.rank)
        other = list(self.shapes[x])
        other[axis] = self.extent(3)
        parts = [x, self.tensor(tuple(other)), x][: self.some(1, 3)]
        shape = list(self.shapes[x])
        shape[axis] = sum(self.shapes[part][axis] for part in parts)
        self.made(self.builder.concat(parts, axis), shape)

    def pad(self) -> None:
        x = self.shaped(least=0)
        around = [(self.some(0, 2), self.some(0, 2)) for _ in self.shapes[x]]
        low, high = [[self.size(pair[side]) for pair in around] for side in (0, 1)]
        shape = [n + a + b for n, (a, b) in zip(self.shapes[x], around)]
        self.made(self.builder.pad(x, low, high, self.scalar(self.element)), shape)

    def wide(self) -> Any:
        wider = WIDER.get(self.element)
        return wider if wider and self.choose(2) else self.element

    def matmul(self) -> None:
        x = self.shaped(2)
        (n, k), m = self.shapes[x], self.extent(3)
        element = self.wide()
        if check_extension("", self.element, element) and not isinstance(element, IndexType):
            return
        out, other = self.start((n, m), element), (self.element, element)[self.choose(2)]
        self.made(self.builder.matmul(x, self.tensor((k, m), other), out), (n, m))

    def batch_matmul(self) -> None:
        x = self.shaped(3)
        (b, n, k), m = self.shapes[x], self.extent(3)
        element = self.wide()
        if not check_extension("", self.element, element):
            out = self.start((b, n, m), element)
            self.made(self.builder.batch_matmul(x, self.tensor((b, k, m)), out), (b, n, m))

    def windows(self) -> tuple[Value, tuple[int, int], dict[str, Any], tuple[int, ...]]:
        window, strides, dilations = [
            (self.some(1, most), self.some(1, most)) for most in (3, 2, 2)
        ]
        out = (self.some(1, 3), self.some(1, 3))
        image = [
            (o - 1) * s + (w - 1) * d + 1 + self.choose(s)
            for o, w, s, d in zip(out, window, strides, dilations)
        ]
        x = self.tensor((self.extent(2), *image, self.extent(3)))
        return x, window, {"strides": strides, "dilations": dilations}, out

    def convolution(self) -> None:
        x, window, options, out = self.windows()
        batch, *_, c = self.shapes[x]
        element = self.wide()
        if check_extension("", self.element, element):
            return
        if self.choose(2):
            shape = (batch, *out, c)
            filter = self.tensor((*window, c))
        else:
            features = self.extent(3)
            shape = (batch, *out, features)
            filter = self.tensor((*window, c, features))
        start = self.start(shape, element)
        self.made(self.builder.conv_2d(x, filter, start, **options), shape)

    def pooling(self) -> None:
        x, window, options, out = self.windows()
        batch, *_, c = self.shapes[x]
        kind = ("max", "sum", "max_unsigned")[self.choose(3)]
        shape = (batch, *out, c)
        signed = self.element == dtype_unsigned() and kind == "max"
        whole = isinstance(self.element, FloatType) or self.element == i1
        if isinstance(self.element, IndexType) or signed or (kind == "max_unsigned" and whole):
            return
        start, tensor = self.start(shape, self.wide()), self.empty(window)
        self.made(self.builder.pooling(kind, x, tensor, start, **options), shape)

    def reduce(self) -> None:
        x = self.shaped()
        axes = [axis for axis in range(x.type.rank) if self.choose(2)]
        shape = [n for axis, n in enumerate(self.shapes[x]) if axis not in axes]
        element = self.wide()
        if isinstance(element, FloatType):
            name = ("arith.addf", "arith.maximumf", "arith.minimumf")[self.choose(3)]
        else:
            name = ("arith.addi", "arith.maxui", "arith.xori", "arith.andi")[self.choose(4)]
        sizes = [n for axis, n in enumerate(x.type.shape) if axis not in axes]
        out = self.start(shape, element, sizes)
        self.made(self.builder.reduce(name, x, out, axes), shape)

    def gather(self) -> None:
        table = self.shaped()
        ids = self.shapes[table][0]
        shape = [self.extent(3) for _ in range(self.choose(3))]
        if not ids:
            return
        numbers = self.random.integers(0, ids, shape).astype("int64")
        type = (i64, index)[self.choose(2)]
        which = self.argument(TensorType(tuple(shape), type), numbers)
        out = [*shape, *self.shapes[table][1:]]
        self.made(self.builder.gather(table, which, self.empty(out)), out)

    def iota(self) -> None:
        shape = [self.extent(3) for _ in range(self.some(1, 3))]
        if not isinstance(self.element, FloatType):
            axis = self.choose(len(shape))
            self.made(self.builder.iota(self.empty(shape), axis), shape)

    def argmax(self) -> None:
        x = self.shaped()
        axis = self.choose(x.type.rank)
        shape = [n for a, n in enumerate(self.shapes[x]) if a != axis]
        best, where = self.start(shape), self.start(shape, (i64, i32, index)[self.choose(3)])
        for result in self.builder.argmax(x, best, where, axis):
            self.made(result, shape)

    def general(self) -> None:
        """A generic of maps that no named operation has: backwards, a diagonal, a convolution."""
        x = self.shaped(2)
        n, m = self.shapes[x]
        known = x.type.shape
        if not all(isinstance(size, int) and size for size in known):
            return
        maps = [((-1, 0, n - 1), (0, -1, m - 1)), ((1, 0, 0), (0, 1, 0))]
        iterators, shape = ["parallel"] * 2, (n, m)
        if n == m and self.choose(2):
            maps, iterators, shape = [((1, 0), (1, 0)), ((1, 0),)], ["parallel"], (n,)
        elif n >= m and self.choose(2):
            maps, shape = [((1, 1, 0), (0, 1, 0)), ((1, 0, 0),)], (n - m + 1,)
            iterators = ["parallel", "reduction"]
        out = self.start(shape)
        self.made(self.builder.generic([x], [out], maps, iterators, self.body())[0], shape)

    def turned(self) -> None:
        """A generic whose output has its dimensions in another order than the loops."""
        x = self.shaped(3)
        order = self.order(3)
        summed = self.choose(4)  # perhaps one of the loops
        kept = [axis for axis in order if axis != summed]
        iterators = ["reduction" if axis == summed else "parallel" for axis in range(3)]
        shape = [self.shapes[x][axis] for axis in kept]
        maps = [projection(range(3), 3), projection(kept, 3)]
        generic = self.builder.generic
        self.made(generic([x], [self.start(shape)], maps, iterators, self.body())[0], shape)

    def body(self) -> Any:
        """What goes on from the output: by a product with a value, or one of the output's own."""
        names = ("arith.mulf", "arith.addf")
        names = names if isinstance(self.element, FloatType) else ("arith.muli", "arith.addi")
        name, itself = names[self.choose(2)], self.choose(3) == 0

        def body(b: Builder, value: Value, old: Value) -> Value:
            other = b.binary(self.maximum(), value, old if itself else value)
            return b.binary(name, old, other)

        return body


def is_empty(value: Any) -> bool:
    return getattr(value, "op", None) is not None and value.op.name == "tensor.empty"


def dtype_unsigned() -> Any:
    from tern.types import u8

    return u8


OPERATIONS = [
    name
    for name, function in vars(_Writer).items()
    if callable(function)
    and not name.startswith("_")
    and function.__code__.co_argcount == 1
    and name not in ("body", "maximum", "wide", "windows")
]


@st.composite
def tensor_programs(
    draw: Any, element: Any, operations: int = 4, only: str | None = None
) -> Program:
    """The programs of `tensor_program`, as Hypothesis draws them."""
    return tensor_program(lambda n: draw(st.integers(0, n - 1)), element, operations, only)


def tensor_program(
    choose: Choose,
    element: Any,
    operations: int = 4,
    only: str | None = None,
    extreme: bool = False,
) -> Program:
    """A program of up to so many operations on an element type, the last one of them returned.

    An `extreme` one has empty dimensions, and numbers at which something changes: NaN, infinities,
    the least integer."""
    writer = _Writer(choose, element, extreme)
    writer.shaped()
    for _ in range(writer.some(1, operations)):
        getattr(writer, only or OPERATIONS[choose(len(OPERATIONS))])()
    found = [value for value in writer.shapes if not is_empty(value)]
    results = found[-1:] if not choose(2) else [*found[-2:], found[0]]
    writer.builder.ret(results)
    inputs = tuple(arg.type for arg in writer.block.args)
    type = FunctionType(inputs, tuple(value.type for value in results))
    writer.func.attributes["function_type"] = type
    module = new_module()
    module.body.blocks[0].append(writer.func)
    return Program(
        module,
        writer.arguments,
        [writer.shapes[value] for value in results],
        [value.type.element for value in results],
    )


ELEMENTS = SCALARS
"""The element types of programs."""


def any_program(rng: Random, operations: int = 4) -> Program:
    """A program on any element type, half of the time an extreme one."""
    return tensor_program(
        rng.randrange, rng.choice(ELEMENTS), operations, extreme=rng.random() < 0.5
    )


def close(have: Any, want: Any) -> bool:
    """Equal, or for floating-point numbers as near as sums in another order can be."""
    if have.dtype.name not in ("float16", "bfloat16", "float32", "float64"):
        return np.array_equal(have, want)
    bits = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}[have.dtype.name]
    have, want = have.astype("float64"), want.astype("float64")
    finite = np.abs(want)[np.isfinite(want)]
    scale = max(1.0, float(np.max(finite, initial=0.0)))
    return np.allclose(have, want, rtol=0, atol=scale * 2.0 ** (4 - bits), equal_nan=True)
