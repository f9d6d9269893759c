"""Authors: references pass with a margin, rejected submissions fail, each for its reason.

What needs no clock is judged by two processes at once. So is the speed of submissions that are too
slow: most miss their bars by far, and whichever does not fail as it should is timed again. That and
the references come last, one at a time, when nothing else is running, and what is wrong then has to
be wrong in two runs of three. A submission whose speed is at fault is judged twice: its answers
must be right, or its speed would never be measured.
"""

from __future__ import annotations

import json
import math
import os
import re
import resource
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from multiprocessing import get_context, util
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from autograder.author import hints, rejected, tools
from autograder.author.rejected import Rejected
from autograder.check import properties
from autograder.course.layout import Chapter, Course, find_course
from autograder.judge import judge
from autograder.judge.secret_files import secrets_of
from autograder.judge.workers import STILL_RUNNING, ForkServer
from autograder.report.measurement import Timed
from autograder.report.results import ExerciseResult
from autograder.speed import pairs
from autograder.worker.parts import book_function

MARGIN = 1.3  # how far the reference must clear every bar
SHORT_BY = 1.1  # how far a submission that is too slow must miss its bar
# CPU seconds of the reference's call: shorter ones are mostly messages and cold caches.
SHORTEST = 0.001
# See ForkServer. Most of what ends by itself spends a third of the limits. References have all the
# time that the limits allow, and so has, once more, what was ended and should have said more.
PATIENCE = 0.5
SHRINK_SECONDS = 3.0  # for a smaller counterexample, which nobody reads here
LANES = 2  # processes that judge at once what needs no clock
# Checks that need no clock: what a speed cell with no others says is the same on a busy machine.
COUNTED = frozenset(
    "agrees close compiles conflicts costs counted_modules counts cpp_allocations cpp_as_cheap"
    " cpp_flat cpp_instructions cpp_tests equal filechecks finds_bugs generates intermediates"
    " launching mispredicts plugin_costs plugin_prints plugin_refines predicting promises raises"
    " reads_ir rewrites rewrites_work runs_opencl schedules sectors space traffic true uses".split()
)


@dataclass(frozen=True)
class Task:
    """What is judged: an exercise's reference, or the rejected submission at `path`."""

    exercise: str
    path: Path | None = None

    @property
    def label(self) -> str:
        return f"{self.exercise} {f'rejected {self.path.stem}' if self.path else 'reference'}"


@dataclass(frozen=True)
class Outcome:
    """`problem` is empty if all is as it should be; `to_time` says that a clock is still needed,
    and `alone` that nothing else may run meanwhile."""

    label: str
    problem: str = ""
    to_time: bool = False
    alone: bool = False
    seconds: float = 0.0  # of the clock
    skipped: bool = False  # not judged, for want of a tool that the label names


def run(
    names: list[str], measure_speed: bool = True, seed: int = 1, third: int | None = None
) -> int:
    """Print one line for each reference and rejected submission; 0 if all are as they should be.

    The seed makes a run repeatable; other seeds try other inputs. `third` is 0, 1, or 2: only that
    third of the rejected submissions is judged.
    """
    os.environ["AUTOGRADER_SEED"] = str(seed)
    course = find_course()
    wrong = 0
    for name in names or course.chapters():
        chapter, before = course.chapter(name), _cpu_seconds()
        hints.check_sources(chapter)
        for outcome in verify(course, chapter, measure_speed, third):
            state = "WRONG" if outcome.problem else "-   " if outcome.skipped else "ok  "
            told = f": {outcome.problem}" if outcome.problem else ""
            print(f"{state} {outcome.seconds:5.1f} s  {outcome.label}{told}", flush=True)
            wrong += bool(outcome.problem)
        print(f"     {chapter.name}: {_cpu_seconds() - before:.0f} s of CPU", flush=True)
    print(f"seed {seed}: ", end="")
    print(f"{wrong} wrong" if wrong else "every reference passes, every rejected submission fails")
    if not measure_speed:
        print("speed was not measured (--no-speed)")
    if third is not None:
        print(f"two thirds of the rejected submissions were not judged (--third {third})")
    return 1 if wrong else 0


def _cpu_seconds() -> float:
    """Of this process, and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def verify(
    course: Course, chapter: Chapter, measure_speed: bool = True, third: int | None = None
) -> Iterator[Outcome]:
    """Yield what became of each reference and each rejected submission."""
    tasks = [Task(exercise.name) for exercise in chapter.exercises]
    for exercise in chapter.exercises:
        paths = rejected.paths(course, chapter, exercise)
        tasks += [Task(exercise.name, path) for path in paths]
        if len(paths) < rejected.AT_LEAST:
            few = f"only {len(paths)} rejected submissions"
            yield Outcome(f"{chapter.name} {exercise.name}", few)
    if third is not None:
        tasks = [task for task in tasks if task.path is None or third_of(task.path) == third]
    judge.preload(chapter)  # here, so that the processes need not
    for name in chapter.warm:
        book_function(name)()
    beside, alone = [], []
    with _lanes(course, chapter, LANES) as lanes:
        for task, outcome in zip(tasks, lanes.map(judge_answers, tasks)):
            if outcome.to_time and measure_speed:
                (alone if outcome.alone else beside).append(task)
            else:
                yield outcome
        for task, outcome in zip(beside, lanes.map(judge_speed, beside)):
            if outcome.problem:
                alone.append(task)
            else:
                yield outcome
    with _lanes(course, chapter, 1) as lane:
        yield from lane.map(judge_alone, alone)


def third_of(path: Path) -> int:
    """Which third a rejected submission is of: by its name, so that all kinds are in each."""
    return zlib.crc32(f"{path.parent.name} {path.stem}".encode()) % 3


# ---- processes ----------------------------------------------------------------------------------


@contextmanager
def _lanes(course: Course, chapter: Chapter, number: int) -> Iterator[ProcessPoolExecutor]:
    """Processes, each with a fork server of its own and, where there are two, a CPU of its own.

    They are forked from a process that has read neither hidden tests nor answers.
    """
    forking = get_context("fork")
    cpus: SimpleQueue[set[int] | None] = forking.SimpleQueue()
    have = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    for lane in range(number):
        cpus.put({have[lane % len(have)]} if have and number > 1 else None)
    with ProcessPoolExecutor(number, forking, _open_lane, (course, chapter, cpus)) as pool:
        yield pool


class Lane:
    """One process that judges submissions to one chapter."""

    def __init__(self, course: Course, chapter: Chapter) -> None:
        self.course, self.chapter = course, chapter
        self.secret = secrets_of(course, chapter)
        self.server = ForkServer(self.secret)
        self.folder = tempfile.TemporaryDirectory(prefix="autograder-verify-")
        # Only now, after the fork, is anything read that a submission must not see.
        self.source = json.loads(chapter.source.read_text(encoding="utf-8"))

    def close(self) -> None:
        self.server.close()
        self.folder.cleanup()

    def submission(self, task: Task) -> Rejected | None:
        return rejected.read(task.path) if task.path else None

    def result(
        self,
        task: Task,
        one: Rejected | None,
        measure_speed: bool,
        answers_are_right: bool = False,
        hurried: bool = True,
    ) -> ExerciseResult:
        self.server.patience = PATIENCE if one and hurried else math.inf
        data = rejected.with_answer(self.chapter, self.source, one) if one else self.source
        path = Path(self.folder.name) / f"{self.chapter.name}.ipynb"
        path.write_text(json.dumps(data), encoding="utf-8")
        grader, _ = judge.open_workbook(self.chapter, path, self.server, self.secret, measure_speed)
        grader.answers_are_right = answers_are_right
        return grader.exercise(self.chapter.exercise(task.exercise))

    def speed_cell(self, task: Task) -> str:
        """The code of the exercise's speed cell; empty if it has none."""
        cell = f"{self.chapter.exercise(task.exercise).cell}-speed"
        sources = [
            "".join(one["source"])
            for one in self.source["cells"]
            if one["metadata"].get("nbgrader", {}).get("grade_id") == cell
        ]
        return "\n".join(sources)


_lane: Lane | None = None  # of this process


def _open_lane(course: Course, chapter: Chapter, cpus: SimpleQueue[set[int] | None]) -> None:
    global _lane
    if (cpu := cpus.get()) is not None:
        os.sched_setaffinity(0, cpu)
        pairs.shared = True
    properties.SHRINK_SECONDS = SHRINK_SECONDS
    _lane = Lane(course, chapter)
    util.Finalize(None, _lane.close, exitpriority=1)


def _with_seconds(judge_it: Callable[[Task], Outcome]) -> Callable[[Task], Outcome]:
    @wraps(judge_it)
    def timed(task: Task) -> Outcome:
        begun = time.monotonic()
        return replace(judge_it(task), seconds=time.monotonic() - begun)

    return timed


@_with_seconds
def judge_answers(task: Task) -> Outcome:
    """Whatever needs no clock."""
    assert _lane is not None
    outcome = _answers(task)
    if task.path and STILL_RUNNING in outcome.problem:
        return _answers(task, hurried=False)
    return outcome


def _answers(task: Task, hurried: bool = True) -> Outcome:
    assert _lane is not None
    label, one = f"{_lane.chapter.name} {task.label}", _lane.submission(task)
    if why := tools.missing(_lane.chapter.exercise(task.exercise).needs):
        problem = "" if one else _not_left_open(_lane.result(task, None, measure_speed=True))
        return Outcome(f"{label}: not judged here: {why}", problem, skipped=True)
    if one and one.missing:
        return Outcome(f"{label}: not judged here, it needs {one.missing}", skipped=True)
    speed_cell = _lane.speed_cell(task)
    timed = bool(set(re.findall(r"\bcheck\.(\w+)", speed_cell)) - COUNTED)
    result = _lane.result(task, one, not timed, hurried=hurried)
    if timed and (one is None or one.fails == "speed"):
        problem = _not_right(result)
        alone = one is None or "parallel=" in speed_cell  # which takes every CPU
        return Outcome(label, problem, to_time=not problem, alone=alone)
    return _outcome(label, result, one)


@_with_seconds
def judge_speed(task: Task) -> Outcome:
    """What does, of a submission whose answers are right."""
    assert _lane is not None
    one = _lane.submission(task)
    result = _lane.result(task, one, measure_speed=True, answers_are_right=True)
    return _outcome(f"{_lane.chapter.name} {task.label}", result, one)


@_with_seconds
def judge_alone(task: Task) -> Outcome:
    """The same, when nothing else runs here. Other work on this machine may spoil a measurement:
    what is wrong is wrong in two runs of three, and one that was spoiled is told beside the rest.
    """
    first = judge_speed(task)
    if not first.problem:
        return first
    second = judge_speed(task)
    last = second if second.problem else judge_speed(task)
    return replace(last, label=f"{last.label} [another run: {first.problem}]")


# ---- verdicts -----------------------------------------------------------------------------------


def _outcome(label: str, result: ExerciseResult, one: Rejected | None) -> Outcome:
    measured = [m for test in result.tests for m in test.measurements]
    if one is not None:
        missed = [1 / m.margin() for m in measured if m.verdict == "failed" and m.margin() > 0]
        shown = _listed("misses its bar", missed)
        return Outcome(label + shown, _rejection(result, one))
    return Outcome(
        label + _listed("clears its bars", [m.margin() for m in measured]), _reference(result)
    )


def _listed(told: str, factors: list[float]) -> str:
    """The factors that are known, in brackets: other machines will find others."""
    shown = ", ".join(f"{factor:.2g}×" for factor in factors if 0 < factor < math.inf)
    return f" ({told} {shown})" if shown else ""


def _not_right(result: ExerciseResult) -> str:
    """What is wrong with the answers of a submission whose speed is to be measured."""
    if result.status == "correct":
        return ""
    wrong = [test for test in result.tests if test.status != "passed"]
    told = "; ".join(f"{t.cell} {t.status}: {t.message} {t.details}" for t in wrong)
    return f"its answers are not right, it is {result.status}: {told}"


def _not_left_open(result: ExerciseResult) -> str:
    """What is wrong with a verdict where a tool is missing: it is "not judged here"."""
    for test in result.tests:
        if test.status not in ("unmeasured", "skipped"):
            return f"{test.cell} {test.status}, where nobody can judge: {test.message}"
        if test.status == "unmeasured" and not test.message.startswith("not judged here: "):
            return f"{test.cell} does not say why it is not judged: {test.message}"
    return "" if result.status == "unmeasured" else f"it is {result.status}"


def _reference(result: ExerciseResult) -> str:
    for test in result.tests:
        if test.status != "passed":
            return f"{test.cell} {test.status}: {test.message} {test.details}"
        for m in test.measurements:
            if m.margin() < MARGIN and not m.exact:  # what is exact needs no room for noise
                return f"{test.cell} clears its bar by less than {MARGIN}: {m.sentence()}"
            if isinstance(m, Timed) and m.call < SHORTEST:
                return f"{test.cell}: a call of {m.call * 1e3:.2g} ms is too short to be measured"
    return ""


def _rejection(result: ExerciseResult, one: Rejected) -> str:
    if one.fails == "not started":
        return "" if result.status == "not started" else f"is {result.status}"
    failed = [test for test in result.tests if test.status == "failed"]
    if not failed:
        return f"was not rejected: it is {result.status}"
    test = failed[0]
    if not test.cell.endswith("-" + one.fails):
        return f"failed {test.cell}, expected {one.fails}: {test.message}"
    said = "\n".join([test.message, *(f"{label}: {text}" for label, text in test.details)])
    if not re.search(one.says, said):
        return f"failed {test.cell} as it should, but said: {said}"
    for m in test.measurements:
        if m.verdict == "failed" and not m.exact and m.margin() * SHORT_BY > 1:
            return f"{test.cell} misses its bar by less than {SHORT_BY}: {m.sentence()}"
    return ""
