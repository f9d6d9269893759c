"""Work whose amount is known, for verdict_accuracy.py: candidates and baselines alike."""

import numba
import numpy
from numpy import ndarray

scratch: dict[
    int, ndarray
] = {}  # results of this size, allocated once: fresh memory costs a page fault for every 4 KB


def result(x: ndarray) -> ndarray:
    """An array like x, which begins where a cache line does in every process."""
    if x.size not in scratch:
        room = numpy.zeros(x.nbytes + 64, numpy.uint8)
        start = -room.ctypes.data % 64
        scratch[x.size] = room[start : start + x.nbytes].view(x.dtype)
    return scratch[x.size]


def compute(x: ndarray, times: int) -> ndarray:
    y = result(x)
    y[:] = 0
    for _ in range(times):
        numpy.multiply(y, x, out=y)
        numpy.add(y, x, out=y)
    return y[:1].copy()


def stream(x: ndarray, times: int) -> ndarray:
    y = result(x)
    for _ in range(times):
        numpy.add(x, x, out=y)
    return y[:1].copy()


@numba.njit(parallel=True)
def chains(x: ndarray, first: int, second: int) -> ndarray:
    sums = numpy.zeros(2)
    for t in numba.prange(2):
        total = 0.0
        for _ in range(first if t == 0 else second):
            for i in range(x.size):
                total += x[i]
        sums[t] = total
    return sums


def prange(x: ndarray, first: int, second: int) -> ndarray:
    chains(x, first, second)
    return x[:1].copy()
