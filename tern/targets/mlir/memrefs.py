"""NumPy's arrays as MLIR passes buffers to compiled code, and back."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from tern.ir.arrays import dtype_of
from tern.numbers import float_bits, float_of_bits
from tern.types import FloatType, MemRefType, TensorType, Type, i1

SHAPED = (TensorType, MemRefType)


@cache
def descriptor_type(rank: int) -> Any:
    """A memref of a rank, in C: what was allocated, where the elements begin (from `aligned`,
    `offset` elements further), and of each axis the size and the stride, in elements."""
    fields: list[Any] = [("allocated", ctypes.c_void_p), ("aligned", ctypes.c_void_p)]
    fields.append(("offset", ctypes.c_int64))
    if rank:
        fields += [("sizes", ctypes.c_int64 * rank), ("strides", ctypes.c_int64 * rank)]
    return type(f"MemRef{rank}", (ctypes.Structure,), {"_fields_": fields})


def descriptor(array: np.ndarray) -> Any:
    """An array as a memref. Valid as long as the array is there."""
    made = descriptor_type(array.ndim)()
    made.allocated = made.aligned = array.ctypes.data
    for axis in range(array.ndim):
        made.sizes[axis] = array.shape[axis]
        made.strides[axis] = array.strides[axis] // array.itemsize
    return made


def elements(memref: Any, dtype: np.dtype) -> np.ndarray:
    """The elements of a memref, as an array that is valid as long as the memory is."""
    shape, strides = tuple(getattr(memref, "sizes", ())), tuple(getattr(memref, "strides", ()))
    if 0 in shape:
        return np.empty(shape, dtype)
    span = 1 + sum((n - 1) * stride for n, stride in zip(shape, strides))
    start = memref.aligned + memref.offset * dtype.itemsize
    memory: Any = (ctypes.c_char * (span * dtype.itemsize)).from_address(start)
    flat = np.frombuffer(memory, dtype)
    steps = [stride * dtype.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(flat, shape, steps)


# numbers ------------------------------------------------------------------------------------------

_WHOLE = {1: ctypes.c_int8, 2: ctypes.c_uint16, 4: ctypes.c_int32, 8: ctypes.c_int64}


def cell_type(type: Type) -> Any:
    """The C type whose bytes a number has: of a float of 16 bits, a whole number's."""
    dtype = dtype_of(type)
    if isinstance(type, FloatType) and dtype.itemsize > 2:
        return ctypes.c_float if dtype.itemsize == 4 else ctypes.c_double
    return _WHOLE[dtype.itemsize]


def to_cell(value: Any, type: Type) -> Any:
    """A number as C has it."""
    if isinstance(type, FloatType) and type.width == 16:
        value = float_bits(value, type)
    return cell_type(type)(value)


def from_cell(found: Any, type: Type) -> Any:
    """The number that C has, as the interpreter has it."""
    if isinstance(type, FloatType):
        return float_of_bits(found, type) if type.width == 16 else float(found)
    return bool(found & 1) if type == i1 else np.array(found).astype(dtype_of(type)).item()


@cache
def _results_type(types: tuple[Type, ...]) -> Any:
    fields = [
        (f"r{at}", descriptor_type(t.rank) if isinstance(t, SHAPED) else cell_type(t))
        for at, t in enumerate(types)
    ]
    return type("Results", (ctypes.Structure,), {"_fields_": fields})


def room_for(types: Sequence[Type]) -> Any:
    """A struct that a function writes its results to; field `r0` has the first."""
    return _results_type(tuple(types))()


def taken(room: Any, types: Sequence[Type]) -> list[Any]:
    """The results in the struct: numbers, and arrays that are copies. The memory is freed."""
    found = []
    allocated: dict[int, None] = {}
    for at, each in enumerate(types):
        value = getattr(room, f"r{at}")
        if isinstance(each, SHAPED):
            found.append(elements(value, dtype_of(each.element)).copy())
            allocated[value.allocated or 0] = None
        else:
            found.append(from_cell(value, each))
    for address in allocated:
        if address:
            _libc().free(ctypes.c_void_p(address))
    return found


@cache
def _libc() -> Any:
    return ctypes.CDLL(None)


# what compiled code calls -------------------------------------------------------------------------


class _AnyRank(ctypes.Structure):
    _fields_ = (("rank", ctypes.c_int64), ("descriptor", ctypes.c_void_p))


def _copy(width: int, source: Any, target: Any) -> None:
    whole = [
        elements(descriptor_type(each[0].rank).from_address(each[0].descriptor), _bytes(width))
        for each in (source, target)
    ]
    np.copyto(whole[1], whole[0])


@cache
def _bytes(width: int) -> np.dtype:
    return np.dtype(f"V{width}")


@cache
def copy_function() -> Any:
    """What MLIR's runtime library calls memrefCopy: for buffers whose elements lie anyhow."""
    pointer = ctypes.POINTER(_AnyRank)
    return ctypes.CFUNCTYPE(None, ctypes.c_int64, pointer, pointer)(_copy)
