"""What Triton's pipeliner made of a loop, read from TTGIR: how far copies run ahead of products.

Software pipelining starts the loads of a later step before the product of this one. On an Ampere
they are asynchronous copies from global to shared memory, which the loop waits for in groups.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

COPY, WAIT, LOOP, DOT = "ttg.async_copy_global_to_local", "ttg.async_wait", "scf.for", "tt.dot"


@dataclass(frozen=True)
class Pipeline:
    """A product's loop: `ahead` steps are being copied before the first product, and `in_flight` of
    them may still be on their way when a product begins. 0 and 0: nothing is copied ahead."""

    ahead: int
    in_flight: int


def pipeline_of(ttgir: str) -> Pipeline:
    """The pipeline of a kernel's first loop with a product, in TTGIR for sm_80.

    ValueError if there is none.
    """
    lines = ttgir.splitlines()
    begins = [n for n, line in enumerate(lines) if LOOP in line]
    for begin in begins:
        indent = len(lines[begin]) - len(lines[begin].lstrip())
        end = next(
            n for n in range(begin + 1, len(lines)) if lines[n].startswith(" " * indent + "}")
        )
        body = lines[begin:end]
        if not any(DOT in line for line in body):
            continue
        in_step = sum(COPY in line for line in body)
        if not in_step:
            return Pipeline(0, 0)
        before = sum(COPY in line for line in lines[:begin])
        (wait, *_) = [each for line in body if (each := re.search(rf"{WAIT}.*num = (\d+)", line))]
        return Pipeline(before // in_step, int(wait[1]) // in_step)
    raise ValueError("there is no loop with a product")


def gantt(found: Pipeline, steps: int) -> str:
    """A chart of the first `steps` steps, a line each: `c` while its operands are copied or wait in
    shared memory, `#` while it is multiplied. A column is the time of one product; what does not
    run ahead has columns of its own, `l`, in which it is loaded and nothing is multiplied.

    >>> print(gantt(Pipeline(0, 0), 2))
    step 0  l#
    step 1    l#
    >>> print(gantt(Pipeline(2, 1), 3))
    step 0  cc#
    step 1  ccc#
    step 2    cc#
    """
    if not found.ahead:
        return "\n".join(f"step {n}  {'  ' * n}l#" for n in range(steps))
    lines = []
    for n in range(steps):
        product = found.ahead + n
        start = 0 if n < found.ahead else n
        lines.append(f"step {n}  {' ' * start}{'c' * (product - start)}#")
    return "\n".join(lines)
