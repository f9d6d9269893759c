"""How the tests share a machine: two processes, and for what is timed the machine to itself.

- The whole suite runs in two processes (pytest-xdist), a file at a time; named tests in one, if
  not with `-n 2`.
- Tests marked `timed` come last, in one process, while the other has nothing to do.
- Files of tests marked `first` begin first: they take longest.
- Tests marked `apart` run in a process of their own. They would spoil another: one that has started
  PoCL cannot fork one that uses it.
- `--long` runs what is a benchmark by its size: tests call `tries`.
- Of what takes turns inside of a test, the book's pages, a run of the whole suite takes `todays`.
- Of a file's tests marked `rotates(n)`, which are many and alike and slow, a run of the whole suite
  takes n, others each day, so that its cost doesn't grow with the chapters; it says how many it
  left out. Named tests, and `--long`, run all.
- `--seconds FILE` adds a line for each test: its name, and its seconds of CPU and of the clock.
"""

from __future__ import annotations

import ast
import fcntl
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

import pytest

T = TypeVar("T")
WHOLE = "PYTEST_WHOLE"  # set where no test was named
LATER = "their turn is on another day; --long runs all"
ALLOWED = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()  # CPUs
LONG = "PYTEST_LONG"  # the environment variable that stands for the option, from the beginning on
MARKERS = (
    "timed: needs the machine to itself, as it measures time",
    "first: of a file that takes long, so that its process begins with it",
    "own_fork: is about what a fork of the judge's own process holds: see small_parent.py",
    "rotates(n): one of many that are slow: a run of everything takes n of the file's, by the day",
    "apart: runs in a process of its own, as it would spoil another",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("the book")
    group.addoption("--long", action="store_true", help="Run the long forms of tests.")
    group.addoption("--apart", metavar="FILE", help="For itself: where to write reports.")
    group.addoption("--seconds", metavar="FILE", help="Add to a file what each test took.")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long"):
        os.environ[LONG] = "1"
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if config.args_source == pytest.Config.ArgsSource.TESTPATHS:
        os.environ[WHOLE] = "1"
    config.pluginmanager.register(Turns(), "turns")
    if file := config.getoption("--apart"):
        config.pluginmanager.register(Reports(config, Path(file)), "apart-reports")
    else:
        config.pluginmanager.register(Apart(), "apart")
    if file := config.getoption("--seconds"):
        if not hasattr(config, "workerinput"):  # the process that starts the others
            Path(file).unlink(missing_ok=True)
        config.pluginmanager.register(Seconds(Path(file)), "seconds")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What `-n auto` in pyproject.toml means."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return 2 if whole and not config.getoption("collectonly") else 0


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A process gets a file at a time, so that what a file's tests share is made once."""
    from xdist.scheduler import LoadGroupScheduling

    class ByFile(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "timed" if nodeid.endswith("@timed") else nodeid.partition("::")[0]

    return ByFile(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    _leave_for_another_day(items)
    items.sort(key=lambda item: (_is_timed(item), item.get_closest_marker("first") is None))
    for item in items:
        if _is_timed(item):
            item.add_marker(pytest.mark.xdist_group("timed"))


def pytest_collection_finish() -> None:
    """What has been imported is not looked through before every fork, nor copied after it."""
    if ALLOWED and os.sched_getaffinity(0) != ALLOWED:
        raise pytest.UsageError("a module binds this process to a CPU when it is imported")
    gc.collect()
    gc.freeze()


def _is_timed(item: pytest.Item) -> bool:
    return item.get_closest_marker("timed") is not None


def tries(short: int, *, long: int) -> int:
    """How many things a test tries: what shows a property, or with `--long` what would prove it."""
    return long if LONG in os.environ else short


def todays(things: Sequence[T], one_of: int = 3) -> list[T]:
    """Of many things that are alike and slow those whose turn is today: each comes every so many
    days, as with `rotates`. All of them where a test was named, and with `--long`."""
    if WHOLE not in os.environ or LONG in os.environ:
        return list(things)
    today = int(time.time() // 86_400)
    return [each for place, each in enumerate(things) if (place - today) % one_of == 0]


def _leave_for_another_day(items: list[pytest.Item]) -> None:
    """Skip the tests marked `rotates` whose turn is not today, where no test was named."""
    if WHOLE not in os.environ or LONG in os.environ:
        return
    files: dict[str, list[tuple[int, pytest.Item, int]]] = {}
    for item in items:
        if (marker := item.get_closest_marker("rotates")) is not None:
            mixed = zlib.crc32(_name(item).encode())  # so that a day's are of all kinds
            files.setdefault(_module(item), []).append((mixed, item, marker.args[0]))
    today = int(time.time() // 86_400)
    for marked in files.values():
        marked.sort(key=lambda each: each[0])
        for place, (_, item, at_most) in enumerate(marked):
            if (place - today * at_most) % len(marked) >= at_most:
                item.add_marker(pytest.mark.skip(reason=LATER))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    left = [
        each for each in terminalreporter.stats.get("skipped", []) if LATER in str(each.longrepr)
    ]
    if left:
        terminalreporter.write_line(f"{len(left)} tests are not run: {LATER}")


class Turns:
    """A lock that all processes of a run share: tests hold it together, timed ones alone."""

    def __init__(self) -> None:
        self.lock: IO[str] | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Iterator[None]:
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
        if run is None:  # one process
            return (yield)
        if ALLOWED:  # a test may have left it on one, which both processes might then share
            os.sched_setaffinity(0, ALLOWED)
        if self.lock is None:
            self.lock = open(Path(tempfile.gettempdir()) / f"pytest-turns-{run}.lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX if _is_timed(item) else fcntl.LOCK_SH)
        try:
            return (yield)
        finally:
            if not (_is_timed(item) and nextitem is not None and _is_timed(nextitem)):
                fcntl.flock(self.lock, fcntl.LOCK_UN)


class Seconds:
    """Writes down what each test took, CPU time of its processes that have ended included."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.parent.mkdir(parents=True, exist_ok=True)

    @pytest.hookimpl(wrapper=True)  # within Turns: waiting for a turn costs nothing
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        cpu, clock = sum(os.times()[:4]), time.monotonic()
        try:
            return (yield)
        finally:
            took = [sum(os.times()[:4]) - cpu, time.monotonic() - clock]
            line = json.dumps([_name(item), *(round(seconds, 3) for seconds in took)])
            with self.file.open("a", encoding="utf-8") as out:
                out.write(line + "\n")


# ---- in a process of their own ------------------------------------------------------------------


class Apart:
    """Runs a module's tests marked `apart` in one new process, when the first of them is due."""

    def __init__(self) -> None:
        self.reports: dict[str, list[dict[str, Any]]] = {}  # by the tests' names, not yet told

    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        if not _is_apart(item):
            return None
        if _name(item) not in self.reports:
            self._run([each for each in item.session.items if _module(each) == _module(item)])
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        told = self.reports.pop(_name(item), [])
        ended = any(data["when"] == "teardown" for data in told)
        for data in told if ended else [*told, _lost(item)]:
            report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
            report.nodeid = item.nodeid
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        item.session._setupstate.teardown_exact(nextitem)  # what the tests before have set up
        return True

    def _run(self, items: list[pytest.Item]) -> None:
        names = [_name(item) for item in items if _is_apart(item)]
        root = items[0].config.rootpath
        clean = {k: v for k, v in os.environ.items() if k == LONG or not k.startswith("PYTEST")}
        with tempfile.NamedTemporaryFile() as file:
            command = ["-m", "pytest", "-q", "-n", "0", f"--apart={file.name}", *names]
            done = subprocess.run([sys.executable, *command], cwd=root, env=clean, check=False)
            told = [ast.literal_eval(line) for line in file.read().decode().splitlines()]
        for name in names:
            self.reports[name] = [data for data in told if data["nodeid"] == name]
        if not told:
            print(f"the process of these tests ended with {done.returncode}")


def _lost(item: pytest.Item) -> dict[str, Any]:
    how = "the process that ran this test ended before its end"
    report = pytest.TestReport(item.nodeid, item.location, {}, "failed", how, "call")
    return item.config.hook.pytest_report_to_serializable(config=item.config, report=report)


class Reports:
    """In that process: writes a line for each report."""

    def __init__(self, config: pytest.Config, file: Path) -> None:
        self.config, self.file = config, file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
        with self.file.open("a", encoding="utf-8") as out:
            out.write(f"{data!r}\n")  # no JSON: it has tuples


def _is_apart(item: pytest.Item) -> bool:
    return item.get_closest_marker("apart") is not None


def _module(item: pytest.Item) -> str:
    return item.location[0]


def _name(item: pytest.Item) -> str:
    """The name by which pytest finds it: pytest-xdist adds its group."""
    group = item.get_closest_marker("xdist_group")
    return item.nodeid.removesuffix(f"@{group.args[0]}") if group else item.nodeid
