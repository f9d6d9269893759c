"""Arithmetic of the interpreter, counted and put right.

bfloat16 is computed with as numbers and not as their bits, conversions round to the nearest, and
tl.dot can read TF32 as tensor cores do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime.interpreter import InterpreterBuilder, TensorHandle

from tern.gpu.formats import narrow, to_tf32, widen
from tern.gpu.tally import Tally
from tern.gpu.undefined import mark, of_dot


class Arithmetic(InterpreterBuilder):
    """Every operation is counted once for each lane, in `tally`.

    Those on floats, on integers, and tl.dot are counted apart.
    """

    def __init__(self, tf32: bool) -> None:
        super().__init__()
        self.tf32 = tf32
        self.tally = Tally()

    def _operations(self, handle: TensorHandle, lanes: int) -> None:
        if handle.dtype.scalar.is_floating():
            self.tally.float_operations += lanes
        else:
            self.tally.integer_operations += lanes

    def binary_op(self, lhs: TensorHandle, rhs: TensorHandle, op: Callable) -> TensorHandle:
        self._operations(lhs, max(lhs.data.size, rhs.data.size))
        if lhs.dtype.scalar == tl.bfloat16:
            output = op(_number(lhs), _number(rhs))
            return TensorHandle(narrow(output) if output.dtype != bool else output, tl.bfloat16)
        return super().binary_op(lhs, rhs, op)

    def unary_op(self, arg: TensorHandle, op: Callable) -> TensorHandle:
        self._operations(arg, arg.data.size)
        if arg.dtype.scalar == tl.bfloat16:
            return TensorHandle(narrow(op(_number(arg))), tl.bfloat16)
        return super().unary_op(arg, op)

    def ternary_op(
        self, lhs: TensorHandle, rhs: TensorHandle, other: TensorHandle, op: Callable
    ) -> TensorHandle:
        if op is np.clip and other.dtype.scalar == tl.bfloat16:
            return TensorHandle(narrow(op(*map(_number, (lhs, rhs, other)))), tl.bfloat16)
        return super().ternary_op(lhs, rhs, other, op)

    def create_fma(self, x: TensorHandle, y: TensorHandle, z: TensorHandle) -> TensorHandle:
        self._operations(z, 2 * z.data.size)
        if z.dtype.scalar == tl.bfloat16:
            return TensorHandle(narrow(_number(x) * _number(y) + _number(z)), tl.bfloat16)
        return super().create_fma(x, y, z)

    def create_idiv(self, lhs: TensorHandle, rhs: TensorHandle) -> TensorHandle:
        self._operations(lhs, max(lhs.data.size, rhs.data.size))
        return super().create_idiv(lhs, rhs)

    def create_rsqrt(self, arg: TensorHandle) -> TensorHandle:
        self._operations(arg, arg.data.size)
        return super().create_rsqrt(arg)

    def create_erf(self, arg: TensorHandle) -> TensorHandle:
        self._operations(arg, arg.data.size)
        return super().create_erf(arg)

    def cast_impl(self, src: TensorHandle, dst_type: Any) -> TensorHandle:
        if src.dtype.scalar == tl.bfloat16 != dst_type.scalar:
            src = TensorHandle(_number(src), tl.float32)
        if dst_type.scalar == tl.bfloat16:
            return TensorHandle(src.data if _is_bf16(src) else narrow(src.data), tl.bfloat16)
        return super().cast_impl(src, dst_type)

    def get_bf16(self, value: float) -> TensorHandle:
        return TensorHandle(narrow(np.array([value], np.float32)), tl.bfloat16)

    def create_dot(
        self,
        a: TensorHandle,
        b: TensorHandle,
        d: TensorHandle,
        input_precision: Any,
        max_num_imprecise_acc: Any,
    ) -> TensorHandle:
        self.tally.dot_flops += 2 * a.data.size * b.data.shape[-1]
        found = of_dot(a, b, d)
        left, right = _operand(a), _operand(b)
        if self.tf32 and a.dtype.scalar == tl.float32 and str(input_precision).endswith(".TF32"):
            left, right = (TensorHandle(to_tf32(each.data), tl.float32) for each in (left, right))
        return mark(
            super().create_dot(left, right, d, input_precision, max_num_imprecise_acc), found
        )


def _is_bf16(handle: TensorHandle) -> bool:
    return handle.dtype.scalar == tl.bfloat16


def _number(handle: TensorHandle) -> np.ndarray:
    return widen(handle.data) if _is_bf16(handle) else handle.data


def _operand(handle: TensorHandle) -> TensorHandle:
    """An operand of tl.dot; what NumPy multiplies slowly or wrongly as float32."""
    if handle.dtype.scalar in (tl.bfloat16, tl.float16):
        return TensorHandle(_number(handle).astype(np.float32), tl.float32)
    return handle
