"""How the tests share a machine (tests/turns.py): tried on a small suite, in two processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import turns

ROOT = Path(__file__).parent.parent

SUITE = {
    "conftest.py": """
import json, os, time, pytest
pytest_plugins = ["tests.turns"]

@pytest.fixture
def seen(request):
    begin = time.monotonic()
    yield
    with open("seen.jsonl", "a") as file:
        file.write(json.dumps([request.node.name, os.getpid(), begin, time.monotonic()]) + "\\n")

@pytest.fixture(scope="module")
def made(request):
    with open("made.txt", "a") as file:
        file.write(request.module.__name__ + "\\n")
""",
    "test_a.py": """
import os, time, pytest

@pytest.mark.timed
def test_timed_first(seen): time.sleep(0.1)

@pytest.mark.parametrize("n", range(4))
def test_other(seen, made, n): time.sleep(0.1)
""",
    "test_b.py": """
import os, time, pytest

@pytest.mark.parametrize("n", range(4))
def test_another(seen, made, n): time.sleep(0.1)

@pytest.mark.timed
def test_timed_last(seen): sum(range(10**7))

def test_tries():
    from tests.turns import tries
    assert tries(1, long=2) == 1

ALLOWED = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()

def test_stays_on_one_cpu():
    if ALLOWED:
        os.sched_setaffinity(0, {min(ALLOWED)})

def test_on_all_again():
    assert not ALLOWED or os.sched_getaffinity(0) == ALLOWED
""",
    "test_late_in_the_alphabet.py": """
import time, pytest
pytestmark = pytest.mark.first
def test_early(seen): time.sleep(0.1)
""",
    "test_c.py": """
import os, pytest
MINE = os.getpid()
pytestmark = pytest.mark.apart

def test_one(seen): assert "PYTEST_XDIST_WORKER" not in os.environ
def test_two(seen): pass
def test_skipped(seen): pytest.skip("for a reason")
def test_failed(seen): assert 1 == 2
""",
    "test_d.py": """
import os, pytest

@pytest.mark.apart
def test_before(): pass

@pytest.mark.apart
def test_crashes(): os._exit(7)

def test_after(made): pass
""",
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suite")
    for name, text in SUITE.items():
        (folder / name).write_text(text)
    (folder / "pytest.ini").write_text(
        "[pytest]\ntestpaths = .\naddopts = --dist loadgroup --no-loadscope-reorder\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-n", "2", "--seconds=seconds.jsonl"],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    (folder / "told.txt").write_text(done.stdout + done.stderr)
    return folder


def told(suite: Path) -> str:
    return (suite / "told.txt").read_text()


def seen(suite: Path) -> dict[str, tuple[int, float, float]]:
    lines = map(json.loads, (suite / "seen.jsonl").read_text().splitlines())
    return {name: (pid, begin, end) for name, pid, begin, end in lines}


def test_all_of_them_have_run(suite: Path) -> None:
    assert re.search(r"= 2 failed, 18 passed, 1 skipped in ", told(suite)), told(suite)


def test_nothing_runs_beside_what_is_timed(suite: Path) -> None:
    all_of_them = seen(suite)
    others = {name: times for name, times in all_of_them.items() if "timed" not in name}
    for name in ("test_timed_first", "test_timed_last"):
        _, begin, end = all_of_them[name]
        for _, other_begin, other_end in others.values():
            assert other_end <= begin or end <= other_begin
    first, last = (all_of_them[f"test_timed_{which}"] for which in ("first", "last"))
    assert first[0] == last[0]


def test_long_files_begin_first(suite: Path) -> None:
    mine, begun, _ = seen(suite)["test_early"]  # the other process may be up sooner
    assert begun == min(begin for pid, begin, _ in seen(suite).values() if pid == mine)


def test_the_others_run_in_two_processes_a_file_in_one(suite: Path) -> None:
    pids = {name.partition("[")[0]: pid for name, (pid, _, _) in seen(suite).items()}
    assert pids["test_other"] != pids["test_another"]
    assert sorted((suite / "made.txt").read_text().split()) == ["test_a", "test_b", "test_d"]


def test_what_is_apart_has_a_process_of_its_own(suite: Path) -> None:
    by_name = seen(suite)
    apart = {by_name[name][0] for name in ("test_one", "test_two", "test_skipped", "test_failed")}
    assert len(apart) == 1
    assert not apart & {by_name["test_other[0]"][0], by_name["test_another[0]"][0]}


def test_what_is_apart_is_reported_like_the_rest(suite: Path) -> None:
    text = told(suite)
    assert re.search(r"PASSED test_c.py::test_one\b", text)
    assert re.search(r"SKIPPED test_c.py::test_skipped\b", text)
    assert "FAILED test_c.py::test_failed - assert 1 == 2" in text
    assert re.search(r"PASSED test_d.py::test_before\b", text)
    assert "FAILED test_d.py::test_crashes - the process that ran this test ended" in text


def test_what_each_took_is_written_down(suite: Path) -> None:
    rows = map(json.loads, (suite / "seconds.jsonl").read_text().splitlines())
    spent = {name: (cpu, clock) for name, cpu, clock in rows}
    assert len(spent) == 21
    assert spent["test_b.py::test_timed_last"][0] > 0.05
    assert spent["test_a.py::test_other[0]"][0] < 0.05 < spent["test_a.py::test_other[0]"][1]


class Rotating:
    """A test with a marker, as far as it is asked for."""

    def __init__(self, file: str, number: int) -> None:
        self.nodeid, self.location = f"{file}::test_{number}", (file, number, "")
        self.left_out = False

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return pytest.mark.rotates(9).mark if name == "rotates" else None

    def add_marker(self, marker: object) -> None:
        self.left_out = True


def ran(day: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of 25 tests of a file, and of 5 of another."""
    tests = [Rotating("test_a.py", n) for n in range(25)] + [
        Rotating("test_b.py", n) for n in range(5)
    ]
    monkeypatch.setattr(turns.time, "time", lambda: 86_400.0 * day + 5)
    turns._leave_for_another_day(tests)  # type: ignore[arg-type]
    return [test.nodeid for test in tests if not test.left_out]


def test_each_day_runs_what_was_left_out_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(turns.LONG, raising=False)
    monkeypatch.setenv(turns.WHOLE, "1")
    days = [ran(day, monkeypatch) for day in range(20_000, 20_006)]
    for three in zip(days, days[1:], days[2:]):
        assert len({name for day in three for name in day}) == 25 + 5
    assert all(len(day) == 9 + 5 for day in days)


def test_a_named_test_is_never_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(turns.WHOLE, raising=False)
    assert len(ran(20_000, monkeypatch)) == 25 + 5


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux lets a CPU be chosen")
def test_a_module_that_binds_the_process_when_it_is_imported_is_told(tmp_path: Path) -> None:
    """All tests would share that CPU, in either process."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.turns"]\n')
    bind = "import os\nos.sched_setaffinity(0, {max(os.sched_getaffinity(0))})\n"
    (tmp_path / "test_bind.py").write_text(bind + "def test_nothing(): pass\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    several = len(os.sched_getaffinity(0)) > 1
    assert ("binds this process to a CPU" in done.stdout + done.stderr) == several
    assert done.returncode == (pytest.ExitCode.USAGE_ERROR if several else 0)
