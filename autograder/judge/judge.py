"""Grades a workbook: the tests run here, the reader's code runs in a worker.

Each exercise gets a worker of its own, in which the book's version of the part asked for is
switched off and the book's versions of all the *other* exercises stand in for the reader's. So an
exercise is judged on its own merits, whatever state the others are in.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.course import notebook
from autograder.course.answers import Answer, Asked, find_answers
from autograder.course.ipython import to_python
from autograder.course.layout import Chapter, Course, Exercise, UsageError
from autograder.judge.cells import Failure, Workbook
from autograder.judge.modules import modules_beside
from autograder.judge.secret_files import secrets_of
from autograder.judge.testing import run_test
from autograder.judge.workers import ForkServer
from autograder.report.results import ExerciseResult, Report, TestResult
from autograder.speed import cpus
from autograder.worker import codecs

STUBS = ("raise NotImplementedError", '#error "not solved yet"')
SETTINGS = ("NUMBA_DISABLE_JIT",)
ignored: list[str] = []  # of them, what was set when this process began


def preload(chapter: Chapter) -> None:
    """Import what the chapter needs, before the fork, so that workers need not."""
    cpus.set_up_thread_pools()
    _ignore_settings()
    for module in ("autograder.check", *chapter.preload):
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            missing = f"{chapter.name} needs {error.name}, which is not installed here"
            raise UsageError(f"{missing}: see the README, or open the chapter in Colab") from None
    codecs.register_tern()


def _ignore_settings() -> None:
    """Settings of the reader's environment that would have something else judged than the code."""
    for name in SETTINGS:
        if os.environ.pop(name, "0") not in ("", "0"):
            ignored.append(name)
            if (numba := sys.modules.get("numba")) is not None:
                numba.config.DISABLE_JIT = 0


def _ignored(chapter: Chapter) -> list[str]:
    if not chapter.native:
        return []
    return [f"{name} is set: ignored here, what you have written is compiled" for name in ignored]


def grade(
    course: Course,
    chapter: Chapter,
    workbook: Path,
    only: list[str] | None = None,
    measure_speed: bool = True,
    tell: Callable[[str], None] = lambda doing: None,
) -> Report:
    """Grade the workbook; `only` names exercises. Raises notebook.NotebookError.

    `tell` is called with what is being done, such as "measuring ssa", for a reader who waits.

    Nothing is written. The seconds reported are wall-clock time.
    """
    start = time.monotonic()
    preload(chapter)
    gc.collect()
    secret = secrets_of(course, chapter)
    with ForkServer(secret) as server:
        grader, problems = open_workbook(chapter, workbook, server, secret, measure_speed, tell)
        results = [
            grader.exercise(exercise)
            for exercise in chapter.exercises
            if only is None or exercise.name in only
        ]
    return Report(
        chapter.name,
        chapter.title,
        str(workbook),
        results,
        [*_ignored(chapter), *problems],
        time.monotonic() - start,
    )


def open_workbook(
    chapter: Chapter,
    workbook: Path,
    server: ForkServer,
    secret: frozenset[str],
    measure_speed: bool = True,
    tell: Callable[[str], None] = lambda doing: None,
) -> tuple[Grader, list[str]]:
    """A workbook's grader, and what is wrong with the notebook. Raises notebook.NotebookError.

    Only here, after the fork, is anything read that the reader's code must not see.
    """
    handed_in = notebook.read(workbook)
    source = notebook.read(chapter.source)
    stubs = {cell.id: notebook.stub_of(cell.source) for cell in source.cells if cell.solution}
    asked = [Asked(e.cell, e.function, stubs.get(e.cell, "")) for e in chapter.exercises]
    answers, problems = find_answers(handed_in, asked)
    modules = modules_beside(workbook, handed_in)
    book = Workbook(chapter, source, handed_in, answers, modules, server)
    grader = Grader(book, stubs, secret, measure_speed, tell)
    return grader, [*handed_in.problems, *problems, *_missing_tests(source, handed_in)]


def _missing_tests(source: notebook.Notebook, handed_in: notebook.Notebook) -> list[str]:
    have = {cell.id for cell in handed_in.cells}
    missing = [cell.id for cell in source.cells if cell.is_test and cell.id not in have]
    if not missing:
        return []
    return [f"test cells are missing ({', '.join(missing)}): the book's own were used"]


class Grader:
    """Grades one workbook's exercises, one by one."""

    def __init__(
        self,
        book: Workbook,
        stubs: dict[str, str],
        secret: frozenset[str],
        measure_speed: bool,
        tell: Callable[[str], None],
    ) -> None:
        self.book, self.stubs, self.secret = book, stubs, secret
        self.measure_speed, self.tell = measure_speed, tell
        self.answers_are_right = False  # as was found before: only speed is tested

    def exercise(self, exercise: Exercise) -> ExerciseResult:
        tests = [
            cell
            for cell in self.book.source.cells
            if cell.is_test and cell.id.startswith(exercise.cell + "-")
        ]
        answer = self.book.answers.get(exercise.cell)
        results, printed = [TestResult(cell.id, cell.points, "skipped") for cell in tests], ""
        if answer is None or self._is_stub(exercise, answer):
            status = "not started"
        elif used := self._short_cut(exercise):
            status = results[0].status = "failed"
            results[0].message = used
        else:
            # Without the other exercises' cells, which may redefine a helper or spoil the process;
            # with them only where a name is missing, because a helper may stand there.
            results, printed = self._run(exercise, tests, alone=True)
            if any("NameError: name" in result.message for result in results):
                results, printed = self._run(exercise, tests, alone=False)
            status = _status(results)
        earned = sum(result.points for result in results if result.status == "passed")
        possible = sum(cell.points for cell in tests)
        return ExerciseResult(
            exercise.name, exercise.title, status, earned, possible, results, printed
        )

    def _short_cut(self, exercise: Exercise) -> str | None:
        """A forbidden short cut in the answer, in words. Other cells that hold one do not run."""
        for cell in self.book.pieces(exercise).values():
            if used := self.book.short_cut(exercise, to_python(cell.source)):
                return used
        return None

    def _is_stub(self, exercise: Exercise, answer: Answer) -> bool:
        stub = self.stubs.get(exercise.cell, "")
        return answer.source.strip() == stub.strip() and any(mark in stub for mark in STUBS)

    def _run(
        self, exercise: Exercise, tests: list[notebook.Cell], alone: bool
    ) -> tuple[list[TestResult], str]:
        """The result of each test, and what the reader's code printed meanwhile."""
        results: list[TestResult] = []
        worker, failure = self.book.start(exercise, alone)
        made: dict[str, Any] = {}
        for cell in tests:
            result = self._instead(cell, results, failure)
            if result is None:
                if not worker.alive:
                    worker, failure = self.book.start(exercise, alone)
                doing = "measuring" if cell.id.endswith("-speed") else "checking"
                self.tell(f"{doing} {exercise.name}")
                result = run_test(
                    self.book,
                    exercise,
                    worker,
                    cell,
                    self.secret,
                    made,
                    lambda: self.book.start(exercise, alone)[0],
                )
            results.append(result)
        printed = worker.printed()
        worker.close()
        return results, printed

    def _instead(
        self, cell: notebook.Cell, before: list[TestResult], failure: Failure | None
    ) -> TestResult | None:
        """The result of a test that is not run, and None of one that is."""
        result = TestResult(cell.id, cell.points, "skipped")
        if failure is not None and not before:
            result.status = "failed"
            result.message, result.details = failure.message, failure.details
        elif result.is_speed and any(other.status != "passed" for other in before):
            result.message = "speed is measured once the answers are right"
        elif result.is_speed and not self.measure_speed:
            result.message = "speed was not asked for"
        elif failure is None and self.answers_are_right and not result.is_speed:
            result.status = "passed"
        elif failure is None:
            return None
        return result


def _status(results: list[TestResult]) -> str:
    """What the results of an exercise's tests come to."""
    found = {result.status for result in results}
    for status in ("failed", "unmeasured"):
        if status in found:
            return status
    return "passed" if found <= {"passed"} else "correct"  # where speed was not asked for


if sys.platform == "win32":  # fork, limits and process clocks are POSIX
    raise ImportError("the autograder needs Linux, macOS or WSL")
