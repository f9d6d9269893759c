"""On a GPU: two launchers timed in turn. Nothing here runs on a machine without one."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

ROUNDS = 5


def gpu() -> str | None:
    """The name of this machine's GPU, None if PyTorch sees none."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def compare(mine: Callable, book: Callable, arguments: Sequence[Any]) -> tuple[float, float]:
    """Milliseconds of mine(*arguments) and book(*arguments): medians of do_bench, taken in turn."""
    from triton.testing import do_bench

    on_gpu = [each.cuda() if hasattr(each, "cuda") else each for each in arguments]
    times: dict[Callable, list[float]] = {mine: [], book: []}
    for number in range(ROUNDS):
        for each in (mine, book) if number % 2 else (book, mine):
            times[each].append(do_bench(lambda: each(*on_gpu), return_mode="median"))  # noqa: B023
    return statistics.median(times[mine]), statistics.median(times[book])
