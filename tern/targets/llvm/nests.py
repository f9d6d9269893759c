"""Compiling functions of loops over buffers, which are called with NumPy arrays as they are."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tern.ir import Operation
from tern.targets.facts import Facts
from tern.targets.llvm.buffers import may_leave
from tern.targets.llvm.calls import function_name
from tern.targets.llvm.entry import entry_text, slot_format
from tern.targets.llvm.helpers import complete
from tern.targets.llvm.loops import DENSE, emit_loops
from tern.targets.native_loops import NativeLoops, Variant, address
from tern.targets.notes import WORDS
from tern.targets.parameters import Layout, parameters
from tern.targets.python_source import parts_of
from tern.types import i64


def functions_text(parts: Sequence[Operation], layout: Layout = DENSE) -> str:
    """A function of loops that is made of parts, itself last: the others are private."""
    callees = {part.attributes["sym_name"]: part for part in parts[:-1]}
    texts = [emit_loops(part, layout) for part in parts[:-1]]
    private = [re.sub(r"^define ", "define private ", text) for text in texts]
    return "\n".join([*private, emit_loops(parts[-1], layout, callees)])


def compile_loops(
    func: Operation, level: int = 3, cpu: str = "", facts: Facts = DENSE.facts
) -> NativeLoops:
    """A function of loops as machine code, as one that takes arrays and changes them in place.

    It is compiled at once for arrays that are contiguous and overlap with nothing that is written;
    for others when they come. EmitError for what has no form.
    """
    parts = parts_of(func)
    text = complete(functions_text(parts, replace(DENSE, facts=facts)))

    def compile(layout: Layout) -> Variant:
        return variant(parts, replace(layout, facts=facts), level, cpu)

    compiled = NativeLoops(func, text, parts, compile)
    compiled.variant(DENSE)
    return compiled


def variant(parts: Sequence[Operation], layout: Layout, level: int, cpu: str) -> Variant:
    """Machine code for arrays of a layout, which is called through one pointer."""
    from tern.targets.llvm.jit import Native

    takes = parameters(parts[-1], layout)
    types = [i64 if p.kind in ("size", "stride") else p.value.type for p in takes]
    callees = {part.attributes["sym_name"]: part for part in parts[:-1]}
    name = function_name(parts[-1].attributes["sym_name"])
    entry = entry_text(name, types, (), may_leave(parts[-1], callees))
    native = Native(complete(f"{functions_text(parts, layout)}\n{entry}"), level, cpu)
    slots = struct.Struct(f"<{''.join(map(slot_format, types))}{8 * WORDS}x")
    call = native.pointer(f"{name}.entry")

    def run(numbers: Sequence[Any]) -> np.ndarray:
        words = np.frombuffer(bytearray(slots.pack(*numbers)), np.int64)
        call(address(words))
        return words[-WORDS:]

    return Variant(run, takes)
