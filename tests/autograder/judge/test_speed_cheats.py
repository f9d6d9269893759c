"""Cheats on a timed kernel, tiled-matmul of chapter 13: each is rejected for its reason."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest

from autograder.author import rejected
from autograder.judge import judge
from autograder.report.results import ExerciseResult
from tests.autograder.workbooks import COURSE, ROOT

pytestmark = pytest.mark.timed

EXERCISE = "tiled-matmul"

SLOW = """
@njit
def naive(A, B, C):
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            total = np.float32(0)
            for k in range(A.shape[1]):
                total += A[i, k] * B[k, j]
            C[i, j] += total
"""

WRONG = r"differ|wrong|the result|expected|NaN"
TOO_SLOW = r"as fast as the baseline.* \(needs|CPU time of the baseline"
OUTSIDE = r"outside the call|went on running"

CHEATS = {
    "patched clocks": (
        """
        import time
        time.process_time = time.perf_counter = time.monotonic = time.time = lambda *_: 0.0
        time.clock_gettime = time.process_time_ns = time.perf_counter_ns = lambda *_: 0

        def tiled_matmul(A, B, C):
            naive(A, B, C)
        """,
        TOO_SLOW,
    ),
    "a memo by content": (
        """
        known = {}

        def tiled_matmul(A, B, C):
            key = (C.shape, A.tobytes(), B.tobytes())
            if key not in known:
                known[key] = np.zeros_like(C)
                naive(A, B, known[key])
            C += known[key]
        """,
        TOO_SLOW,
    ),
    "a memo by identity": (
        """
        known = {}

        def tiled_matmul(A, B, C):
            key = (C.shape, id(A), id(B))
            if key not in known:
                known[key] = np.zeros_like(C)
                naive(A, B, known[key])
            C += known[key]
        """,
        f"{WRONG}|{TOO_SLOW}",
    ),
    "a memo by shape": (
        """
        known = {}

        def tiled_matmul(A, B, C):
            key = (A.shape, C.shape)
            if key not in known:
                known[key] = np.zeros_like(C)
                naive(A, B, known[key])
            C += known[key]
        """,
        WRONG,
    ),
    "a batch that waits for its last call": (
        """
        waiting = []

        def tiled_matmul(A, B, C):
            waiting.append((A, B, C))
            if len(waiting) == 8:
                for one in waiting:
                    naive(*one)
                waiting.clear()
        """,
        WRONG,
    ),
    "work left to a thread": (
        """
        import threading

        def tiled_matmul(A, B, C):
            threading.Thread(target=naive, args=(A, B, C)).start()
        """,
        f"{WRONG}|{OUTSIDE}",
    ),
    "memory that may hold somebody's result": (
        """
        def tiled_matmul(A, B, C):
            C[:] = np.empty_like(C)
        """,
        WRONG,
    ),
    "inputs made easy": (
        """
        def tiled_matmul(A, B, C):
            A[:] = 0
            B[:] = 0
        """,
        WRONG,
    ),
    "float16 inside": (
        """
        def tiled_matmul(A, B, C):
            a, b = A.astype(np.float16), B.astype(np.float16)
            a, b = a.astype(np.float32), b.astype(np.float32)
            C += (a[:, :, None] * b[None]).astype(np.float16).sum(1)
        """,
        WRONG,
    ),
    "the operator": (
        """
        def tiled_matmul(A, B, C):
            C += A @ B
        """,
        r"`@` \(line \d+\) is a short cut",
    ),
    "a function that does it": (
        """
        def tiled_matmul(A, B, C):
            C += np.dot(A, B)
        """,
        r"`dot` \(line \d+\) is a short cut",
    ),
    "a spelling that hides it": (
        """
        def tiled_matmul(A, B, C):
            C += getattr(np, "mat" + "mul")(A, B)
        """,
        r"`getattr` \(line \d+\) is a short cut",
    ),
    "a slowed baseline": (
        """
        import threading

        def spin():
            while True:
                pass

        threading.Thread(target=spin, daemon=True).start()

        def tiled_matmul(A, B, C):
            naive(A, B, C)
        """,
        f"{OUTSIDE}|{TOO_SLOW}|CPU time",
    ),
    "a baseline of one's own": (
        """
        import tern.workshop.loops
        tern.workshop.loops.naive_matmul = lambda A, B, C: None

        def tiled_matmul(A, B, C):
            naive(A, B, C)
        """,
        TOO_SLOW,
    ),
    "results written after the return": (
        """
        from autograder.worker import runner

        changed = runner.Pending.changed

        def late(self):
            naive(*self.arguments)
            return changed(self)

        runner.Pending.changed = late

        def tiled_matmul(A, B, C):
            pass
        """,
        "has replaced Pending.changed",
    ),
    "no numbers": (
        """
        def tiled_matmul(A, B, C):
            C[:] = np.nan
        """,
        WRONG,
    ),
}


def attack(folder: Path, source: str) -> ExerciseResult:
    chapter = COURSE.chapter("chapter13")
    data = json.loads(chapter.source.read_text(encoding="utf-8"))
    for cell in data["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"ch13-{EXERCISE}":
            cell["source"] = SLOW + textwrap.dedent(source)
    path = folder / "chapter13.ipynb"
    path.write_text(json.dumps(data), encoding="utf-8")
    return judge.grade(COURSE, chapter, path, [EXERCISE]).exercises[0]


@pytest.mark.parametrize("how", CHEATS)
def test_a_cheat_is_rejected(tmp_path: Path, how: str) -> None:
    source, says = CHEATS[how]
    result = attack(tmp_path, source)
    assert result.status == "failed"
    assert result.tests[-1].status != "passed"  # the speed
    said = "\n".join(
        [test.message for test in result.tests]
        + [text for test in result.tests for _, text in test.details]
    )
    assert re.search(says, said), said


def test_growth_that_is_too_fast_is_of_no_call_in_particular(tmp_path: Path) -> None:
    """The speed cell of `gvn` has counted calls before it times others."""
    chapter = COURSE.chapter("chapter09")
    source = json.loads(chapter.source.read_text(encoding="utf-8"))
    slow = rejected.read(ROOT / "tests/rejected/chapter09/gvn/slow_searches_a_list.diff")
    path = tmp_path / "chapter09.ipynb"
    path.write_text(json.dumps(rejected.with_answer(chapter, source, slow)), encoding="utf-8")
    speed = judge.grade(COURSE, chapter, path, ["gvn"]).exercises[0].tests[-1]
    assert "CPU time" in speed.message
    assert [label for label, _ in speed.details if label == "called with"] == []


def test_the_slow_kernel_itself_is_correct_and_too_slow(tmp_path: Path) -> None:
    """Without this the cheats might fail for the kernel they hide."""
    result = attack(tmp_path, "def tiled_matmul(A, B, C):\n    naive(A, B, C)\n")
    correct, *timed = result.tests
    assert correct.status == "passed"
    assert any(test.status == "failed" for test in timed)
