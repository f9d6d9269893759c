"""Conversions that tern has: index as i64, and sums of 16-bit floats in 32 bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tern.ir import Operation, Value
from tern.ir.dialects.forms import element_of, same_shape_of
from tern.rewrite.conversion import Conversion, ConversionError, Converter, convert
from tern.types import (
    FloatType,
    FunctionType,
    IndexType,
    MemRefType,
    TensorType,
    Type,
    VectorType,
    bf16,
    f16,
    f32,
    i64,
)

# index as i64 -------------------------------------------------------------------------------------


def _as_i64(type: Type) -> Type:
    if isinstance(type, (TensorType, VectorType, MemRefType)):
        return replace(type, element=_as_i64(type.element))  # type: ignore[arg-type]
    if isinstance(type, FunctionType):
        return FunctionType(*(tuple(map(_as_i64, each)) for each in (type.inputs, type.results)))
    return i64 if isinstance(type, IndexType) else type


def _has_no_index(op: Operation) -> bool | None:
    """Of arith, func, and cf there are to be no index numbers. Other dialects take nothing else."""
    if not op.name.startswith(("arith.", "func.", "cf.")):
        return None
    types = [value.type for value in (*op.operands, *op.results)]
    types += [arg.type for region in op.regions for block in region.blocks for arg in block.args]
    types += [arg.type for block, _ in op.successors for arg in block.args]
    types += [op.attributes[name] for name in ("function_type",) if name in op.attributes]
    return all(_as_i64(type) == type for type in types)


def _same(op: Operation, operands: list[Value], at: Converter) -> Sequence[Value]:
    """The operation itself, in the new types."""
    type = op.attributes.get("function_type")
    return at.write(
        op, at.type, {**op.attributes, "function_type": at.type(type)} if type else None
    )


def _cast(op: Operation, operands: list[Value], at: Converter) -> Sequence[Value]:
    """A cast from or to index, as one between integers."""
    (value,), new = operands, at.type(op.result.type)
    before, after = (element_of(type).width for type in (value.type, new))  # type: ignore[union-attr]
    if before == after:
        return [value]
    unsigned = op.name.endswith("ui")
    name = "trunci" if after < before else "extui" if unsigned else "extsi"
    return at.convert(Operation(f"arith.{name}", [value], [new], location=op.location))


_KEPT = """addi subi muli divsi divui remsi remui maxsi maxui minsi minui andi ori xori shli shrsi
    shrui cmpi select constant""".split()

INDEX_AS_I64 = Conversion(
    "index-as-i64",
    _has_no_index,
    _as_i64,
    {
        **{f"arith.{name}": _same for name in _KEPT},
        **{f"func.{name}": _same for name in ("func", "call", "return")},
        **{f"cf.{name}": _same for name in ("br", "cond_br")},
        "arith.index_cast": _cast,
        "arith.index_castui": _cast,
    },
    lambda old, new: "arith.index_cast",
)
"""What machines do: an index is a number of 64 bits. Memory and tensors still ask for an index."""

# floats of 16 bits --------------------------------------------------------------------------------

_ROUNDED = frozenset(
    f"arith.{name}" for name in "addf subf mulf divf negf maximumf minimumf cmpf".split()
)
"""In 32 bits, and then rounded to 16, these give what they give in 16: 24 bits of fraction are at
least twice 11, and two more (Figueroa, "When is double rounding innocuous?", 1995)."""


def _is_half(type: Type) -> bool:
    return element_of(type) in (f16, bf16)


def _not_in_half(op: Operation) -> bool:
    return op.name not in _ROUNDED or not any(_is_half(value.type) for value in op.operands)


def _in_single(op: Operation, operands: list[Value], at: Converter) -> Sequence[Value]:
    wide = []
    for value in operands:
        type = same_shape_of(f32, value.type)
        wide += at.convert(Operation("arith.extf", [value], [type], location=op.location))
    half = isinstance(element_of(op.result.type), FloatType)
    type = same_shape_of(f32, op.result.type) if half else op.result.type
    found = at.convert(Operation(op.name, wide, [type], op.attributes, location=op.location))
    if not half:
        return found
    return at.convert(
        Operation("arith.truncf", list(found), [op.result.type], location=op.location)
    )


HALF_IN_SINGLE = Conversion(
    "half-in-single",
    _not_in_half,
    lambda type: type,
    dict.fromkeys(_ROUNDED, _in_single),
)
"""For a target that loads and stores floats of 16 bits, but computes in 32."""

CONVERSIONS = {each.name: each for each in (INDEX_AS_I64, HALF_IN_SINGLE)}


def apply_conversion(module: Operation, conversion: Conversion) -> None:
    """`convert`, as a pass. ConversionError, and then the module is as it was."""
    if problem := convert(module, conversion):
        raise ConversionError(problem)
