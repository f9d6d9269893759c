"""The cells that run in an exercise's worker: the book's set-up cells, then the reader's own."""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from typing import Any

from autograder.course import notebook
from autograder.course.layout import Chapter, Exercise
from autograder.judge.workers import ForkServer, RemoteFunction, Worker
from autograder.report.results import Detail
from autograder.worker import errors
from autograder.worker.errors import Where, WorkerLost


@dataclass(frozen=True)
class Failure:
    """Why an exercise's tests cannot begin."""

    message: str
    details: list[Detail] = field(default_factory=list)


@dataclass
class Workbook:
    """A reader's notebook beside the book's, and the workers that run its cells."""

    chapter: Chapter
    source: notebook.Notebook  # the book's
    handed_in: notebook.Notebook
    answers: dict[str, notebook.Cell]  # the reader's, by the id of the solution cell
    server: ForkServer
    broken: dict[str, Failure] = field(default_factory=dict)  # cells that stopped a worker

    def start(self, exercise: Exercise, alone: bool) -> tuple[Worker, Failure | None]:
        """A worker with the reader's cells run in it, and what stops the exercise, if anything.

        A cell that never ends or ends the process is left out and the rest is run again. `alone`
        leaves out the answers to the other exercises.
        """
        others = {
            other.function: other.part
            for other in self.chapter.exercises
            if other.name != exercise.name
        }
        while True:
            worker = self._spawn(exercise)
            cells = self.cells(exercise, alone)
            try:
                loaded = worker.load(cells, others)
            except WorkerLost as lost:
                failure = Failure(f"this cell: {lost}")
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
                    return worker, Failure(f"the cell raised {error}", where_in(error))
            return worker, self.broken.get(exercise.cell)

    def _spawn(self, exercise: Exercise) -> Worker:
        return self.server.spawn(
            off=[exercise.part],
            limits=self.chapter.limits,
            native=self.chapter.native,
            forbidden=exercise.forbidden,
        )

    def cells(self, exercise: Exercise, alone: bool) -> list[dict]:
        """What the worker runs, in order: {"id", "source"} of each cell."""
        found = [{"id": cell.id, "source": cell.source} for cell in self.setup_cells()]
        by_number = {answer.number: identity for identity, answer in self.answers.items()}
        known = {cell.id for cell in self.source.cells if cell.id}
        for cell in self.handed_in.cells:
            identity = by_number.get(cell.number, f"cell {cell.number}")
            if cell.number not in by_number and (cell.id in known or cell.is_test):
                continue  # a set-up or test cell (the book's is used), or a duplicate
            if alone and cell.number in by_number and identity != exercise.cell:
                continue
            if identity not in self.broken:
                found.append({"id": identity, "source": notebook.without_magics(cell.source)})
        return found

    def setup_cells(self) -> list[notebook.Cell]:
        return [
            cell
            for cell in self.source.cells
            if cell.locked and not cell.grade and not cell.solution
        ]

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

    def namespace(self, worker: Worker) -> dict[str, Any]:
        """What a test cell sees: the book's set-up cells, and stand-ins for the reader's names."""
        main = types.ModuleType("__main__")
        for cell in self.setup_cells():
            exec(compile(cell.source, f"<{cell.id}>", "exec"), main.__dict__)
        for each in self.chapter.exercises:
            main.__dict__[each.function] = worker.function(each.function, each.inout)
        return main.__dict__


def where_in(error: BaseException) -> list[Detail]:
    """The innermost location in the reader's own cells, as a detail line."""
    where: Where = getattr(error, "where", [])
    if not where:
        return []
    file, line, code, _ = where[-1]
    return [("at", f"{file.strip('<>')}, line {line}" + (f": {code}" if code else ""))]


def last_call(namespace: dict[str, Any], exercise: Exercise) -> tuple[tuple, dict] | None:
    """The arguments and keywords of the last call of the exercise's function."""
    stand_in = namespace.get(exercise.function)
    if not isinstance(stand_in, RemoteFunction) or stand_in.last_call is None:
        return None
    return stand_in.last_call.decode()
