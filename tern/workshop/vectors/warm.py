"""Compiles what exercises of chapter 14 are measured against, and what they may call."""

from __future__ import annotations

import numpy as np

from tern.workshop import vectors
from tern.workshop.vectors import COLUMNS, ROWS


def compile_kernels() -> None:
    """Call each kernel once, with arguments of the types that the exercises' tests have.

    None that runs in threads: a process whose threads have started can't be forked. And no part:
    what is switched off has compiled nothing.
    """
    a, b, c = (np.zeros(shape, np.float32) for shape in ((3, ROWS), (3, COLUMNS), (ROWS, COLUMNS)))
    vectors.add_block(a, b, c)
    vectors.add_block(a, b, np.zeros((ROWS, 2 * COLUMNS), np.float32)[:, :COLUMNS])
    vectors.plain_panels(a[None], b[None], c[None, None])
    vectors.scalar_exp(a[0], b[0, :ROWS])
    vectors.exp_of(np.float32(1))
    vectors.passes_softmax(a, a.copy())
    vectors.serial_sum(a[0], 1)
