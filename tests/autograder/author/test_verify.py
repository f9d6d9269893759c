"""`autograder verify` finds what is wrong with an answer, a bar, or a rejected submission."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.author import rejected, verify
from autograder.course.layout import Chapter, Course
from autograder.judge import judge
from autograder.report import results
from tern.workshop.llvm import toolchain
from tests.autograder.workbooks import CFG, COURSE, ROOT, book_answer, course_in


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course with rejected submissions to one exercise of chapter 05, made up here."""
    return Course(course_in(tmp_path_factory.mktemp("course")))


@pytest.fixture
def chapter(course: Course) -> Chapter:
    return course.chapter("chapter05")


@pytest.fixture
def lane(
    course: Course, chapter: Chapter, monkeypatch: pytest.MonkeyPatch, few_examples: None
) -> Iterator[verify.Lane]:
    judge.preload(chapter)
    one = verify.Lane(course, chapter)
    monkeypatch.setattr(verify, "_lane", one)
    yield one
    one.close()


def submission(course: Course, name: str, header: str, source: str) -> verify.Task:
    folder = course.root / "tests" / "rejected" / "chapter05" / CFG
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(f"{header}\n{source}", encoding="utf-8")
    return verify.Task(CFG, path)


def test_a_reference_is_right_and_remains_to_be_timed(lane: verify.Lane) -> None:
    outcome = verify.judge_answers(verify.Task(CFG))
    assert outcome.seconds > 0
    expected = verify.Outcome(f"chapter05 {CFG} reference", to_time=True, alone=True)
    assert replace(outcome, seconds=0.0) == expected


def test_a_submission_fails_for_its_reason(course: Course, lane: verify.Lane) -> None:
    wrong = "def control_flow_graph(func):\n    return {}"
    good = submission(course, "good", "# fails: tests\n# says: expected", wrong)
    assert verify.judge_answers(good).problem == ""
    other = submission(course, "other", "# fails: tests\n# says: no such words", wrong)
    assert "failed ch05-control-flow-graph-tests as it should, but said: " in (
        verify.judge_answers(other).problem
    )


def test_a_submission_that_is_right_is_wrong(course: Course, lane: verify.Lane) -> None:
    task = submission(course, "right", "# fails: tests\n# says: .", book_answer(CFG))
    outcome = verify.judge_answers(task)
    assert outcome.problem == "was not rejected: it is correct"
    assert not outcome.to_time


def test_what_should_be_slow_must_be_right(course: Course, lane: verify.Lane) -> None:
    slow = "# fails: speed\n# says: ."
    wrong = submission(course, "wrong", slow, "def control_flow_graph(func):\n    return {}")
    outcome = verify.judge_answers(wrong)
    assert outcome.problem.startswith("its answers are not right, it is failed: ")
    assert not outcome.to_time
    outcome = verify.judge_answers(submission(course, "slow", slow, book_answer(CFG)))
    assert outcome.to_time and not outcome.alone


@pytest.mark.timed
def test_the_clock_comes_second(course: Course, lane: verify.Lane) -> None:
    outcome = verify.judge_speed(verify.Task(CFG))
    assert outcome.problem == ""
    assert re.fullmatch(rf"chapter05 {CFG} reference \(clears its bars .*×\)", outcome.label)
    fast = submission(course, "fast", "# fails: speed\n# says: .", book_answer(CFG))
    assert verify.judge_speed(fast).problem == "was not rejected: it is passed"


@pytest.mark.parametrize(
    ("problems", "runs", "wrong"),
    [("", 1, ""), ("ab", 2, "b"), ("a", 3, ""), ("a-c", 3, "c")],
    ids=["right", "wrong twice", "spoiled once", "wrong in two of three"],
)
def test_one_spoiled_measurement_decides_nothing(
    problems: str, runs: int, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def judge_speed(task: verify.Task) -> verify.Outcome:
        seen.append(task)
        problem = problems[len(seen) - 1 : len(seen)].strip("-")
        return verify.Outcome(task.label, problem)

    monkeypatch.setattr(verify, "judge_speed", judge_speed)
    outcome = verify.judge_alone(verify.Task(CFG))
    assert (len(seen), outcome.problem) == (runs, wrong)
    assert ("[another run: a]" in outcome.label) == (runs > 1)


@pytest.mark.timed
def test_what_is_too_slow_says_by_how_much(course: Course, lane: verify.Lane) -> None:
    answer = book_answer(CFG).replace(
        "    blocks = ", "    sum(range(30_000_000))\n    blocks = ", 1
    )
    assert "range(" in answer
    slow = submission(course, "slow", "# fails: speed\n# says: bar", answer)
    outcome = verify.judge_speed(slow)
    assert outcome.problem == ""
    assert re.fullmatch(r".* rejected slow( \(misses its bar .*×\))?", outcome.label)


def test_what_was_ended_too_early_to_say_it_gets_more_time(
    course: Course, lane: verify.Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine may be so slow that what ends by itself is taken for what never does."""
    monkeypatch.setattr(verify, "PATIENCE", 0.02)  # 0.2 s of CPU time for a call of 10 s
    wrong = "def control_flow_graph(func):\n    sum(range(20_000_000))\n    return {}"
    late = submission(course, "late", "# fails: tests\n# says: expected", wrong)
    assert verify.judge_answers(late).problem == ""
    assert verify._answers(late).problem != ""


def test_an_exercise_whose_tool_is_missing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "all_of_them", tuple)  # as if no LLVM were here
    chapter = COURSE.chapter("chapter10")
    one = verify.Lane(COURSE, chapter)
    monkeypatch.setattr(verify, "_lane", one)
    try:
        for path in (None, rejected.paths(COURSE, chapter, chapter.exercise("peephole"))[0]):
            outcome = verify.judge_answers(verify.Task("peephole", path))
            assert outcome.skipped and not outcome.problem and not outcome.to_time
            assert re.search(r": not judged here: .* not found: ", outcome.label)
    finally:
        one.close()


def test_a_verdict_where_nobody_can_judge_is_a_mistake() -> None:
    tests = [results.TestResult("ch10-peephole-tests", 1, "passed")]
    result = results.ExerciseResult("peephole", "", "passed", 1, 1, tests)
    assert "where nobody can judge" in verify._not_left_open(result)


def test_what_needs_a_tool_that_is_missing_is_told_of(course: Course, lane: verify.Lane) -> None:
    header = "# fails: tests\n# says: .\n# needs: no-such-tool"
    outcome = verify.judge_answers(submission(course, "needs", header, book_answer(CFG)))
    assert outcome.skipped and not outcome.problem
    assert outcome.label.endswith("rejected needs: not judged here, it needs no-such-tool")
    there = header.replace("no-such-tool", "sh")
    outcome = verify.judge_answers(submission(course, "has", there, book_answer(CFG)))
    assert outcome.problem == "was not rejected: it is correct"


def test_a_header_must_say_something(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    for text in ("", "# fails: tests", "# says: x", "# fails: somehow\n# says: x"):
        path.write_text(text)
        with pytest.raises(ValueError, match="needs the lines"):
            rejected.read(path)


WATCHED = """
import os, sys
from pathlib import Path
from autograder.author import verify
from autograder.course.layout import Course
mine = os.getpid()
def watch(event, arguments):
    if event == "open" and os.getpid() == mine and isinstance(arguments[0], (str, Path)):
        path = str(arguments[0])
        if "rejected" in path and path.endswith((".py", ".diff")) or path.endswith(".ipynb"):
            print("READ", path, flush=True)
            os._exit(9)
sys.addaudithook(watch)
course = Course(Path(sys.argv[1]))
chapter = course.chapter("chapter05")
third = int(sys.argv[2]) if len(sys.argv) > 2 else None
for outcome in verify.verify(course, chapter, False, third):
    print(outcome.label, outcome.problem, sep=": ")
"""


def watched(*arguments: str | Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *map(str, arguments)],
        env={"PYTHONPATH": str(ROOT), "AUTOGRADER_SEED": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return done.stdout.splitlines()


def test_all_in_order_by_processes_that_are_forked_before_anything_is_read(
    tmp_path: Path,
) -> None:
    course = Course(course_in(tmp_path))
    toml = tmp_path / "solutions" / "chapter05" / "chapter05.toml"
    first, second, *_ = toml.read_text(encoding="utf-8").partition("\n[[exercise]]")
    one = toml.read_text(encoding="utf-8").split("\n[[exercise]]")[1]
    toml.write_text(first + second + one, encoding="utf-8")  # one exercise
    wrong = "def control_flow_graph(func):\n    return {}"
    for name in ("a", "b", "c"):
        submission(course, name, "# fails: tests\n# says: expected", wrong)
    seen = [watched(tmp_path), *(watched(tmp_path, str(third)) for third in range(3))]
    reference = f"chapter05 {CFG} reference: "
    each = [f"chapter05 {CFG} rejected {name}: " for name in "abc"]
    assert seen[0] == [reference, *each]
    assert all(lines[0] == reference for lines in seen[1:])
    assert sorted(line for lines in seen[1:] for line in lines[1:]) == each


def test_each_rejected_submission_is_in_one_third() -> None:
    chapter = COURSE.chapter("chapter05")
    paths = [one for each in chapter.exercises for one in rejected.paths(COURSE, chapter, each)]
    sizes = [sum(verify.third_of(path) == third for path in paths) for third in range(3)]
    assert sum(sizes) == len(paths) and min(sizes) > len(paths) / 6
