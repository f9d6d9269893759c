"""Compiling functions of loops over buffers, which are called with NumPy arrays as they are."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from tern.ir import Operation, Value
from tern.ir.arrays import dtype_of
from tern.numbers import float_bits
from tern.targets.bounds import buffer_shapes
from tern.targets.llvm.buffers import Layout, Parameter, allocated, may_leave, parameters
from tern.targets.llvm.calls import function_name
from tern.targets.llvm.entry import entry_text, slot_format
from tern.targets.llvm.guards import WORDS, raise_noted
from tern.targets.llvm.helpers import complete
from tern.targets.llvm.loops import DENSE, emit_loops
from tern.targets.llvm.writer import root_of
from tern.targets.python_source import parts_of
from tern.targets.runtime import CompiledLoops
from tern.types import MemRefType, bf16, i64


def functions_text(parts: Sequence[Operation], layout: Layout = DENSE) -> str:
    """A function of loops that is made of parts, itself last: the others are private."""
    callees = {part.attributes["sym_name"]: part for part in parts[:-1]}
    texts = [emit_loops(part, layout) for part in parts[:-1]]
    private = [re.sub(r"^define ", "define private ", text) for text in texts]
    return "\n".join([*private, emit_loops(parts[-1], layout, callees)])


def compile_loops(func: Operation, level: int = 3, cpu: str = "") -> CompiledNests:
    """A function of loops as machine code, as one that takes arrays and changes them in place.

    It is compiled at once for arrays that are contiguous and overlap with nothing that is written;
    for others when they come. EmitError for what has no form.
    """
    parts = parts_of(func)
    text = functions_text(parts)
    compiled = CompiledNests(func, complete(text), lambda *_: None, parts, level, cpu)
    compiled.variant(DENSE, text)
    return compiled


@dataclass
class Variant:
    """Machine code for arrays of a layout.

    `run` is it, and `takes` its parameters, which `slots` writes one after the other.
    """

    run: Any
    takes: list[Parameter]
    slots: struct.Struct


@dataclass
class CompiledNests(CompiledLoops):
    """What `compile_loops` gives. `parts` are the functions it is made of, itself last."""

    parts: list[Operation] = field(repr=False)
    level: int = 3
    cpu: str = ""
    _variants: dict[Layout, Variant] = field(default_factory=dict, init=False, repr=False)
    _scratch: dict[tuple[Any, ...], list[tuple[int, ...]]] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.entry = self.run
        self.main = self.parts[-1]
        self.buffers = allocated(self.main)
        args = self.main.body.only_block.args
        self.order = {arg: number for number, arg in enumerate(args)}
        self.arrays = [n for n, arg in enumerate(args) if isinstance(arg.type, MemRefType)]
        written = _written(self.parts)
        self.pairs = [
            (a, b)
            for a, b in combinations(self.arrays, 2)
            if args[a] in written or args[b] in written
        ]

    def variant(self, layout: Layout, text: str = "") -> Variant:
        """Machine code for a layout, compiled when it is first asked for, from its text."""
        if layout not in self._variants:
            from tern.targets.llvm.jit import Native

            text = text or functions_text(self.parts, layout)
            takes = parameters(self.main, layout)
            types = [i64 if p.kind in ("size", "stride") else p.value.type for p in takes]
            callees = {part.attributes["sym_name"]: part for part in self.parts[:-1]}
            name = function_name(self.main.attributes["sym_name"])
            entry = entry_text(name, types, (), may_leave(self.main, callees))
            native = Native(complete(f"{text}\n{entry}"), self.level, self.cpu)
            slots = struct.Struct(f"<{''.join(map(slot_format, types))}{8 * WORDS}x")
            self._variants[layout] = Variant(native.pointer(f"{name}.entry"), takes, slots)
        return self._variants[layout]

    def run(self, *given: Any) -> None:
        """Call the machine code that fits the arguments, which have been checked."""
        arrays = [given[n] for n in self.arrays]
        dense = all(a.flags.c_contiguous and a.flags.aligned for a in arrays)
        separate = not any(np.may_share_memory(given[a], given[b]) for a, b in self.pairs)
        variant = self.variant(Layout(dense, separate))
        scratch = dict(zip(self.buffers, self.scratch(given)))
        addresses = [a.ctypes.data if isinstance(a, np.ndarray) else a for a in given]
        slots = bytearray(
            variant.slots.pack(
                *[self.number(each, given, addresses, scratch) for each in variant.takes]
            )
        )
        words = np.frombuffer(slots, np.int64)
        variant.run(words.ctypes.data)
        if words[-WORDS]:
            raise_noted(words[-WORDS:], root_of(self.main))

    def scratch(self, given: Sequence[Any]) -> list[np.ndarray]:
        """Memory for what the function allocates."""
        if not self.buffers:
            return []
        key = tuple(getattr(arg, "shape", arg) for arg in given)
        if key not in self._scratch:
            self._scratch[key] = buffer_shapes(self.main, given, self.buffers)
        dtypes = [dtype_of(buffer.type.element) for buffer in self.buffers]
        return [np.empty(shape, dtype) for shape, dtype in zip(self._scratch[key], dtypes)]

    def number(
        self,
        parameter: Parameter,
        given: Sequence[Any],
        addresses: Sequence[Any],
        scratch: dict[Value, np.ndarray],
    ) -> Any:
        """What is in the slot of one parameter."""
        value = parameter.value
        match parameter.kind:
            case "scratch":
                return scratch[value].ctypes.data
            case "size":
                return given[self.order[value]].shape[parameter.axis]
            case "stride":
                return given[self.order[value]].strides[parameter.axis]
        number = addresses[self.order[value]]
        return float_bits(number, bf16) if value.type == bf16 else number


def _written(parts: Sequence[Operation]) -> set[Value]:
    """The buffers of the last part, and of the others, that something is stored to."""
    found: set[Value] = set()
    args = {part.attributes["sym_name"]: part.body.only_block.args for part in parts}
    for part in parts:  # the callees come first
        for op in part.walk():
            if op.name.endswith(".store"):
                found.add(op.operands[1])
            elif op.name == "func.call":
                callee = args[op.attributes["callee"]]
                found |= {v for arg, v in zip(callee, op.operands) if arg in found}
    return found
