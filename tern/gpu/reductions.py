"""tl.reduce and tl.associative_scan, for every type and every function that combines.

Sums, maxima, and minima are NumPy's. Sums of bfloat16 and float16 are rounded after every addition,
as the compiled code does. Any other function is run, on blocks: neighbors are combined, and then
what they made; the order of the elements is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime.interpreter import TensorHandle

from tern.gpu.arithmetic import SHORT, rounded_sum
from tern.gpu.conversions import number, of_number
from tern.gpu.refusals import Undecided

Run = Callable[..., Any]  # the function that combines, as Python
BEST = {  # the functions that find the largest or smallest, and where it is
    "_argmax_combine_tie_break_left": (np.max, np.argmax),
    "_argmin_combine_tie_break_left": (np.min, np.argmin),
}
ALONE = {"_elementwise_max": np.fmax.reduce, "_elementwise_min": np.fmin.reduce}


def reduce(inputs: Sequence[Any], axis: int | None, combine: Any, run: Run) -> list[Any]:
    """The inputs reduced along an axis, or all of each; the axis is gone."""
    blocks = [each.handle for each in inputs]
    if axis is None:
        blocks, axis = [_with(each, each.data.reshape(-1)) for each in blocks], 0
    first, kind = number(blocks[0]), blocks[0].dtype.scalar
    name = _standard(combine)
    if kind.is_floating() and kind.is_fp8():
        name = ""
    if name in BEST:
        value, index = BEST[name]
        found = [of_number(value(first, axis=axis), kind)]
        return [*map(_tensor, found), _tensor(of_number(index(first, axis=axis), tl.int32))]
    if name in ALONE:
        return [_tensor(of_number(ALONE[name](first, axis=axis), kind))]
    if name == "_sum_combine" and kind in SHORT:
        numbers = np.moveaxis(first.astype(np.float32), axis, -1)
        return [_tensor(of_number(rounded_sum(numbers, kind), kind))]
    if name == "_sum_combine" and kind != tl.int1:
        return [_tensor(of_number(np.sum(first, axis=axis, dtype=first.dtype), kind))]
    return [_tensor(each) for each in _in_pairs(blocks, axis, run)]


def scan(inputs: Sequence[Any], axis: int, reverse: bool, combine: Any, run: Run) -> list[Any]:
    """What has come together along an axis, up to and with each element."""
    blocks = [each.handle for each in inputs]
    if reverse:
        blocks = [_with(each, np.flip(each.data, axis)) for each in blocks]
    first, kind = number(blocks[0]), blocks[0].dtype.scalar
    operation = {"_sum_combine": np.cumsum, "_prod_combine": np.cumprod}.get(_standard(combine))
    if operation is not None and kind not in (tl.bfloat16, tl.int1) and not kind.is_fp8():
        found = [of_number(operation(first, axis=axis, dtype=first.dtype), kind)]
    else:
        found = _one_by_one(blocks, axis, run)
    if reverse:
        found = [_with(each, np.flip(each.data, axis)) for each in found]
    return [_tensor(each) for each in found]


def by_lanes(run: Run, again: Callable[[], Callable[[], None]]) -> Run:
    """A function on blocks, or where a branch in it depends on them, on one number after another.

    `again()` begins an attempt, and returns what takes back its counts.
    """

    def attempt(*tensors: Any) -> Any:
        undo = again()
        try:
            return run(*tensors)
        except Undecided:
            undo()
        blocks = [each.handle for each in tensors]
        shape = blocks[0].data.shape
        lanes = []
        for lane in np.ndindex(shape):
            result = run(*(_tensor(_with(each, each.data[lane])) for each in blocks))
            lanes.append(list(result) if isinstance(result, (tuple, tl.tuple)) else [result])
        together = []
        for values in zip(*lanes):
            data = np.concatenate([each.handle.data for each in values]).reshape(shape)
            together.append(_tensor(TensorHandle(data, values[0].type.scalar)))
        return tuple(together)

    return attempt


def _standard(combine: Any) -> str:
    """The name of a function that combines, if it is one of Triton's own."""
    name = getattr(combine, "__name__", "")
    return name if getattr(tl.standard, name, None) is combine else ""


def _in_pairs(blocks: list[TensorHandle], axis: int, run: Run) -> list[TensorHandle]:
    data = [np.moveaxis(each.data, axis, -1) for each in blocks]
    while (size := data[0].shape[-1]) > 1:
        even = size // 2 * 2
        left = [_with(block, each[..., :even:2]) for block, each in zip(blocks, data)]
        right = [_with(block, each[..., 1:even:2]) for block, each in zip(blocks, data)]
        made = _combined(run, left, right)
        data = [np.concatenate([m.data, d[..., even:]], axis=-1) for m, d in zip(made, data)]
    return [_with(block, each[..., 0]) for block, each in zip(blocks, data)]


def _one_by_one(blocks: list[TensorHandle], axis: int, run: Run) -> list[TensorHandle]:
    data = [np.moveaxis(each.data, axis, -1) for each in blocks]
    slices = [
        [_with(b, each[..., n]) for b, each in zip(blocks, data)] for n in range(data[0].shape[-1])
    ]
    found = [slices[0]]
    for each in slices[1:]:
        found.append(_combined(run, found[-1], each))
    return [
        _with(
            b,
            np.moveaxis(
                np.stack([each[n].data.reshape(data[0].shape[:-1]) for each in found], axis=-1),
                -1,
                axis,
            ),
        )
        for n, b in enumerate(blocks)
    ]


def _combined(
    run: Run, left: Sequence[TensorHandle], right: Sequence[TensorHandle]
) -> list[TensorHandle]:
    """What the function makes of two blocks of each input. TypeError if it is of another type."""
    result = run(*map(_tensor, left), *map(_tensor, right))
    results = list(result) if isinstance(result, (tuple, tl.tuple)) else [result]
    if len(results) != len(left):
        raise TypeError(f"the function that combines returns {len(results)} values for {len(left)}")
    for value, block in zip(results, left):
        if not isinstance(value, tl.tensor) or value.type.scalar != block.dtype.scalar:
            kind = value.type.scalar if isinstance(value, tl.tensor) else type(value).__name__
            raise TypeError(f"the function that combines returns {kind} for {block.dtype.scalar}")
    shape = _tensor(left[0]).handle.data.shape
    return [_with(b, np.broadcast_to(r.handle.data, shape)) for b, r in zip(left, results)]


def _with(block: TensorHandle, data: np.ndarray) -> TensorHandle:
    return TensorHandle(data, block.dtype.scalar)


def _tensor(handle: TensorHandle) -> Any:
    """A value of Triton: of a scalar's type, in one element, where there is no axis left."""
    kind = handle.dtype.scalar
    if not handle.data.shape:
        return tl.tensor(TensorHandle(handle.data.reshape(1), kind), kind)
    return tl.tensor(handle, tl.block_type(kind, list(handle.data.shape)))
