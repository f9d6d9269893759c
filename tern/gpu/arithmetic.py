"""Arithmetic of the interpreter, counted and put right.

Every type is computed with as a GPU does: bfloat16 as numbers and not as its bits, bool modulo two,
integers wrap, a minimum passes over NaN, and tl.dot can read TF32 as tensor cores do. What has no
arithmetic, as the types of 8 bits, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime.interpreter import TensorHandle

from tern.gpu.conversions import Conversions, number, of_number
from tern.gpu.ordering import hand_on
from tern.gpu.precision import PRECISIONS, product
from tern.gpu.refusals import refused
from tern.gpu.tally import Tally
from tern.gpu.undefined import mark, of_dot, origins

SHORT = (tl.bfloat16, tl.float16)


class Arithmetic(Conversions):
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
        kind = _has_arithmetic(lhs)
        if kind.is_ptr():
            return _result(op(lhs.data, rhs.data), kind)
        return _result(op(number(lhs), number(rhs)), kind)

    def unary_op(self, arg: TensorHandle, op: Callable) -> TensorHandle:
        self._operations(arg, arg.data.size)
        return _result(op(number(arg)), _has_arithmetic(arg))

    def create_minnumf(self, lhs: TensorHandle, rhs: TensorHandle) -> TensorHandle:
        return self.binary_op(lhs, rhs, np.fmin)

    def create_maxnumf(self, lhs: TensorHandle, rhs: TensorHandle) -> TensorHandle:
        return self.binary_op(lhs, rhs, np.fmax)

    def create_clampf(
        self, arg: TensorHandle, lo: TensorHandle, hi: TensorHandle, propagate_nans: Any
    ) -> TensorHandle:
        low, high = number(lo), number(hi)
        least, most = np.fmin, np.fmax
        if propagate_nans == tl.PropagateNan.ALL:
            least, most = np.minimum, np.maximum
        return _result(least(most(number(arg), low), high), _has_arithmetic(arg))

    def create_select(
        self, cond: TensorHandle, lhs: TensorHandle, rhs: TensorHandle
    ) -> TensorHandle:
        other = np.asarray(rhs.data)  # of the same bits, where Triton mixes signed and unsigned
        if other.dtype != lhs.data.dtype:
            other = np.ascontiguousarray(other).view(lhs.data.dtype)
        return TensorHandle(np.where(cond.data, lhs.data, other), lhs.dtype.scalar)

    def create_fma(self, x: TensorHandle, y: TensorHandle, z: TensorHandle) -> TensorHandle:
        self._operations(z, 2 * z.data.size)
        kind = _has_arithmetic(z)
        if not kind.is_floating():
            raise refused(f"a multiplication and an addition in one of {kind}", "write x * y + z")
        wide = (number(each).astype(np.float64) for each in (x, y, z))  # rounded once, at the end
        first, second, third = wide
        return of_number(first * second + third, kind)

    def create_idiv(self, lhs: TensorHandle, rhs: TensorHandle) -> TensorHandle:
        self._operations(lhs, max(lhs.data.size, rhs.data.size))
        left, right = number(lhs), number(rhs)
        return _result((left - np.fmod(left, right)) // right, lhs.dtype.scalar)

    def create_umulhi(self, lhs: TensorHandle, rhs: TensorHandle) -> TensorHandle:
        size = lhs.data.itemsize
        left, right = (
            np.ascontiguousarray(each.data).view(f"u{size}").astype(np.uint64)
            for each in (lhs, rhs)
        )
        high = left * right >> 32 if size == 4 else _high_half(left, right)
        return _result(high, lhs.dtype.scalar)

    def create_rsqrt(self, arg: TensorHandle) -> TensorHandle:
        self._operations(arg, arg.data.size)
        return super().create_rsqrt(arg)

    def create_erf(self, arg: TensorHandle) -> TensorHandle:
        self._operations(arg, arg.data.size)
        return super().create_erf(arg)

    def create_histogram(
        self, data: TensorHandle, bins: int, mask: TensorHandle | None
    ) -> TensorHandle:
        on = np.ones(data.data.shape, bool) if mask is None else mask.data
        on = np.broadcast_to(on, data.data.shape)
        found = origins(data)
        undefined = np.zeros(on.shape, np.int16) if found is None else np.where(on, found, 0)
        counted = data.data[on & (undefined == 0)]
        lost = (counted < 0) | (counted >= bins)
        if lost.any():
            value = counted[lost][0]
            raise ValueError(f"a value of {value} belongs in none of the bins 0 to {bins - 1}")
        counts = np.bincount(counted.astype(np.int64), minlength=bins).astype(np.int32)
        result = hand_on(TensorHandle(counts, tl.int32), (data, mask))
        return mark(result, np.full(bins, undefined.max(), np.int16))

    def create_dot(
        self,
        a: TensorHandle,
        b: TensorHandle,
        d: TensorHandle,
        input_precision: Any,
        max_num_imprecise_acc: Any,
    ) -> TensorHandle:
        """a · b + d. Of floats of 16 and 8 bits, products and sums are of float32, rounded to d's
        type once; `tf32` decides whether float32 is read as `input_precision` says, or whole.
        """
        self.tally.dot_flops += 2 * a.data.size * b.data.shape[-1]
        found, kind = of_dot(a, b, d), d.dtype.scalar
        precision = str(input_precision).rpartition(".")[2].lower()
        if precision not in PRECISIONS:
            raise refused(f"input_precision={precision!r}", f"use {' or '.join(PRECISIONS)}")
        if kind.is_floating() and kind != tl.float64:
            wide = self.tf32 and a.dtype.scalar == tl.float32
            left, right = (number(each).astype(np.float32, copy=False) for each in (a, b))
            total = product(left, right, precision if wide else "ieee") + number(d)
            result = of_number(total, kind)
        else:
            result = super().create_dot(a, b, d, input_precision, max_num_imprecise_acc)
        return mark(hand_on(result, (a, b, d)), found)


def rounded_sum(values: np.ndarray, kind: tl.dtype) -> np.ndarray:
    """The sum along the last axis of 16-bit floats, rounded after every addition, as they add up.

    `values` holds numbers, float32[..., n]; pairs of neighbors are added, then pairs of those. How
    a GPU pairs them differs with the layout.
    """
    while values.shape[-1] > 1:
        even = values.shape[-1] // 2 * 2
        pairs = number(of_number(values[..., :even:2] + values[..., 1:even:2], kind))
        values = np.concatenate([pairs.astype(np.float32), values[..., even:]], axis=-1)
    return values[..., 0]


def _has_arithmetic(handle: TensorHandle) -> tl.dtype:
    """The type of a value's elements. Raises Failure if GPUs do no arithmetic with it."""
    kind = handle.dtype.scalar
    if kind.is_fp8():
        raise refused(f"arithmetic with {kind}", "convert with .to(tl.float32) first")
    return kind


def _result(output: np.ndarray, kind: tl.dtype) -> TensorHandle:
    """What NumPy made of an operation on values of a type: of that type, or bool if it compared."""
    if output.dtype == bool:
        return TensorHandle(output, tl.int1)
    return of_number(output, kind)


def _high_half(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The upper 64 bits of products of uint64."""
    product = left.astype(object) * right.astype(object)
    return np.asarray(product >> 64).astype(np.uint64)
