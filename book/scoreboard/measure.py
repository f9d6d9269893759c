"""One run of the board, in a process that has one CPU: `python -m book.scoreboard.measure`.

The process may run on one CPU alone from before anything is imported, and all its threads with it:
CPU time over time by the clock is then at most 1, whatever a library's own threads do, and that is
what is checked. Times are of all the process's threads. Contestants take turns, forwards and then
backwards, so that what else the machine does meets all alike; a ratio is the median over rounds.
"""

from __future__ import annotations

import os

if __name__ == "__main__" and hasattr(os, "sched_setaffinity"):  # before NumPy counts the CPUs
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import gc
import json
import statistics
import sys
import time
from contextlib import nullcontext
from typing import Any

import numpy as np

from book.scoreboard.contestants import BASELINE, CONTESTANTS, Run, missing
from book.scoreboard.workloads import WORKLOADS, Workload

TOLERANCE = 1e-4
"""How far a result may be from float64's, as a share of the largest: sums of 800 float32."""
TURN = 0.02
"""Seconds of CPU that a contestant computes before the next one's turn."""


def cpu_seconds() -> float:
    """CPU time of this process's threads, and of the compilers that it has run."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def prepared(work: Workload, given: list[np.ndarray]) -> tuple[dict[str, Run], dict[str, Any]]:
    """The contestants that are there and right, and of each what is known so far."""
    exact = work.reference(*[each.astype(np.float64) for each in given])
    runs: dict[str, Run] = {}
    told: dict[str, Any] = {}
    for name, (prepare, _) in CONTESTANTS.items():
        if why := missing(name):
            told[name] = {"missing": why}
            continue
        try:
            before = cpu_seconds()
            run = prepare(work, given)
            found = np.asarray(_as_array(run()), np.float64)
            spent = cpu_seconds() - before
        except Exception as error:  # of whatever a library raises: the others go on
            told[name] = {"missing": f"{type(error).__name__}: {str(error).splitlines()[0]}"}
            continue
        wrong = float(np.abs(found - exact).max() / np.abs(exact).max())
        told[name] = {"error": wrong, "compile_s": spent}
        if wrong <= TOLERANCE:
            runs[name] = run
        else:
            told[name]["missing"] = f"wrong by {wrong:.1e} of the largest"
    return runs, told


def _as_array(found: Any) -> Any:
    return found.numpy() if hasattr(found, "numpy") else found


def in_turn(runs: dict[str, Run], rounds: int) -> dict[str, dict[str, Any]]:
    """Of each contestant the CPU time of a call in every round, and CPU time over the clock's."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    clocks = dict.fromkeys(runs, (0.0, 0.0))
    calls = {name: _calls(run) for name, run in runs.items()}
    gc.disable()
    for number in range(rounds):
        for name in list(runs) if number % 2 else list(runs)[::-1]:
            run, count = runs[name], calls[name]
            clock, cpu = time.perf_counter(), time.process_time()
            for _ in range(count):
                run()
            cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
            times[name].append(cpu / count)
            clocks[name] = clocks[name][0] + cpu, clocks[name][1] + clock
        gc.collect()
    gc.enable()
    return {
        name: {"times": times[name], "cpu_over_wall": clocks[name][0] / clocks[name][1]}
        for name in runs
    }


def _calls(run: Run) -> int:
    run()
    before = time.process_time()
    run()
    return max(1, int(TURN / max(time.process_time() - before, 1e-6)))


def board(rounds: int) -> dict[str, Any]:
    """All workloads, each through all contestants."""
    try:
        import torch

        quiet: Any = torch.inference_mode
    except ImportError:
        quiet = nullcontext
    found = {}
    with quiet():
        for work in WORKLOADS:
            runs, told = prepared(work, work.arguments())
            measured = in_turn(runs, rounds)
            base = measured.get(BASELINE, next(iter(measured.values())))["times"]
            for name, row in measured.items():
                times = row.pop("times")
                ratio = statistics.median(b / t for b, t in zip(base, times))
                told[name] |= {"ms": 1e3 * statistics.median(times), "ratio": ratio, **row}
            found[work.name] = told
    return found


def bound() -> dict[str, float]:
    """What this core reaches: float32 FLOP/s, and bytes/s from memory."""
    from tern.workshop.machine.core import peak
    from tern.workshop.machine.memory import bandwidths

    gflops, gigabytes = peak().value, bandwidths()[0].value
    return {"flops": 1e9 * (gflops or 0), "bytes": 1e9 * (gigabytes or 0)}


if __name__ == "__main__":
    print(json.dumps({"board": board(int(sys.argv[1])), "bound": bound()}))
