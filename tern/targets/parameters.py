"""What a compiled function of loops takes besides its arguments: sizes, strides, memory."""

from __future__ import annotations

from dataclasses import dataclass

from tern.ir import Operation, Value
from tern.targets.facts import Facts
from tern.types import MemRefType


@dataclass(frozen=True)
class Layout:
    """What a text may take for granted of the arrays it gets.

    Attributes:
        dense: rows are contiguous, and elements where their size says. Else a function takes, for
            each axis, its stride in bytes.
        separate: what is written overlaps with nothing else: `noalias`.
        facts: which words of LLVM IR say this, and more that is always so.
    """

    dense: bool = True
    separate: bool = True
    facts: Facts = Facts()


@dataclass(frozen=True)
class Parameter:
    """One parameter of the machine code. `kind` says what of a value of the function it is.

    "value": a number, or the address of a buffer; "size" or "stride" of a buffer's axis; "scratch":
    the address of a buffer that the function allocates, and that the caller brings.
    """

    kind: str
    value: Value
    axis: int = 0


def parameters(func: Operation, layout: Layout) -> list[Parameter]:
    """What a function of loops takes: its arguments in order, then sizes, strides, and scratch.

    Sizes of one name are one parameter.
    """
    arguments = func.body.only_block.args
    found = [Parameter("value", arg) for arg in arguments]
    buffers = [arg for arg in arguments if isinstance(arg.type, MemRefType)]
    named: set[str] = set()
    for buffer in buffers:
        for axis, size in enumerate(buffer.type.shape):
            if not isinstance(size, int) and size not in named:
                named |= {size} if size is not None else set()
                found.append(Parameter("size", buffer, axis))
    if not layout.dense:
        found += [Parameter("stride", b, axis) for b in buffers for axis in range(b.type.rank)]
    return found + [Parameter("scratch", value) for value in allocated(func)]


def allocated(func: Operation) -> list[Value]:
    """The buffers that a function allocates, but for single elements, in order."""
    ops = [op for op in func.walk() if op.name in ("memref.alloc", "memref.alloca")]
    return [op.result for op in ops if op.result.type.shape]
