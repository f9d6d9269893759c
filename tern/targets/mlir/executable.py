"""What a function is made of before MLIR's own passes can bring it down and run it.

Its meaning stays. A conversion from f64 to 16 bits rounds by way of f32, to odd, because no C
library has it; a slice that loses some of several sizes of 1 says which, because MLIR's passes
guess.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tern.ir import Builder, Operation, Value, functions, replace_uses
from tern.ir.dialects.forms import element_of, same_shape_of
from tern.ir.dialects.slice_arrays import dropped_axes
from tern.types import FloatType, TensorType, f32, f64, i32


def make_executable(root: Operation) -> None:
    """Rewrite a module or a function in place. O(operations)."""
    for func in functions(root) if root.name == "builtin.module" else [root]:
        replaced: dict[Value, Value] = {}
        for block in [
            block for op in func.walk() for region in op.regions for block in region.blocks
        ]:
            before, block.operations = block.operations, []
            builder = Builder(block)
            for op in before:
                builder.location = op.location
                rewrite = _REWRITES.get(op.name)
                made = rewrite(builder, op) if rewrite is not None else None
                if made is None:
                    block.append(op)
                else:
                    replaced[op.results[0]] = made
        replace_uses(func, replaced)


def _narrow(b: Builder, op: Operation) -> Value | None:
    """f64 to 16 bits: to f32 toward zero, with the last bit set if that lost anything, and then to
    the nearest. f32 has more than two bits more than either format: so it is rounded once."""
    value, type = op.operands[0], op.results[0].type
    narrow = element_of(type)
    if element_of(value.type) != f64 or not isinstance(narrow, FloatType) or narrow.width != 16:
        return None
    single, bits = (same_shape_of(each, value.type) for each in (f32, i32))
    near = b.cast("arith.truncf", value, single)
    back = b.cast("arith.extf", near, value.type)
    sizes = [b.unary("math.absf", each) for each in (back, value)]
    above = b.cast("arith.extui", b.compare("ogt", *sizes), bits)
    lost = b.cast("arith.extui", b.compare("one", back, value), bits)
    pattern = b.cast("arith.bitcast", near, bits)
    odd = b.binary("arith.ori", b.binary("arith.subi", pattern, above), lost)
    return b.cast("arith.truncf", b.cast("arith.bitcast", odd, single), type)


def _groups(sizes: list[Any], dropped: list[int]) -> list[list[int]]:
    """How a shape is grouped so that the dimensions `dropped` go."""
    kept = [axis for axis in range(len(sizes)) if axis not in dropped]
    if not kept:
        return []
    starts = [0, *kept[1:]]
    return [list(range(a, b)) for a, b in zip(starts, [*starts[1:], len(sizes)])]


def _ambiguous(op: Operation, type: TensorType) -> list[list[int]] | None:
    """The groups by which a slice loses dimensions, if its sizes alone do not say which."""
    sizes = list(op.attributes["static_sizes"])
    dropped = dropped_axes(sizes, type.shape)
    return _groups(sizes, dropped) if dropped and len(dropped) < sizes.count(1) else None


def _whole(sizes: Any, element: Any) -> TensorType:
    return TensorType(tuple(s if isinstance(s, int) else None for s in sizes), element)


def _extract(b: Builder, op: Operation) -> Value | None:
    type: Any = op.results[0].type
    groups = _ambiguous(op, type)
    if groups is None:
        return None
    whole = _whole(op.attributes["static_sizes"], type.element)
    part = b.op(op.name, op.operands, [whole], op.attributes).result
    return b.collapse_shape(part, groups, type)


def _insert(b: Builder, op: Operation) -> Value | None:
    part, into, *given = op.operands
    type: Any = part.type
    groups = _ambiguous(op, type)
    if groups is None:
        return None
    offsets = sum(not isinstance(each, int) for each in op.attributes["static_offsets"])
    sizes = op.attributes["static_sizes"]
    unknown = given[offsets : offsets + sum(not isinstance(size, int) for size in sizes)]
    wide = b.expand_shape(part, groups, _whole(sizes, type.element), unknown)
    return b.op(op.name, [wide, into, *given], [op.results[0].type], op.attributes).result


_REWRITES: dict[str, Callable[[Builder, Operation], Value | None]] = {
    "arith.truncf": _narrow,
    "tensor.extract_slice": _extract,
    "tensor.insert_slice": _insert,
}

BF16 = """\
  llvm.func @__truncsfbf2(%a: f32) -> bf16 {
    %bits = llvm.bitcast %a : f32 to i32
    %sixteen = llvm.mlir.constant(16 : i32) : i32
    %one = llvm.mlir.constant(1 : i32) : i32
    %half = llvm.mlir.constant(32767 : i32) : i32
    %quiet = llvm.mlir.constant(4194304 : i32) : i32
    %high = llvm.lshr %bits, %sixteen : i32
    %odd = llvm.and %high, %one : i32
    %more = llvm.add %odd, %half : i32
    %up = llvm.add %bits, %more : i32
    %nan = llvm.or %bits, %quiet : i32
    %is_nan = llvm.fcmp "uno" %a, %a : f32
    %chosen = llvm.select %is_nan, %nan, %up : i1, i32
    %short = llvm.lshr %chosen, %sixteen : i32
    %pattern = llvm.trunc %short : i32 to i16
    %result = llvm.bitcast %pattern : i16 to bf16
    llvm.return %result : bf16
  }
"""
"""What LLVM calls on processors that know no bf16, as it passes one; no C library has it."""


def with_library(text: str) -> str:
    """A module in the dialect llvm, with the function that it may call besides."""
    if "bf16" not in text:
        return text
    head, brace, rest = text.rstrip().rpartition("}")
    return f"{head}{BF16}{brace}{rest}\n"
