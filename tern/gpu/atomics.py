"""Atomic additions of bfloat16, which upstream's interpreter would do to the bits."""

from __future__ import annotations

import numpy as np
from triton.runtime import interpreter
from triton.runtime.interpreter import TensorHandle

from tern.gpu.conversions import number, of_number


def added_to_memory(
    pointers: TensorHandle, values: TensorHandle, mask: TensorHandle
) -> TensorHandle:
    """Add to each element that a pointer leads to, one after another; what was there before."""
    memory = interpreter._interpreter
    before = np.zeros(pointers.data.shape, np.uint16)
    added = np.broadcast_to(number(values), before.shape)
    on, kind = np.ones(1, bool), values.dtype.scalar
    for lane in np.flatnonzero(mask.data):
        here = pointers.data.flat[lane : lane + 1]
        old = memory.load(here, on, np.zeros(1, np.uint16), np.dtype(np.uint16))
        total = number(TensorHandle(old, kind)) + added.flat[lane]
        memory.store(here, of_number(total, kind).data, on)
        before.flat[lane] = old[0]
    return TensorHandle(before, kind)
