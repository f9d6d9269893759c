"""Machine code of functions of loops over buffers, called with NumPy arrays as they are."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from tern.ir import Operation, Value
from tern.ir.arrays import dtype_of
from tern.ir.dialects.affine import STORES
from tern.numbers import float_bits
from tern.targets.bounds import buffer_shapes
from tern.targets.notes import raise_noted, root_of
from tern.targets.parameters import Layout, Parameter, allocated
from tern.targets.runtime import CompiledLoops
from tern.types import MemRefType, bf16


@dataclass
class Variant:
    """Machine code for arrays of a layout.

    `run` is it: it takes a number for each of the parameters `takes`, and gives its note.
    """

    run: Callable[[Sequence[Any]], np.ndarray]
    takes: list[Parameter]


@dataclass
class NativeLoops(CompiledLoops):
    """A function of loops as machine code.

    `parts` are the functions it is made of, itself last, and `compile` gives the code for arrays
    of a layout.
    """

    entry: Callable[..., Any] = field(init=False, repr=False)
    parts: list[Operation] = field(repr=False)
    compile: Callable[[Layout], Variant] = field(repr=False)
    strided: bool = True  # whether it can be compiled for arrays that are not contiguous
    _variants: dict[Layout, Variant] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.entry = self.run
        self.main = self.parts[-1]
        self.scratch = Scratch(self.main)
        args = self.main.body.only_block.args
        self.order = {arg: number for number, arg in enumerate(args)}
        self.arrays = [n for n, arg in enumerate(args) if isinstance(arg.type, MemRefType)]
        self.written = written = _written(self.parts)
        self.vectors = any(_is_of_vectors(part) for part in self.parts)
        self.pairs = [
            (a, b)
            for a, b in combinations(self.arrays, 2)
            if args[a] in written or args[b] in written
        ]

    def variant(self, layout: Layout) -> Variant:
        """Machine code for a layout, compiled when it is first asked for."""
        if layout not in self._variants:
            self._variants[layout] = self.compile(layout)
        return self._variants[layout]

    def run(self, *given: Any) -> None:
        """Call the machine code that fits the arguments, which have been checked."""
        dense = True
        for number in self.arrays:
            flags = given[number].flags
            dense = dense and flags.c_contiguous and flags.aligned
        addresses = [address(a) if isinstance(a, np.ndarray) else a for a in given]
        separate = not (self.meet(given, addresses) if dense else self.overlap(given))
        if (self.vectors and not (dense and separate)) or not (dense or self.strided):
            self.run_on_copies(given)
            return
        variant = self.variant(Layout(dense, separate))
        scratch = self.scratch.addresses_of(given)
        numbers = [self.number(each, given, addresses, scratch) for each in variant.takes]
        note = variant.run(numbers)
        if note[0]:
            raise_noted(note, root_of(self.main))

    def overlap(self, given: Sequence[Any]) -> bool:
        """Whether an argument that is written may overlap with another."""
        return any(np.may_share_memory(given[a], given[b]) for a, b in self.pairs)

    def meet(self, given: Sequence[Any], addresses: Sequence[int]) -> bool:
        """The same, of arrays whose elements lie together: by where they begin and end."""
        for a, b in self.pairs:
            start, other = addresses[a], addresses[b]
            if start < other + given[b].nbytes and other < start + given[a].nbytes:
                return True
        return False

    def run_on_copies(self, given: Sequence[Any]) -> None:
        """Run on arrays that are contiguous and apart, as vectors of elements must be."""
        copies = [np.array(a, order="C") if isinstance(a, np.ndarray) else a for a in given]
        self.run(*copies)
        args = self.main.body.only_block.args
        for number in self.arrays:
            if args[number] in self.written:
                given[number][...] = copies[number]

    def number(
        self,
        parameter: Parameter,
        given: Sequence[Any],
        addresses: Sequence[Any],
        scratch: dict[Value, int],
    ) -> Any:
        """What is passed as one parameter."""
        value = parameter.value
        match parameter.kind:
            case "scratch":
                return scratch[value]
            case "size":
                return given[self.order[value]].shape[parameter.axis]
            case "stride":
                return given[self.order[value]].strides[parameter.axis]
        number = addresses[self.order[value]]
        return float_bits(number, bf16) if value.type == bf16 else number


class Scratch(threading.local):
    """Memory for what a function allocates. Each thread keeps that of its latest call, for one with
    equal shapes: the system gives new memory page by page, as it is first touched."""

    def __init__(self, func: Operation) -> None:
        self.func, self.buffers = func, allocated(func)
        self.key: tuple | None = None
        self.arrays: dict[Value, np.ndarray] = {}
        self.addresses: dict[Value, int] = {}

    def of(self, given: Sequence[Any]) -> dict[Value, np.ndarray]:
        """An array for each buffer, in a call with these arguments."""
        key = tuple(getattr(arg, "shape", arg) for arg in given)
        if self.buffers and key != self.key:
            shapes = buffer_shapes(self.func, given, self.buffers)
            self.arrays = {
                buffer: aligned(shape, dtype_of(buffer.type.element))
                for buffer, shape in zip(self.buffers, shapes)
            }
            self.addresses = {buffer: address(array) for buffer, array in self.arrays.items()}
            self.key = key
        return self.arrays

    def addresses_of(self, given: Sequence[Any]) -> dict[Value, int]:
        """Where they are."""
        self.of(given)
        return self.addresses


_NOTHING = ctypes.c_char * 0


def address(array: np.ndarray) -> int:
    """Where an array's elements are: `array.ctypes.data`, sooner, for many kernels take no longer
    than that does. (A buffer has no name for a bfloat16.)"""
    if array.dtype.kind in "biuf" and array.flags.writeable and array.flags.c_contiguous:
        return ctypes.addressof(_NOTHING.from_buffer(array))
    return array.ctypes.data


LINE = 64
"""Bytes of a cache line."""


def aligned(shape: tuple[int, ...], dtype: np.dtype, to: int = LINE) -> np.ndarray:
    """An array that begins where a cache line does, so that a vector of it is in one line; or at
    another multiple of bytes."""
    bytes = int(np.prod(shape)) * dtype.itemsize
    room = np.empty(bytes + to, np.uint8)
    start = -room.ctypes.data % to
    return room[start : start + bytes].view(dtype).reshape(shape)


def _is_of_vectors(func: Operation) -> bool:
    return any(op.name.startswith("affine.vector_") for op in func.walk())


def _written(parts: Sequence[Operation]) -> set[Value]:
    """The buffers of the last part, and of the others, that something is stored to."""
    found: set[Value] = set()
    args = {part.attributes["sym_name"]: part.body.only_block.args for part in parts}
    for part in parts:  # the callees come first
        for op in part.walk():
            if op.name in STORES or op.name == "memref.store":
                found.add(op.operands[1])
            elif op.name == "func.call":
                callee = args[op.attributes["callee"]]
                found |= {v for arg, v in zip(callee, op.operands) if arg in found}
    return found
