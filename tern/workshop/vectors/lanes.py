"""Vectors in a Numba kernel, spelled as in MLIR's dialect `vector`: load, store, broadcast, fma.

Numba has no type for a vector register. These are it, in LLVM's words: a value of `<LANES x float>`
that a kernel keeps in a variable. LANES is what this machine's registers hold, so a kernel that is
written with it says no width.

    x = load(A, i, j)            # A[i, j], A[i, j + 1], … A[i, j + LANES - 1]
    y = fma(broadcast(s), x, y)  # s * x + y in each lane
    store(y, C, i, j)

Nothing checks that the elements are there, and no subscript counts from the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic, models, register_model

from tern.cost.machine import this_machine

LANES = this_machine().lanes()


class FloatVector(types.Type):
    """LANES numbers of float32."""

    def __init__(self) -> None:
        super().__init__(name=f"vector<{LANES}xf32>")


VECTOR = FloatVector()
FLOAT, INT = ir.FloatType(), ir.IntType(32)
REGISTER = ir.VectorType(FLOAT, LANES)
BYTES = 4


@register_model(FloatVector)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, type: types.Type) -> None:
        super().__init__(manager, type, REGISTER)


def operation(definition: Callable[..., Any]) -> Any:
    """A function for kernels, from one that gives its type and what writes LLVM IR for it."""
    return intrinsic(definition)


def _place(context: Any, builder: Any, type: Any, array: Any, tuple_type: Any, at: Any) -> Any:
    """A pointer to a vector that begins at an element; its last axis is contiguous."""
    indices = [
        context.cast(builder, each, kind, types.intp)
        for each, kind in zip(cgutils.unpack_tuple(builder, at), tuple_type)
    ]
    made = context.make_array(type)(context, builder, array)
    element = cgutils.get_item_pointer(context, builder, type, made, indices)
    return builder.bitcast(element, REGISTER.as_pointer())


def _check(array: Any, what: str) -> None:
    """TypingError unless the array can be one of numbers side by side along its last axis."""
    if not isinstance(array, types.Array) or array.dtype != types.float32:
        raise TypingError(f"{what} an array of float32")
    if array.layout == "F":
        raise TypingError(f"{what} an array whose last axis is contiguous, and this is transposed")


@operation
def load(typing: Any, array: Any, *indices: Any) -> Any:
    """LANES neighbors of a float32 array, from the element at `indices` on."""
    _check(array, "load takes")
    at = types.StarArgTuple.from_types(indices)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, array, args[0], signature.args[1], args[1])
        value = builder.load(place)
        value.align = BYTES
        return value

    return VECTOR(array, at), generate


@operation
def store(typing: Any, value: Any, array: Any, *indices: Any) -> Any:
    """Write a vector to LANES neighbors of a float32 array, from the element at `indices` on."""
    _check(array, "store takes a vector and")
    at = types.StarArgTuple.from_types(indices)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, array, args[1], signature.args[2], args[2])
        builder.store(args[0], place).align = BYTES
        return context.get_dummy_value()

    return types.none(VECTOR, array, at), generate


@operation
def broadcast(typing: Any, number: Any) -> Any:
    """A vector of one number in every lane."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        nothing, zeros = ir.Constant(REGISTER, ir.Undefined), ir.VectorType(INT, LANES)
        first = builder.insert_element(nothing, args[0], ir.Constant(INT, 0))
        return builder.shuffle_vector(first, nothing, ir.Constant(zeros, [0] * LANES))

    return VECTOR(types.float32), generate


@operation
def fma(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """a * b + c in each lane, as one instruction where the machine has it."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        type = ir.FunctionType(REGISTER, [REGISTER] * 3)
        function = cgutils.get_or_insert_function(builder.module, type, f"llvm.fmuladd.v{LANES}f32")
        return builder.call(function, args)

    return VECTOR(VECTOR, VECTOR, VECTOR), generate
