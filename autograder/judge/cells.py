"""The cells that run in an exercise's worker: the book's set-up cells, then the reader's own."""

from __future__ import annotations

import itertools
import time
import types
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autograder.course.answers import Answer, definitions_in
from autograder.course.cpp_cell import Header, header_in
from autograder.course.ipython import to_python
from autograder.course.layout import Chapter, Exercise
from autograder.course.notebook import HALF, Cell, Notebook
from autograder.judge.workers import ForkServer, RemoteFunction, Worker
from autograder.report.results import Detail
from autograder.worker import cells as running
from autograder.worker import shortcuts
from autograder.worker.errors import Where, WorkerLost

ANSWER_SECONDS = 20.0  # wall-clock time that an answer's cell may take
SCRATCH_SECONDS = 5.0  # and a cell that answers nothing
SCRATCH_ALL = 15.0  # and all of those together; what comes after only defines its functions
MAX_RESTARTS = 4  # cells that end the worker, before all that answer nothing only define
GRACE = 3.0  # seconds in which a cell that was told to stop does so


@dataclass(frozen=True)
class Failure:
    """Why an exercise's tests cannot begin."""

    message: str
    details: list[Detail] = field(default_factory=list)


class Restart(Exception):
    """A cell has ended the worker, and will not run again."""


@dataclass
class Workbook:
    """A reader's notebook beside the book's, and the workers that run its cells."""

    chapter: Chapter
    source: Notebook  # the book's
    handed_in: Notebook
    answers: dict[str, Answer]  # the reader's, by the id of the solution cell
    modules: dict[str, str]  # the reader's own modules beside the workbook: names and texts
    server: ForkServer
    reduced: set[str] = field(default_factory=set)  # cells that run too long: only what they define
    dropped: set[str] = field(default_factory=set)  # cells that end the worker even so
    failures: dict[str, Failure] = field(default_factory=dict)  # of answers that end the worker

    def start(self, exercise: Exercise, alone: bool) -> tuple[Worker, Failure | None]:
        """A worker with the reader's cells run in it, and what stops the exercise, if anything.

        A cell that never ends or ends the process is left out and the rest is run again. `alone`
        leaves out the answers to the other exercises.
        """
        for again in itertools.count():
            if again in (MAX_RESTARTS, 2 * MAX_RESTARTS):  # there are too many to try each
                scratch = {cell["id"] for cell in self.cells(exercise, alone)}
                scratch -= self.pieces(exercise).keys()
                (self.reduced if again == MAX_RESTARTS else self.dropped).update(scratch)
            worker = self._spawn(exercise)
            if exercise.header:  # it is text, which nothing has to run for
                return worker, self._header_failure(exercise)
            try:
                return worker, self._run(worker, exercise, alone)
            except Restart:
                worker.close()
        raise AssertionError

    def _run(self, worker: Worker, exercise: Exercise, alone: bool) -> Failure | None:
        """Run the cells one by one; what stops the exercise. Raises Restart."""
        own, spent = self.pieces(exercise), 0.0
        raised: list[Failure] = []
        for cell in self.cells(exercise, alone):
            identity, seconds = cell["id"], cell.get("seconds")
            if seconds == SCRATCH_SECONDS and spent > SCRATCH_ALL:
                self.reduced.add(identity)
                continue
            begun = time.monotonic()
            try:
                loaded = worker.load([cell], seconds=(seconds or ANSWER_SECONDS) + GRACE)
            except WorkerLost as lost:
                if seconds is None:  # the book's own
                    return Failure(f"before your cells ran: {lost}")
                if identity in own:
                    self.failures[exercise.cell] = Failure(f"this cell: {lost}")
                    return self.failures[exercise.cell]
                (self.dropped if identity in self.reduced else self.reduced).add(identity)
                raise Restart from None
            if seconds == SCRATCH_SECONDS:
                spent += time.monotonic() - begun
            for _, error in loaded.problems:
                is_late = error.kinds[:1] == ["OutOfTime"]
                if identity in own and is_late:
                    return Failure(f"this cell: {error.message}", where_in(error))
                if identity in own:
                    raised.append(Failure(f"the cell raised {error}", where_in(error)))
                elif is_late:
                    self.reduced.add(identity)
        return self._bind(worker, exercise, raised)

    def _bind(self, worker: Worker, exercise: Exercise, raised: list[Failure]) -> Failure | None:
        """Let the book's parts stand for the other exercises; a failure if there is no answer."""
        others = {
            e.function: e.part for e in self.chapter.exercises if e.part and e.name != exercise.name
        }
        try:
            defined = worker.load([], others).defined
        except WorkerLost as lost:
            return Failure(f"after this cell: {lost}")
        if exercise.function in defined:
            return None
        return (raised or [Failure(f"the cell does not define {exercise.function}")])[0]

    def _spawn(self, exercise: Exercise) -> Worker:
        return self.server.spawn(
            off=exercise.off,
            limits=self.chapter.limits,
            native=self.chapter.native,
            forbidden=exercise.forbidden,
            imports=self.imports(),
        )

    def short_cut(self, exercise: Exercise, source: str) -> str | None:
        """What plain Python does that the exercise forbids, in words; None if nothing."""
        if not exercise.forbidden:
            return None
        return shortcuts.found(source, exercise.forbidden, self.functions)

    @cached_property
    def functions(self) -> frozenset[str]:
        """What the reader's cells define."""
        return shortcuts.defined(_runnable(cell.source) for cell in self.handed_in.cells)

    def imports(self) -> tuple[str, ...]:
        """What the worker has to import before its locks, which would refuse it."""
        text = "\n".join(cell.source for cell in self.handed_in.cells)
        return ("asyncio",) if "await" in text or "asyncio" in text else ()

    # ---- which cells ----

    def cells(self, exercise: Exercise, alone: bool) -> list[running.Cell]:
        """What the worker runs, in order."""
        found: list[running.Cell] = [
            {
                "id": f"{name}.py",
                "source": f"get_ipython().run_cell_magic('writefile', '{name}.py', {text!r})",
                "seconds": SCRATCH_SECONDS,
            }
            for name, text in self.modules.items()
            if not self.short_cut(exercise, text)
        ]
        for cell in self.setup_cells():
            found.append({"id": cell.id, "source": cell.source})
        own = {cell.number: name for name, cell in self.pieces(exercise).items()}
        others = {
            number
            for identity, answer in self.answers.items()
            for number in answer.numbers
            if identity != exercise.cell
        }
        known = {cell.id for cell in self.source.cells if cell.id}
        for cell in self.handed_in.cells:
            source = _runnable(cell.source)
            if cell.number in own:
                identity, seconds = own[cell.number], ANSWER_SECONDS
            elif cell.number in others:
                identity, seconds = f"cell {cell.number}", ANSWER_SECONDS
                if alone:
                    continue
            elif cell.id in known or cell.is_test:
                continue  # a set-up or test cell (the book's is used), a stub, or a duplicate
            elif self.short_cut(exercise, source):
                continue  # it may compare with what the answer must not use
            else:
                identity, seconds = f"cell {cell.number}", SCRATCH_SECONDS
            if identity in self.dropped:
                continue
            if identity in self.reduced:
                source = definitions_in(cell.source)
            found.append({"id": identity, "source": source, "seconds": seconds})
        return found

    def pieces(self, exercise: Exercise) -> dict[str, Cell]:
        """The cells of an exercise's answer, by the names that they have in the worker."""
        answer = self.answers.get(exercise.cell)
        cells = answer.cells if answer else ()
        if len(cells) == 1:
            return {exercise.cell: cells[0]}
        return {f"{exercise.cell}, cell {cell.number}": cell for cell in cells}

    def setup_cells(self) -> list[Cell]:
        return [
            cell
            for cell in self.source.cells
            if cell.locked and not cell.grade and not cell.solution
        ]

    def header(self, exercise: Exercise) -> Header | None:
        """The reader's header: the last of the answer's cells that is one of that name."""
        for identity, cell in reversed(self.pieces(exercise).items()):
            header = header_in(cell.source, identity)
            if header is not None and header.name == exercise.function:
                return header
        return None

    def _header_failure(self, exercise: Exercise) -> Failure | None:
        if (header := self.header(exercise)) is None:
            return Failure(f"the cell does not begin with %%cpp {exercise.function}")
        if (half := HALF.search(header.text)) is not None:
            line = header.before + header.text.count("\n", 0, half.start()) + 1
            return Failure(f"line {line} holds half a character: delete it, and type it anew")
        return None

    def namespace(self, worker: Worker) -> dict[str, Any]:
        """What a test cell sees: the book's set-up cells, and stand-ins for the reader's names.

        A header in C++ stands for itself.
        """
        main = types.ModuleType("__main__")
        for cell in self.setup_cells():
            exec(compile(cell.source, f"<{cell.id}>", "exec"), main.__dict__)
        for each in self.chapter.exercises:
            stand_in = worker.function(each.function, each.inout)
            main.__dict__[each.function] = self.header(each) if each.header else stand_in
        return main.__dict__


def _runnable(source: str) -> str:
    """A cell's source as Python; of one that cannot be written to a file, what says so."""
    if (half := HALF.search(source)) is None:
        return to_python(source)
    line = source.count("\n", 0, half.start()) + 1
    why = f"line {line} holds half a character, U+{ord(half[0]):04X}: delete it, and type it anew"
    return f"raise SyntaxError({why!r})"


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
