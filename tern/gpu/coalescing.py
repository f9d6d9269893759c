"""What the lanes of a warp cost together: sectors, wavefronts, and passes through a branch.

A warp's lanes execute one instruction. What they cost depends on how much their addresses, or the
ways they go, have in common. It's the same question three times: how many *different* things?
NVIDIA, "CUDA C++ Programming Guide", device memory accesses; compute capability 5.x, shared memory.
"""

from __future__ import annotations

import numpy as np

from tern.parts import part

SECTOR, WORD, BANKS = 32, 4, 32  # bytes, bytes, and banks of one word each


def first_of_each(values: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row's values in order, and where an active lane's value comes for the first time."""
    nothing = np.iinfo(values.dtype).max  # stands for a lane that is not active, at the end
    ordered = np.sort(np.where(active, values, nothing), axis=1)
    new = ordered != nothing
    new[:, 1:] &= ordered[:, 1:] != ordered[:, :-1]
    return ordered, new


@part("gpu.coalescing.warp_costs", helpers=(first_of_each,))
def warp_costs(values: np.ndarray, active: np.ndarray, kind: str, size: int = 4) -> np.ndarray:
    """What one instruction costs each of many warps: int64[warps].

    `values` are integers [warps, lanes], and `active`, bool of the same shape, says which lanes
    take part. A warp without an active lane costs 0. What is counted depends on `kind`:

    - "sectors": the values are byte addresses in global memory, of `size` bytes each. How many
      sectors of 32 bytes do the lanes touch? An access may touch two.
    - "banks": byte addresses in shared memory, of `size` bytes each. Word w, the bytes from 4w on,
      is in bank w % 32. In a turn, each bank gives one word, to all lanes that want it. How many
      turns does it take? An access of up to 4 bytes is of one word, one of 8 or 16 bytes of 2 or 4,
      and an address is a multiple of its size.
    - "paths": where each lane goes after a branch. How many passes does the warp make?

    O(warps * lanes * log(lanes)), without a Python loop over warps or lanes.
    """
    if kind == "banks":
        words = [values // WORD + values.dtype.type(k) for k in range(max(1, size // WORD))]
        ordered, new = first_of_each(np.hstack(words), np.hstack([active] * len(words)))
        warp, at = np.nonzero(new)
        bank = (ordered[warp, at] % BANKS).astype(np.int64)
        asked = np.bincount(warp * BANKS + bank, minlength=len(values) * BANKS)
        return asked.reshape(-1, BANKS).max(axis=1)
    if kind == "sectors":
        first, last = values // SECTOR, (values + values.dtype.type(size - 1)) // SECTOR
        if np.array_equal(first, last):  # no access touches two
            values = first
        else:
            values, active = np.hstack([first, last]), np.hstack([active, active])
    _, new = first_of_each(values, active)
    return new.sum(axis=1)
