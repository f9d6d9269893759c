"""SIGTERM and SIGHUP clean up as Ctrl-C does: no worker and no scratch folder is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.reader import judging, stopping
from tests.autograder.terminals import Screen
from tests.autograder.workbooks import FRONTIERS, ROOT, course_in, workbook, write

# The cell says that it runs in a worker, and then never ends by itself.
ENDLESS = """
def dominance_frontiers(successors, idoms):
    import os
    open("started", "w").write(str(os.getpid()))
    while True:
        pass
"""
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with a workbook that keeps the judge busy; scratch folders are made beside it."""
    write(course_in(tmp_path) / "exercises" / "chapter05", workbook({FRONTIERS: ENDLESS}))
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def until(happens: Callable[[], object], seconds: float = 60) -> None:
    """Wait; the limit is for a failing test."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def worker(course: Path) -> int:
    """The process that runs the reader's code, once it does."""
    found: list[Path] = []

    def written() -> bool:
        found[:] = (course / "scratch").glob("autograder-*/*/started")
        return bool(found and found[0].read_text())

    until(written)
    return int(found[0].read_text())


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def nothing_is_left(course: Path, pid: int) -> None:
    until(lambda: not runs(pid), 20)
    until(lambda: not list((course / "scratch").glob("autograder-*")), 20)


@pytest.mark.parametrize("number", SIGNALS)
def test_check_cleans_up(course: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "autograder", "check", "5", "frontiers"]
    process = subprocess.Popen(command, cwd=course, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pid = worker(course)
    process.send_signal(number)
    process.send_signal(number)  # an impatient second one
    _, told = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert told == b"autograder: stopped\n"
    nothing_is_left(course, pid)


@pytest.mark.parametrize("number", SIGNALS)
def test_watch_cleans_up(course: Path, number: signal.Signals) -> None:
    with Screen("watch", "5", "frontiers", cwd=course) as screen:
        screen.sees("checking frontiers")
        pid = worker(course)
        os.kill(screen.pid, number)
        assert screen.ends() == 128 + number
    nothing_is_left(course, pid)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_notebooks_judge_cleans_up(course: Path, number: signal.Signals) -> None:
    job = {"root": str(course), "home": str(course), "chapter": "chapter05", "only": [FRONTIERS]}
    job["workbook"] = str(course / "exercises" / "chapter05" / "chapter05.ipynb")
    command = [sys.executable, "-m", judging.__spec__.name, json.dumps(job)]
    process = subprocess.Popen(command, cwd=course, stdout=subprocess.PIPE)
    pid = worker(course)
    process.send_signal(number)
    process.communicate(timeout=60)
    nothing_is_left(course, pid)


def test_a_kernel_that_is_killed_takes_its_judge_along(course: Path) -> None:
    """What `%autograder check` does, in a process that stands for the kernel."""
    code = (
        "import sys; from autograder.reader import judging\n"
        f"job = judging.Job({str(course)!r}, {str(course)!r}, 'chapter05', "
        f"{str(course / 'exercises' / 'chapter05' / 'chapter05.ipynb')!r}, ['frontiers'])\n"
        "judging.spawned(job, lambda doing: None)"
    )
    kernel = subprocess.Popen([sys.executable, "-c", code], cwd=course)
    pid = worker(course)
    kernel.kill()
    kernel.wait()
    nothing_is_left(course, pid)


def test_what_is_ignored_stays_ignored() -> None:
    """`nohup autograder check` goes on when the terminal is closed."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping.cleaning_up():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_handlers_come_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(stopping.Stopped) as caught, stopping.cleaning_up():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
    assert caught.value.code == 128 + signal.SIGTERM
    assert [signal.getsignal(number) for number in SIGNALS] == before
