"""Runs one test cell against a worker, and says what comes of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from autograder.check import session
from autograder.check.failures import CheckFailed, CouldNotMeasure
from autograder.course import notebook
from autograder.course.layout import Exercise
from autograder.judge.cells import Workbook, last_call, where_in
from autograder.judge.session import JudgeSession
from autograder.judge.workers import Worker
from autograder.report.measurement import describe
from autograder.report.results import Detail, TestResult
from autograder.report.words import show
from autograder.speed import cpus
from autograder.worker.errors import RemoteError, WorkerLost

CELL_SECONDS = 120.0  # wall-clock limit of one test cell's untimed calls, all together
MAX_SHOWN = 2_000  # characters of a call


def run_test(
    book: Workbook,
    exercise: Exercise,
    worker: Worker,
    cell: notebook.Cell,
    secret: frozenset[str],
    made: dict[str, Any],
    start: Callable[[], Worker],
) -> TestResult:
    """What one test cell says of the functions in the worker; `start` makes another of these.

    `made` keeps what a check has made of this answer, for the cells after it.
    """
    namespace = book.namespace(worker)
    result = TestResult(cell.id, cell.points, "passed")
    cells = book.cells(exercise, alone=True)
    given = book.server, book.chapter, cells, secret, exercise.off, made, start
    lent = JudgeSession(*given, exercise.forbidden)
    worker.deadline = None if result.is_speed else time.monotonic() + CELL_SECONDS
    together = () if result.is_speed else (os.getpid(), worker.pid)
    try:
        with session.use(lent), cpus.on_one_cpu(*together):
            exec(compile(cell.source, f"<{cell.id}>", "exec"), namespace)
    except CouldNotMeasure as error:
        result.status, result.message = "unmeasured", error.message
    except CheckFailed as error:
        result.status, result.message = "failed", error.message
        told = any(label == "smallest counterexample" for label, _ in error.details)
        # A measurement is of many calls, none of which is the last one made for an answer.
        told = told or bool(lent.recorded and lent.recorded[-1].verdict == "failed")
        tried = [] if told else _called(namespace, exercise)
        result.details = tried + error.details + where_in(error)
    except RemoteError as error:
        result.status, result.message = "failed", str(error)
        result.details = _called(namespace, exercise) + where_in(error)
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


def _called(namespace: dict[str, Any], exercise: Exercise) -> list[Detail]:
    """The arguments of the last call, for the reader to try."""
    if (call := last_call(namespace, exercise)) is None:
        return []
    arguments, keywords = call
    named = [f"{name}={show(value)}" for name, value in keywords.items()]
    shown = ", ".join([*map(_shown, arguments), *named])
    return [("called with", shown if len(shown) < MAX_SHOWN else shown[:MAX_SHOWN] + " …")]


def _shown(value: Any) -> str:
    """An argument as one could type it; of a large array its dtype and shape."""
    return describe((value,)) if getattr(value, "size", 0) > 64 else show(value)
