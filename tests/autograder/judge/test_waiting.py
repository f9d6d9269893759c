"""A limit of seconds is the process's own: what it waits for a busy CPU does not count."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from autograder.judge.workers import _readable
from autograder.speed.clock import cpu_clock, run_delay

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a CPU's affinity")

WORKS = """
import time
start = time.process_time()
while time.process_time() < start + 0.15: pass
print("done", flush=True)
time.sleep(60)
"""
BUSY = "while True: pass"


@pytest.fixture
def one_cpu() -> Iterator[None]:
    """This process, and so those that it starts, on one CPU."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture
def crowd(one_cpu: None) -> Iterator[None]:
    """Three others that want the same CPU."""
    others = [subprocess.Popen([sys.executable, "-S", "-c", BUSY]) for _ in range(3)]
    yield
    for other in others:
        other.kill()
        other.wait()


def waited_for(source: str, timeout: float) -> bool:
    """Whether a program says something in so many seconds of its own."""
    command = [sys.executable, "-S", "-c", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        try:
            started = cpu_clock(program.pid)()
            enough = started + 60
            return _readable(program.stdout.fileno(), program.pid, timeout, enough, lambda: "")
        finally:
            program.kill()


def test_a_busy_machine_takes_no_time_away(crowd: None) -> None:
    if run_delay(os.getpid()) == 0:
        pytest.skip("this kernel does not tell how long a process has waited for a CPU")
    assert waited_for(WORKS, timeout=0.4)


def test_what_sleeps_is_late(crowd: None) -> None:
    assert not waited_for("import time; time.sleep(60)", timeout=0.4)


def test_what_works_too_long_is_late(one_cpu: None) -> None:
    assert not waited_for(BUSY, timeout=0.3)
