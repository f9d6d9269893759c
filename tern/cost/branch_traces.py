"""The branches that a tern program meets as it runs, and which way each one goes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tern.ir import Block, Operation, run


def branch_trace(
    module: Operation, name: str, *args: Any, max_steps: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The conditional branches of a call, in order: where each one is, and whether it was taken.

    Where: int64, the blocks that end in a cf.cond_br, numbered as they are first met. Taken: bool,
    whether the condition held. Errors are those of `tern.ir.run`; O(operations that run).
    """
    met: list[tuple[Block, bool]] = []
    run(module, name, *args, max_steps=max_steps, branches=met)
    numbers: dict[Block, int] = {}
    where = [numbers.setdefault(block, len(numbers)) for block, _ in met]
    return np.array(where, np.int64), np.array([taken for _, taken in met], np.bool_)
