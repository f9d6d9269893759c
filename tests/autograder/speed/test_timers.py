"""Clocks: what they count, and when they may be read."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import numpy
import pytest

from autograder.judge import workers
from autograder.judge.timer import RemoteTimer
from autograder.speed import clock, timers
from autograder.worker import codecs, errors, wire

pytestmark = pytest.mark.timed
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SOURCE = """
import threading, time

def spin(steps):
    total = 0
    for i in range(steps):
        total += i
    return total

def doze(seconds):
    time.sleep(seconds)

def hide(steps):
    thread = threading.Thread(target=spin, args=(steps,))
    thread.start()
    thread.join()

def double(array):
    array *= 2

def swap(array):
    array.shape = array.shape[::-1]
"""


@pytest.fixture(scope="module")
def worker() -> Iterator[workers.Worker]:
    codecs.register_tern()
    with workers.ForkServer(frozenset()) as server:
        made = server.spawn(limits={})
        assert not made.load([{"id": "cell", "source": SOURCE}]).problems
        yield made
        made.close()


def seconds(worker: workers.Worker, name: str, argument: object, parallel: int = 0) -> float:
    timer = RemoteTimer(worker.function(name), parallel)
    timer.prepare(wire.Encoded.of(((argument,), {})))
    spent = timer.go(60)
    timer.fetch()
    return spent


# ---- a stopwatch over clocks that are made up ---------------------------------------------------


def watch(
    before: dict[int, float], after: dict[int, float], process: float, share: float = 2
) -> float:
    readings = iter([before, after])
    times = iter([10.0, 10.0 + process])
    made = timers.Stopwatch(lambda: next(times), lambda: next(readings), share)
    made.start()
    return made.stop()


def test_serial_work_counts_every_thread() -> None:
    times = iter([10.0, 17.0])
    made = timers.Stopwatch(lambda: next(times))
    made.start()
    assert made.stop() == 7.0


def test_parallel_work_takes_as_long_as_its_busiest_thread() -> None:
    assert watch({1: 5.0, 2: 1.0}, {1: 8.0, 2: 5.0}, 7.0) == 4.0
    assert watch({1: 5.0}, {1: 8.0, 2: 3.5}, 6.5) == 3.5  # a thread that is new


def test_more_threads_than_were_asked_for_are_no_gain() -> None:
    many = dict.fromkeys(range(64), 1.0)
    assert watch({}, many, 64.0) == 32.0
    assert watch({}, many, 64.0, 64) == 1.0


def test_what_an_ended_thread_has_spent_counts_as_on_the_critical_path() -> None:
    assert watch({1: 5.0, 2: 1.0}, {1: 6.0}, 4.0) == 1.0 + 3.0


# ---- the clocks of a process --------------------------------------------------------------------


def test_waiting_takes_no_time_and_work_does(worker: workers.Worker) -> None:
    work = seconds(worker, "spin", 300_000)
    assert seconds(worker, "doze", 0.2) < work / 3
    assert seconds(worker, "hide", 300_000) > work / 3  # whoever does it
    assert seconds(worker, "hide", 300_000, parallel=2) > work / 3  # and has ended since


@LINUX
def test_a_thread_that_waits_is_settled_and_one_that_runs_is_not(worker: workers.Worker) -> None:
    assert clock.settle(worker.pid)
    stop = threading.Event()
    thread = threading.Thread(target=lambda: [None for _ in iter(stop.is_set, True)])
    thread.start()
    try:
        assert not clock.settle(os.getpid(), 0.02)
        assert len(clock.threads(os.getpid())) >= 2
    finally:
        stop.set()
        thread.join()


@LINUX
def test_the_threads_of_a_process_add_up_to_the_process() -> None:
    pid = os.getpid()
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    time.sleep(0.01)
    assert sum(clock.thread_seconds(pid).values()) <= time.process_time() + 0.01
    assert max(clock.thread_seconds(pid).values()) >= 0.04


KEPT = """
import os
from autograder.speed import cpus
from numba.core import config
with cpus.on_one_cpu(os.getpid()):
    os.environ["NUMBA_OPT"] = "3"
    config.reload_config()
    print(config.NUMBA_NUM_THREADS)
"""


def test_numba_counts_no_fewer_threads_on_one_cpu() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA")}
    done = subprocess.run([sys.executable, "-c", KEPT], env=clean, capture_output=True, text=True)
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert done.stdout == f"{allowed}\n", done.stderr


def test_a_process_that_is_not_there_has_no_threads() -> None:
    assert clock.threads(2**22 + 5) == []
    assert clock.settle(2**22 + 5)
    with pytest.raises(NotImplementedError):
        clock.thread_seconds(2**22 + 5)


# ---- arrays that are changed in place -----------------------------------------------------------


def test_an_array_comes_back_changed_only_where_the_exercise_says_so(
    worker: workers.Worker,
) -> None:
    array = numpy.arange(6.0).reshape(2, 3)
    worker.function("double", inout=True)(array)
    assert array.tolist() == [[0, 2, 4], [6, 8, 10]]
    with pytest.raises(errors.ArgumentsChanged, match="changed an argument"):
        worker.function("double")(array)
    assert array.tolist() == [[0, 2, 4], [6, 8, 10]]


def test_an_array_of_another_shape_is_no_change_in_place(worker: workers.Worker) -> None:
    with pytest.raises(errors.WorkerLost):
        worker.function("swap", inout=True)(numpy.zeros((2, 3)))
