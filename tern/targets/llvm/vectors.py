"""Vectors in LLVM IR: `<8 x float>`, and what is done with one that is not elementwise."""

from __future__ import annotations

from tern.ir import Operation, Value
from tern.ir.dialects.vector import combining
from tern.targets.errors import EmitError
from tern.targets.llvm.operations import spell
from tern.targets.llvm.text import type_text
from tern.targets.llvm.writer import Writer
from tern.types import Type, VectorType


def vector_operation(writer: Writer, op: Operation) -> None:
    """Lines for an operation of the dialect vector. EmitError if it has no form."""
    texts = [writer[value] for value in op.operands]
    types = [type_text(value.type) for value in op.operands]
    match op.name:
        case "vector.broadcast":
            text = broadcast(writer, op, texts[0])
        case "vector.reduction":
            text = reduction(writer, op, texts[0])
        case "vector.extract":
            text = f"extractelement {types[0]} {texts[0]}, i64 {op.attributes['position']}"
        case "vector.insert":
            lane = op.attributes["position"]
            text = f"insertelement {types[1]} {texts[1]}, {types[0]} {texts[0]}, i64 {lane}"
        case _:
            raise EmitError(f"{op.name} has no form in LLVM IR")
    writer.define(op.result, text)


def broadcast(writer: Writer, op: Operation, value: str) -> str:
    """One number for all lanes: put it in the first, and give every lane the first."""
    vector, element = type_text(op.result.type), type_text(op.operands[0].type)
    first = writer.compute("lane", f"insertelement {vector} poison, {element} {value}, i64 0")
    lanes = op.result.type.shape[0]
    return f"shufflevector {vector} {first}, {vector} poison, <{lanes} x i32> zeroinitializer"


def reduction(writer: Writer, op: Operation, vector: str) -> str:
    """The lanes combined: halves with halves where the order does not count, else one by one."""
    type, element, name = op.operands[0].type, op.result.type, combining(op)
    assert isinstance(type, VectorType)
    (lanes,) = type.shape
    exact = name not in ("arith.addf", "arith.mulf") or "reassoc" in op.attributes.get(
        "fastmath", ()
    )
    if exact and lanes & (lanes - 1) == 0:
        while lanes > 1:
            before, lanes = type_text(VectorType((lanes,), element)), lanes // 2
            low, high = [
                writer.compute("half", f"shufflevector {before} {vector}, {before} poison, {which}")
                for which in (_mask(0, lanes), _mask(lanes, lanes))
            ]
            vector = writer.compute(
                "pair", _combined(name, VectorType((lanes,), element), low, high)
            )
        return f"extractelement {type_text(VectorType((1,), element))} {vector}, i64 0"
    whole = type_text(type)
    parts = [
        writer.compute("part", f"extractelement {whole} {vector}, i64 {lane}")
        for lane in range(lanes)
    ]
    total = parts[0]
    for number, part in enumerate(parts[1:], 2):
        text = _combined(name, element, total, part)
        if number == lanes:
            return text
        total = writer.compute("total", text)
    return f"extractelement {whole} {vector}, i64 0"


def _mask(first: int, count: int) -> str:
    return f"<{count} x i32> <{', '.join(f'i32 {first + n}' for n in range(count))}>"


def _combined(name: str, type: Type, a: str, b: str) -> str:
    return spell(Operation(name, [Value(type), Value(type)], [type]), a, b)
