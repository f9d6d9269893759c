"""How often a speed verdict is wrong, for candidates whose true speed is known.

    python -m benchmarks.verdict_accuracy [--verdicts 1000] [--parallel 300]

A candidate does the baseline's work with fewer or more repetitions, so that it is truly 1.25 times
above the bar, or truly 0.8 times below it. Each verdict is the autograder's own, in its own two
processes: the candidate in a locked worker, the baseline in a trusted one. Half of the verdicts are
asked for on the machine as it is, half beside competitors that load every core and the memory.

The kernels: `compute` keeps 32 KB busy with multiplications and additions, `stream` adds arrays of
2 MB, and `prange` splits a chain of dependent additions between two threads. (Chains, because two
threads of one core share its execution units, and what two of them would gain from each other is
the machine's secret; they do not share latency.)
"""

from __future__ import annotations

import argparse
import inspect
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter

import numpy

from autograder.judge import workers
from autograder.judge.timer import RemoteTimer
from autograder.judge.workers import RemoteFunction
from autograder.report import measurement
from autograder.speed import cpus, pairs, verdict
from autograder.worker import codecs, wire
from benchmarks.competitors import COMPETITORS

os.environ.setdefault("NUMBA_NUM_THREADS", "2")
cpus.set_up_thread_pools()
from benchmarks import kernels  # noqa: E402 (Numba reads the environment)

ABOVE, BELOW = 1.25, 0.8
BAR = {"compute": 2.0, "stream": 2.0, "prange": 1.1}
WORK = {"compute": 4000, "stream": 100, "prange": 2000}  # repetitions of the baseline

SIZES = {"compute": 8_192, "stream": 500_000, "prange": 4_096}


def repetitions(kernel: str, factor: float) -> tuple[int, ...]:
    """What the candidate is told to do, for a true speed of `factor` times the bar."""
    share = WORK[kernel] / (BAR[kernel] * factor)
    if kernel != "prange":
        return (round(share),)
    # the first thread does its share, the second what is left
    return (round(share), max(0, round(WORK[kernel] - share)))


class Fixed(RemoteTimer):
    """A timer whose calls get fixed further arguments, so that both sides share the fresh input."""

    def __init__(self, function: RemoteFunction, parallel: int, *more: int) -> None:
        super().__init__(function, parallel)
        self.more = more

    def prepare(self, call: wire.Encoded) -> None:
        (array,), _ = call.decode()
        super().prepare(pairs.call_of((array, *self.more)))


def verdicts(
    server: workers.ForkServer, kernel: str, factor: float, count: int
) -> tuple[Counter, list[float]]:
    """Ask `count` times; the verdicts counted, and the wall-clock seconds of each."""
    seen: Counter = Counter()
    seconds = []
    parallel = 2 if kernel == "prange" else 0
    candidate = server.spawn(native=True, limits={"memory": 8 << 30})
    baseline = server.spawn(trusted={})
    try:
        loaded = candidate.load([{"id": "kernels", "source": inspect.getsource(kernels)}])
        assert not loaded.problems, loaded
        own = Fixed(candidate.function(kernel), parallel, *repetitions(kernel, factor))
        name = f"benchmarks.kernels:{kernel}"
        work = (WORK[kernel], 0) if parallel else (WORK[kernel],)
        book = Fixed(baseline.function(name), parallel, *work)

        def fresh(rng: random.Random) -> tuple:
            maker = numpy.random.default_rng(rng.getrandbits(64))
            return (maker.uniform(0.5, 0.9, SIZES[kernel]).astype(numpy.float32),)

        for number in range(count + 1):
            start = time.perf_counter()
            result = verdict.compare(
                own,
                book,
                fresh,
                measurement.Bars(BAR[kernel]),
                lambda *_: None,
                measurement.Speedup,
            )
            if number:  # the first one compiles
                seconds.append(time.perf_counter() - start)
                seen[result.verdict] += 1
    finally:
        candidate.close(), baseline.close()
    return seen, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--verdicts", type=int, default=1000, help="for each serial candidate")
    parser.add_argument("--parallel", type=int, default=300, help="for each parallel candidate")
    parser.add_argument("--machine", choices=["as it is", "loaded"], help="only this half")
    options = parser.parse_args()
    codecs.register_tern()
    print(
        f"{'kernel':8} {'truly':>16} {'machine':9} {'verdicts':>8} {'wrong':>6} "
        f"{'unmeasured':>10} {'median s':>9} {'p95 s':>6}"
    )
    totals: Counter = Counter()
    with workers.ForkServer(frozenset()) as server:
        busy = ["core", "memory"] * (os.cpu_count() or 1)
        for machine, others in [("as it is", []), ("loaded", busy)]:
            if options.machine not in (None, machine):
                continue
            running = [subprocess.Popen([sys.executable, "-c", COMPETITORS[one]]) for one in others]
            try:
                for kernel in BAR:
                    what = "prange" if kernel == "prange" else "serial"
                    kinds = 1 if kernel == "prange" else len(BAR) - 1
                    asked = options.parallel if kernel == "prange" else options.verdicts
                    count = (
                        asked // 2 // kinds
                    )  # half of them on each machine, shared by the kernels
                    for factor, right in [(ABOVE, "passed"), (BELOW, "failed")]:
                        if not count:
                            continue
                        seen, seconds = verdicts(server, kernel, factor, count)
                        unmeasured = seen["unmeasured"]
                        wrong = count - seen[right] - unmeasured
                        totals += Counter(
                            {(what, "wrong"): wrong, (what, "all"): count, (what, "un"): unmeasured}
                        )
                        truth = f"{BAR[kernel] * factor:.3g}× (bar {BAR[kernel]:g}×)"
                        p95 = sorted(seconds)[int(0.95 * len(seconds))]
                        print(
                            f"{kernel:8} {truth:>16} {machine:9} {count:8} {wrong:6} "
                            f"{unmeasured:10} {statistics.median(seconds):9.3f} {p95:6.2f}",
                            flush=True,
                        )
            finally:
                for process in running:
                    process.kill()
                    process.wait()
    for what in ("serial", "prange"):
        if totals[what, "all"]:
            print(f"{what}: {totals[what, 'wrong']} of {totals[what, 'all']} wrong, "
                  f"{totals[what, 'un']} could not be measured")  # fmt: skip


if __name__ == "__main__":
    main()
