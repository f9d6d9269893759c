"""Numbers of every type of Triton in NumPy, and conversions between them as GPUs convert.

A float becomes an integer towards zero, what is too large the largest there is, and NaN zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime.interpreter import InterpreterBuilder, TensorHandle, _get_np_dtype

from tern.gpu.formats import BIASES, decode, encode, narrow, widen
from tern.gpu.refusals import Failure, refused


def number(handle: TensorHandle) -> np.ndarray:
    """A value as NumPy computes with it: short floats as float32, bool as 0 and 1 in uint8."""
    kind = handle.dtype.scalar
    if kind == tl.bfloat16:
        return widen(handle.data)
    if kind == tl.int1:
        return handle.data.astype(np.uint8)
    if not kind.is_ptr() and kind.is_fp8():
        return decode(handle.data, _known(kind))
    return handle.data


def of_number(values: np.ndarray, kind: tl.dtype) -> TensorHandle:
    """A value of a type: rounded to nearest if it is a float, wrapped if it is an integer."""
    if kind == tl.bfloat16:
        return TensorHandle(narrow(values), kind)
    if kind == tl.int1:
        return TensorHandle(values & 1 != 0, kind)
    if not kind.is_ptr() and kind.is_fp8():
        return TensorHandle(encode(values, _known(kind)), kind)
    return TensorHandle(values.astype(_get_np_dtype(kind), copy=False), kind)


def shown_as(handle: TensorHandle) -> TensorHandle:
    """A value as it is printed: its numbers, where it holds their bits."""
    kind = handle.dtype.scalar
    if kind.is_ptr() or handle.data.dtype.kind == "f" or not kind.is_floating():
        return handle
    return TensorHandle(number(handle), tl.float32)


def _known(kind: tl.dtype) -> str:
    """The name of an 8-bit type in formats.py."""
    if kind.name not in BIASES:
        raise refused(str(kind), "use tl.float8e4nv or tl.float8e5")
    return str(kind.name)


class Conversions(InterpreterBuilder):
    """The operations that change a value's type."""

    def cast_impl(self, src: TensorHandle, dst_type: Any) -> TensorHandle:
        kind, values = dst_type.scalar, number(src)
        if src.dtype.scalar == kind:
            return TensorHandle(src.data, kind)
        if values.dtype.kind == "f" and not kind.is_floating():
            values = to_integers(values, _get_np_dtype(kind))
        return of_number(values, kind)

    def create_fp_to_fp(self, src: TensorHandle, dst_type: Any, rounding_mode: Any) -> TensorHandle:
        kind, values = dst_type.scalar, number(src)
        for one, other in ((src.dtype.scalar, kind), (kind, src.dtype.scalar)):
            if one.is_fp8() and other not in (tl.float32, tl.float16, tl.bfloat16):
                raise Failure(f"{one} goes to and from fp32, fp16, and bf16: go by tl.float32")
        if "RTZ" not in str(rounding_mode):
            return of_number(values, kind)
        if kind.name not in BIASES:
            raise refused(f"rounding to {kind} towards zero", "round to the nearest")
        codes = encode(values, kind.name, to_zero=True)
        return TensorHandle(codes.view(_get_np_dtype(kind)), kind)

    def get_all_ones_value(self, type: Any) -> TensorHandle:
        return of_number(np.array([-1]), type.scalar)

    def get_bf16(self, value: float) -> TensorHandle:
        return of_number(np.array([value], np.float64), tl.bfloat16)

    def create_bitcast(self, src: TensorHandle, dst_type: Any) -> TensorHandle:
        data = np.ascontiguousarray(src.data).view(_get_np_dtype(dst_type))
        return TensorHandle(data, dst_type.scalar)

    create_int_to_ptr = create_ptr_to_int = create_bitcast


def to_integers(values: np.ndarray, kind: np.dtype) -> np.ndarray:
    """Floats towards zero, within a type's bounds; those of 8 bits wrap within 16."""
    bounds = np.iinfo(f"{kind.kind}{max(2, kind.itemsize)}")
    values = np.trunc(
        np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=np.inf, neginf=-np.inf)
    )
    low, high = float(bounds.min), float(bounds.max)
    inside = (values >= low) & (values < high)
    whole = np.where(inside, values, 0.0).astype(bounds.dtype)
    ends = np.where(values < low, bounds.min, bounds.max).astype(bounds.dtype)
    return np.where(inside, whole, ends).astype(kind)
