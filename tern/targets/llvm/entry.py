"""How Python calls a function in LLVM IR: through one pointer, to slots of eight bytes.

The entry of a function, a function of its own, loads the arguments from slots, calls, and stores
the results in the slots behind them. So Python needs no foreign type but a pointer.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tern.ir import Operation, check_scalar
from tern.numbers import float_bits, float_of_bits
from tern.targets.llvm.calls import STACK, results_text
from tern.targets.llvm.text import memory_text, type_text
from tern.targets.notes import WORDS, raise_noted
from tern.targets.runtime import Compiled
from tern.types import Type, bf16, i1, own_spelling

_CODES = {
    "i1": "?", "i8": "b", "u8": "B", "i32": "i", "i64": "q", "index": "q",
    "f16": "e", "bf16": "H", "f32": "f", "f64": "d",
}  # fmt: skip


def entry_text(name: str, parameters: Sequence[Type], results: Sequence[Type], note: bool) -> str:
    """`@name.entry(ptr %slots)`: a slot for each parameter and result, and then those of a note.

    The slot of a buffer has its address.
    """
    lines, arguments = [], []
    for number, type in enumerate(parameters):
        lines.append(f"%slot.{number} = getelementptr i64, ptr %slots, i64 {number}")
        lines.append(f"%arg.{number} = load {memory_text(type)}, ptr %slot.{number}")
        if type == i1:
            lines.append(f"%bit.{number} = trunc i8 %arg.{number} to i1")
        arguments.append(f"{type_text(type)} %{'bit' if type == i1 else 'arg'}.{number}")
    first = len(parameters)
    if note:
        lines += [
            f"%note = getelementptr i64, ptr %slots, i64 {first + len(results)}",
            "%limit = getelementptr i64, ptr %note, i64 1",
            "%frame = call ptr @llvm.frameaddress.p0(i32 0)",
            "%here = ptrtoint ptr %frame to i64",
            f"%lowest = sub i64 %here, {STACK}",
            "store i64 %lowest, ptr %limit",
        ]
        arguments.append("ptr %note")
    called = f"call {results_text(results)} @{name}({', '.join(arguments)})"
    lines.append(f"%result = {called}" if results else called)
    for number, type in enumerate(results):
        value = "%result"
        if len(results) > 1:
            value = f"%value.{number}"
            lines.append(f"{value} = extractvalue {results_text(results)} %result, {number}")
        if type == i1:
            lines.append(f"%byte.{number} = zext i1 {value} to i8")
            value = f"%byte.{number}"
        lines.append(f"%out.{number} = getelementptr i64, ptr %slots, i64 {first + number}")
        lines.append(f"store {memory_text(type)} {value}, ptr %out.{number}")
    body = "\n".join(f"  {line}" for line in [*lines, "ret void"])
    return f"define void @{name}.entry(ptr %slots) {{\n{body}\n}}\n"


def slot_format(type: Type) -> str:
    """How `struct` writes a number of the type, or an address, to the eight bytes of a slot."""
    code = _CODES[own_spelling(type)] if own_spelling(type) in _CODES else "q"
    return f"{code}{8 - struct.calcsize(f'<{code}')}x"


def address(array: np.ndarray) -> int:
    """Where an array's elements begin. Valid as long as the array is there."""
    return array.ctypes.data


def packed(value: Any, type: Type) -> bytes:
    """A number of the type as the eight bytes of a slot."""
    number = float_bits(value, bf16) if type == bf16 else value
    return struct.pack(f"<{_CODES[own_spelling(type)]}", number).ljust(8, b"\0")


def unpacked(slot: bytes, type: Type) -> Any:
    """The number of the type in a slot, as the interpreter has it."""
    (number,) = struct.unpack_from(f"<{_CODES[own_spelling(type)]}", slot)
    return float_of_bits(number, bf16) if type == bf16 else number


@dataclass
class CompiledScalars(Compiled):
    """A function of scalars. Takes Python's numbers, and gives a number, or a tuple of several.

    `root` is what the numbers in notes of failures count. EvaluationError where the interpreter
    raises one, TypeError or OverflowError for arguments that are not of the types.
    """

    root: Operation = field(kw_only=True, repr=False)

    def __call__(self, *args: Any) -> Any:
        type = self.func.attributes["function_type"]
        if len(args) != len(type.inputs):
            raise TypeError(f"@{self.__name__} takes {len(type.inputs)} arguments, not {len(args)}")
        given = [packed(check_scalar(a, t), t) for a, t in zip(args, type.inputs)]
        size = 8 * (len(given) + len(type.results) + WORDS)
        slots = bytearray(b"".join(given).ljust(size, b"\0"))
        view = np.frombuffer(slots, np.int64)
        self.entry(view.ctypes.data)
        first, last = len(given), len(given) + len(type.results)
        raise_noted(view[last:], self.root)
        found = tuple(
            unpacked(slots[8 * k : 8 * k + 8], t) for k, t in zip(range(first, last), type.results)
        )
        return found[0] if len(found) == 1 else found
