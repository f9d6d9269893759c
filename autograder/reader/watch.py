"""`autograder watch`: judges the current exercise each time the workbook is saved.

It goes on to another exercise only when a key says so. The judging is done in a fork of this
process (apart.py), which itself never reads a hidden test; so it hears keys and sees saves
meanwhile.
"""

from __future__ import annotations

from pathlib import Path

from autograder.course import notebook
from autograder.course.layout import Chapter, Course, Exercise, UsageError
from autograder.judge import apart, judge
from autograder.reader import judging, progress, reset
from autograder.reader.saves import Saves
from autograder.reader.screen import Screen, short
from autograder.reader.terminal import Terminal
from autograder.report.results import NOT_YET, OWN_FAULT, PASSED
from autograder.report.text import MARKS

POLL = 0.3  # seconds between two looks at the file
QUIT = "q\x04"
NOT_DONE = "is not done yet"


class Watch:
    """One run of the command. `first` names the exercise to begin with."""

    def __init__(
        self, course: Course, chapter: Chapter, path: Path, first: str | None, speed: bool
    ) -> None:
        self.course, self.chapter, self.path, self.speed = course, chapter, path, speed
        self.home = progress.home(course)
        kept = progress.load(self.home)["chapters"].get(chapter.name, {})
        self.statuses = {e.name: kept.get(e.name, {}).get("status", "") for e in chapter.exercises}
        pending = [e.name for e in chapter.exercises if not self._is_done(e.name)]
        self.current: Exercise = chapter.exercise(
            first or (pending or [chapter.exercises[0].name])[0]
        )
        self.running: apart.Fork | None = None
        self.everything = False  # whether all exercises are judged, at the end, not the current one
        self.doing = ""
        self.result = ""  # what the last judgement says
        self.verdict: list[tuple[str, str]] = []  # lines with their styles, below the result
        self.note = ""  # about the file or a key, until the next one
        self.asking = False  # whether to reset; the next key answers
        self.code: int | None = None  # the exit code, once it is time to end

    def run(self) -> int:
        """Watch until the reader quits, or until all is done at the end of the chapter."""
        judge.preload(self.chapter)
        self.saves = Saves(self.path, problem_with)
        try:
            with Terminal() as self.terminal:
                self.terminal.keep_what_is_there()
                self._check()
                while self.code is None:
                    self._turn()
        except EOFError:
            self.code = self._code()
        finally:
            self._stop()
        return self.code

    def _turn(self) -> None:
        """Wait for something to happen, and answer it."""
        self.terminal.wait(POLL, *([self.running] if self.running else []))
        before = self._screen()
        # The first key alone: what is typed ahead or pasted could answer a question.
        for key in self.terminal.keys()[:1]:
            self.note = ""
            try:
                self._press(key)
            except (UsageError, notebook.NotebookError) as error:
                self.note = str(error)
        if self.running:
            for message in self.running.messages():
                self._hear(message)
        self._look()
        if self.terminal.redraw or before != self._screen():
            self.terminal.redraw = False
            self._draw()

    # ---- judging ----

    def _check(self, everything: bool = False) -> None:
        """Judge the current exercise, or everything, as the workbook is now."""
        self._stop()
        self.everything, self.asking = everything, False
        self.result, self.verdict = "", []
        self.doing = (
            "checking everything once more" if everything else f"checking {self.current.name}"
        )
        job = judging.Job(
            root=str(self.course.root),
            home=str(self.home),
            chapter=self.chapter.name,
            workbook=str(self.path),
            only=None if everything else [self.current.name],
            speed=self.speed,
            color=True,
            columns=self.terminal.size().columns,
            brief=True,
        )
        self.running = apart.Fork(lambda send: judging.judged(job, send))
        self._draw()

    def _stop(self) -> None:
        if self.running:
            self.running.stop()
        self.running, self.doing = None, ""

    def _hear(self, message: apart.Message) -> None:
        """A message of the judge's process."""
        if "code" not in message:
            self.doing = message["doing"]
            return
        self.running, self.doing = None, ""
        self.result = message["text"]
        if message["code"] == OWN_FAULT:
            said = "this is the grader's own fault, not yours; your workbook is unchanged"
            self.verdict = [(said, "bold red")]
        elif "report" not in message:
            self.verdict = [("Waiting until it is saved again.", "bold")]
        else:
            for exercise in message["report"]["exercises"]:
                self.statuses[exercise["name"]] = exercise["status"]
            if NOT_DONE in self.note:  # it was said of the state before
                self.note = ""
            self._judged()

    def _judged(self) -> None:
        pending = self._pending()
        if self.everything and not pending:
            self.verdict = [(f"{self.chapter.name} is done, all of it.", "bold green")]
            self._draw()
            self.code = PASSED
        elif self.everything:
            self.current = pending[0]
            self.verdict = [(f"Not all of it passes now: back to {self.current.name}.", "bold")]
        elif self._is_done(self.current.name):
            compare = f"autograder solution {self.chapter.name} {self.current.name}"
            self.verdict = [
                (f"{self.current.name} is done ✓", "bold green"),
                (f"Compare with the book: {compare}", ""),
                (
                    "n: next" if pending else "n: check the whole chapter once more, the last step",
                    "",
                ),
            ]
        elif self.statuses[self.current.name] == "unmeasured":
            self.verdict = [("The machine was too noisy to tell. c: check again", "bold")]
        elif self.statuses[self.current.name] == "not started":
            self.verdict = [(f"Not started: write {self.current.function}, and save.", "bold")]
        else:
            self.verdict = [("Not yet: change the cell, and save. h: hint", "bold")]

    def _is_done(self, name: str) -> bool:
        return self.statuses[name] in (("passed",) if self.speed else ("passed", "correct"))

    def _pending(self) -> list[Exercise]:
        """The exercises to be done, from the one after the current on, and around."""
        all_of_them = self.chapter.exercises
        at = all_of_them.index(self.current) + 1
        return [e for e in all_of_them[at:] + all_of_them[:at] if not self._is_done(e.name)]

    def _code(self) -> int:
        return NOT_YET if self._pending() else PASSED

    # ---- the file ----

    def _look(self) -> None:
        problem = self.saves.look()
        if problem:
            self.note = f"{problem}; waiting until it is saved again"
        elif problem is not None:
            self.note = ""
            self._check(self.everything and self.running is not None)

    # ---- keys ----

    def _press(self, key: str) -> None:
        if self.asking:
            self.asking = False
            if key in "yY":
                self._reset()
            else:
                self.note = "nothing was changed"
        elif key in QUIT:
            self.code = self._code()
        elif key == "n":
            self._next()
        elif key == "h":
            self._hint()
        elif key == "l":
            self._list()
        elif key == "c":
            self._check()
        elif key in "rx":
            self._ask()
        elif key.isdigit() and 0 < int(key) <= len(self.chapter.exercises):
            self._go_to(self.chapter.exercises[int(key) - 1])

    def _next(self) -> None:
        pending = self._pending()
        if not self._is_done(self.current.name):
            self.note = f"{self.current.name} {NOT_DONE}; l lists the others, to go to one of them"
        elif pending:
            self._go_to(pending[0])
        else:
            self._check(everything=True)

    def _go_to(self, exercise: Exercise) -> None:
        self.current, self.note = exercise, ""
        self._check()

    def _hint(self) -> None:
        hints = self.current.hints
        last = progress.next_hint(self.home, self.chapter.name, self.current.name, len(hints))
        shown = [
            f"{self.current.title}: hint {number + 1} of {len(hints)}\n\n{hints[number]}"
            for number in range(last + 1)
        ]
        self.note = "\n\n".join(shown)

    def _list(self) -> None:
        lines = []
        for number, exercise in enumerate(self.chapter.exercises, start=1):
            status = self.statuses[exercise.name] or "not started"
            here = "  ← here" if exercise is self.current else ""
            lines.append(f"{number}  {MARKS[status][0]} {exercise.name:24} {status}{here}")
        self.note = "\n".join([*lines, "", "A number goes to that exercise."])

    def _ask(self) -> None:
        answer = reset.answer_in(self.chapter, self.current, self.path)
        lines = len(answer.source.strip().splitlines())
        self.asking = True
        self.note = (
            f"Replace your answer to {self.current.name} ({lines} lines, {answer.place}) by the "
            "stub?\nThe workbook as it is now is kept beside it. Save in your editor first. y: yes"
        )

    def _reset(self) -> None:
        """In a fork, because the stub is made of the solution."""
        self._stop()

        def work(send: apart.Send) -> None:
            try:
                backup = reset.exercise(self.chapter, self.current, self.path)
                send(
                    {
                        "code": PASSED,
                        "text": f"yours is kept at {short(backup)}; load the file again",
                    }
                )
            except (UsageError, notebook.NotebookError, OSError) as error:
                send({"code": NOT_YET, "text": str(error)})

        fork, heard = apart.Fork(work), []
        while not heard:
            self.terminal.wait(POLL, fork)
            heard = fork.messages()
        self.note = heard[-1]["text"]
        self.saves = Saves(self.path, problem_with)
        self._check()

    # ---- the screen ----

    def _screen(self) -> Screen:
        done = [self._is_done(exercise.name) for exercise in self.chapter.exercises]
        return Screen(
            self.doing,
            self.result,
            tuple(self.verdict),
            self.note,
            self.asking,
            self.current,
            self.path,
            (sum(done), len(done)),
        )

    def _draw(self) -> None:
        self.terminal.draw(self._screen().drawn(self.terminal.size().columns))


def problem_with(path: Path) -> str:
    """Why the workbook cannot be judged now, in one line, or nothing."""
    try:
        notebook.read(path)
    except notebook.NotebookError as error:
        return str(error)
    return ""
