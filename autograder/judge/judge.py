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
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.check import session
from autograder.check.failures import CheckFailed, CouldNotMeasure
from autograder.course import notebook
from autograder.course.layout import Chapter, Course, Exercise, UsageError
from autograder.judge import host
from autograder.judge.secret_files import secrets_of
from autograder.judge.session import JudgeSession
from autograder.report.measurement import describe
from autograder.report.results import ExerciseResult, Report, TestResult
from autograder.report.words import show
from autograder.speed import cpus
from autograder.worker import errors, shortcuts, values
from autograder.worker.errors import RemoteError, WorkerLost

CELL_SECONDS = 120.0  # wall-clock limit of one test cell's untimed calls, all together
STUB = "raise NotImplementedError"


def preload(chapter: Chapter) -> None:
    """Import what the chapter needs, before the fork, so that workers need not."""
    cpus.let_waiting_threads_sleep()
    for module in ("autograder.check", *chapter.preload):
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            missing = f"{chapter.name} needs {error.name}, which is not installed here"
            raise UsageError(f"{missing}: see the README, or open the chapter in Colab") from None
    values.register_tern()


# ---- grading ------------------------------------------------------------------------------------


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
    with host.Host(secret) as nursery:
        grader, problems = open_workbook(chapter, workbook, nursery, secret, measure_speed, tell)
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
        problems,
        time.monotonic() - start,
    )


def open_workbook(
    chapter: Chapter,
    workbook: Path,
    nursery: host.Host,
    secret: frozenset[str],
    measure_speed: bool = True,
    tell: Callable[[str], None] = lambda doing: None,
) -> tuple[Grader, list[str]]:
    """A workbook's grader, and what is wrong with the notebook.

    Only here, after the nursery was forked, is anything read that the reader's code must not see.
    """
    theirs = notebook.read(workbook)
    source = notebook.read(chapter.source)
    stubs = {cell.id: notebook.stub_of(cell.source) for cell in source.cells if cell.solution}
    wanted = [(e.cell, e.function, stubs.get(e.cell, "")) for e in chapter.exercises]
    answers, problems = notebook.find_answers(theirs, wanted)
    grader = Grader(chapter, source, theirs, answers, stubs, nursery, secret, measure_speed, tell)
    return grader, theirs.problems + problems + _missing_tests(source, theirs)


def _missing_tests(source: notebook.Notebook, theirs: notebook.Notebook) -> list[str]:
    have = {cell.id for cell in theirs.cells}
    missing = [cell.id for cell in source.cells if cell.is_test and cell.id not in have]
    if not missing:
        return []
    return [f"test cells are missing ({', '.join(missing)}): the book's own were used"]


class Grader:
    """Grades one workbook's exercises, one by one."""

    def __init__(
        self,
        chapter: Chapter,
        source: notebook.Notebook,
        theirs: notebook.Notebook,
        answers: dict[str, notebook.Cell],
        stubs: dict[str, str],
        nursery: host.Host,
        secret: frozenset[str],
        measure_speed: bool,
        tell: Callable[[str], None],
    ):
        self.chapter, self.source, self.theirs = chapter, source, theirs
        self.answers, self.stubs = answers, stubs
        self.nursery, self.secret = nursery, secret
        self.measure_speed, self.tell = measure_speed, tell
        self.answers_are_right = False  # as was found before: only speed is tested
        self.broken: dict[str, dict] = {}  # cells that stopped a worker, left out from then on

    # ---- one exercise ----

    def exercise(self, exercise: Exercise) -> ExerciseResult:
        tests = [
            cell
            for cell in self.source.cells
            if cell.is_test and cell.id.startswith(exercise.cell + "-")
        ]
        possible = sum(cell.points for cell in tests)
        answer = self.answers.get(exercise.cell)
        if answer is None or self._is_stub(exercise, answer):
            skipped = [TestResult(cell.id, cell.points, "skipped") for cell in tests]
            return ExerciseResult(
                exercise.name, exercise.title, "not started", 0.0, possible, skipped
            )
        if shortcut := shortcuts.found(notebook.without_magics(answer.source), exercise.forbidden):
            failed = [TestResult(cell.id, cell.points, "skipped") for cell in tests]
            failed[0] = TestResult(tests[0].id, tests[0].points, "failed", shortcut)
            return ExerciseResult(exercise.name, exercise.title, "failed", 0.0, possible, failed)
        # Without the other exercises' cells, which may redefine a helper or spoil the process; with
        # them only where a name is missing, because a helper may stand there.
        results, printed = self._run(exercise, answer, tests, alone=True)
        if any("NameError: name" in result.message for result in results):
            results, printed = self._run(exercise, answer, tests, alone=False)
        statuses = [result.status for result in results]
        if all(status == "passed" for status in statuses):
            status = "passed"
        elif "failed" in statuses:
            status = "failed"
        elif "unmeasured" in statuses:
            status = "unmeasured"
        else:
            status = "correct"  # speed was not asked for
        earned = sum(result.points for result in results if result.status == "passed")
        return ExerciseResult(
            exercise.name, exercise.title, status, earned, possible, results, printed
        )

    def _is_stub(self, exercise: Exercise, answer: notebook.Cell) -> bool:
        stub = self.stubs.get(exercise.cell, "")
        return answer.source.strip() == stub.strip() and STUB in stub

    def _run(
        self, exercise: Exercise, answer: notebook.Cell, tests: list[notebook.Cell], alone: bool
    ) -> tuple[list[TestResult], str]:
        results: list[TestResult] = []
        worker, failure = self._start(exercise, alone)
        if failure is None and (problem := self.broken.get(exercise.cell)):
            failure = problem
        for cell in tests:
            if failure is not None and not results:
                results.append(
                    TestResult(
                        cell.id, cell.points, "failed", failure["message"], failure["details"]
                    )
                )
            elif cell.id.endswith("-speed") and any(r.status != "passed" for r in results):
                why = "speed is measured once the answers are right"
                results.append(TestResult(cell.id, cell.points, "skipped", why))
            elif cell.id.endswith("-speed") and not self.measure_speed:
                results.append(
                    TestResult(cell.id, cell.points, "skipped", "speed was not asked for")
                )
            elif failure is not None:
                results.append(TestResult(cell.id, cell.points, "skipped"))
            elif self.answers_are_right and not cell.id.endswith("-speed"):
                results.append(TestResult(cell.id, cell.points, "passed"))
            else:
                if not worker.alive:
                    worker, failure = self._start(exercise, alone)
                results.append(self._test(exercise, worker, cell))
        printed = worker.printed()
        worker.close()
        return results, printed

    def _start(self, exercise: Exercise, alone: bool) -> tuple[host.Worker, dict | None]:
        """A worker with the reader's cells run in it, and what stops the exercise, if anything.

        A cell that never ends or ends the process is left out and the rest is run again.
        """
        others = {
            other.function: other.part
            for other in self.chapter.exercises
            if other.name != exercise.name
        }
        while True:
            worker = self._spawn(exercise)
            cells = self._cells(exercise, alone)
            try:
                loaded = worker.load(cells, others)
            except WorkerLost as lost:
                failure = {"message": f"this cell: {lost}", "details": []}
                culprit = self._culprit(exercise, cells)
                if culprit is None or culprit in self.broken:
                    return worker, failure
                self.broken[culprit] = failure
                if culprit == exercise.cell:
                    return worker, failure
                continue
            for problem in loaded["problems"]:
                if problem["cell"] == exercise.cell:
                    error = errors.decoded(problem)
                    details = _where(error.where)
                    return worker, {"message": f"the cell raised {error}", "details": details}
            return worker, None

    def _spawn(self, exercise: Exercise) -> host.Worker:
        chapter = self.chapter
        return self.nursery.spawn(
            off=[exercise.part],
            limits=chapter.limits,
            native=chapter.native,
            forbidden=exercise.forbidden,
        )

    def _cells(self, exercise: Exercise, alone: bool) -> list[dict]:
        """The book's set-up cells, then the reader's own cells in their order.

        `alone` leaves out the answers to the other exercises.
        """
        setup = [
            {"id": cell.id, "source": cell.source}
            for cell in self.source.cells
            if cell.locked and not cell.grade and not cell.solution
        ]
        by_number = {answer.number: identity for identity, answer in self.answers.items()}
        known = {cell.id for cell in self.source.cells if cell.id}
        for cell in self.theirs.cells:
            identity = by_number.get(cell.number, f"cell {cell.number}")
            if cell.number not in by_number and (cell.id in known or cell.is_test):
                continue  # a set-up or test cell (the book's is used), or a duplicate
            if alone and cell.number in by_number and identity != exercise.cell:
                continue
            if identity not in self.broken:
                setup.append({"id": identity, "source": notebook.without_magics(cell.source)})
        return setup

    def _culprit(self, exercise: Exercise, cells: list[dict]) -> str | None:
        """Which cell never ends or ends the process: run them one by one."""
        worker = self._spawn(exercise)
        for number, cell in enumerate(cells):
            try:
                worker.load([cell], {}, keep=number > 0)
            except WorkerLost:
                return cell["id"]
        worker.close()
        return None

    # ---- one test cell ----

    def _test(self, exercise: Exercise, worker: host.Worker, cell: notebook.Cell) -> TestResult:
        self.tell(f"{'measuring' if cell.id.endswith('-speed') else 'checking'} {exercise.name}")
        namespace = self._namespace(exercise, worker)
        result = TestResult(cell.id, cell.points, "passed")
        cells = self._cells(exercise, alone=True)
        lent = JudgeSession(self.nursery, self.chapter, cells, self.secret)
        worker.deadline = time.monotonic() + CELL_SECONDS if not result.is_speed else None
        together = () if result.is_speed else (os.getpid(), worker.pid)
        try:
            with session.use(lent), cpus.on_one_cpu(*together):
                exec(compile(cell.source, f"<{cell.id}>", "exec"), namespace)
        except CouldNotMeasure as error:
            result.status, result.message = "unmeasured", error.message
        except CheckFailed as error:
            result.status, result.message = "failed", error.message
            labels = [label for label, _ in error.details]
            tried = _called(namespace, exercise) if "smallest counterexample" not in labels else []
            result.details = tried + error.details + _where(error.where)
        except RemoteError as error:
            result.status, result.message = "failed", str(error)
            result.details = _called(namespace, exercise) + _where(error.where)
        except WorkerLost as lost:
            result.status, result.message = "failed", f"calling {exercise.function}: {lost}"
            result.details = _called(namespace, exercise)
        except Exception as error:  # the test stumbled over what came back
            result.status = "failed"
            result.message = f"the test could not use the result: {type(error).__name__}: {error}"
            result.details = _called(namespace, exercise)
        finally:
            result.measurements = lent.recorded
            lent.close()
        return result

    def _namespace(self, exercise: Exercise, worker: host.Worker) -> dict[str, Any]:
        """What the test cell sees: the book's set-up cells, and stand-ins for the reader's names."""
        main = types.ModuleType("__main__")
        for cell in self.source.cells:
            if cell.locked and not cell.grade and not cell.solution:
                exec(compile(cell.source, f"<{cell.id}>", "exec"), main.__dict__)
        for other in self.chapter.exercises:
            main.__dict__[other.function] = worker.function(other.function, other.inout)
        return main.__dict__


def _where(where: list) -> list[tuple[str, str]]:
    """The innermost place in the reader's own cells, as a detail line."""
    if not where:
        return []
    file, line, code, _ = where[-1]
    return [("at", f"{file.strip('<>')}, line {line}" + (f": {code}" if code else ""))]


def _called(namespace: dict[str, Any], exercise: Exercise) -> list[tuple[str, str]]:
    """The arguments of the last call, for the reader to try."""
    stand_in = namespace.get(exercise.function)
    if not isinstance(stand_in, host.RemoteFunction) or stand_in.last_call is None:
        return []
    arguments, keywords = stand_in.last_call.decode()
    named = [f"{name}={show(value)}" for name, value in keywords.items()]
    shown = ", ".join([*map(_shown, arguments), *named])
    return [("called with", shown if len(shown) < 2_000 else shown[:2_000] + " …")]


def _shown(value: Any) -> str:
    """An argument as one could type it; of a large array its dtype and shape."""
    return describe((value,)) if getattr(value, "size", 0) > 64 else show(value)


if sys.platform == "win32":  # fork, limits and process clocks are POSIX
    raise ImportError("the autograder needs Linux, macOS or WSL")
