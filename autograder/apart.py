"""Judging in a process of its own, which tells in messages what it does and what came out.

A judge that has read a chapter's hidden tests must not fork the next worker (judge.py), so whoever
judges again and again, or runs beside the reader's own code, has it done here: `watch` in a fork of
itself, which has everything imported already, a notebook's kernel in a new process.

A message is a dict: {"doing": "checking ssa"} on the way, and at the end one with "code" (an exit
code) and "text", and after a judgement "report" (as in `check --json`) and "html".
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from autograder.course import Course, UsageError
from autograder.notebook import NotebookError
from autograder.results import OWN_FAULT, USAGE, exit_code

Message = dict[str, Any]
Send = Callable[[Message], None]
STOPPING = 3.0  # seconds that a process has to clean up before it is killed


@dataclass(frozen=True)
class Job:
    """What to judge, and how to tell it. Plain data, so that it can be sent to a new process."""

    root: str  # of the course
    home: str  # where progress is kept
    chapter: str
    workbook: str
    only: list[str] | None = None
    speed: bool = True
    name: str = ""  # what the report calls the workbook, if not by its path
    command: str = "autograder"  # how the reader calls the command
    color: bool = False
    brief: bool = False


def judged(job: Job, send: Send) -> None:
    """Judge, keep the progress, and send the messages. Raises nothing but KeyboardInterrupt."""
    from autograder import judge, progress, report, report_html

    try:
        course = Course(Path(job.root))
        chapter = course.chapter(job.chapter)
        result = judge.grade(
            course,
            chapter,
            Path(job.workbook),
            job.only,
            job.speed,
            lambda doing: send({"doing": doing}),
        )
        result.workbook = job.name or result.workbook
        try:
            progress.record(Path(job.home), result)
        except UsageError as error:
            result.problems.append(str(error))
        written = io.StringIO()
        report.render(result, _console(written, job.color), job.command, job.brief)
    except (UsageError, NotebookError) as error:
        send({"code": USAGE, "text": str(error)})
    except Exception:
        send({"code": OWN_FAULT, "text": traceback.format_exc().rstrip()})
    else:
        send(
            {
                "code": exit_code(result, job.speed),
                "text": written.getvalue().strip("\n"),
                "html": report_html.render(result, job.command),
                "report": report.to_dict(result),
            }
        )


def _console(file: io.StringIO, color: bool) -> Any:
    from rich.console import Console

    return Console(
        file=file, force_terminal=color, no_color=None if color else True,
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _lost(how: str, log: str) -> Message:
    """The last message of a process that ended without one."""
    return {"code": OWN_FAULT, "text": f"{log.strip()}\nthe judge's process ended: {how}".strip()}


# ---- in a fork ----------------------------------------------------------------------------------


class Fork:
    """`work(send)`, in a fork of this process. Can be given to `select`, and has to be stopped."""

    def __init__(self, work: Callable[[Send], None]):
        self.reading, writing = os.pipe()
        self.log = tempfile.TemporaryFile()
        self.received, self.done = b"", False
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _be_the_fork(work, writing, self.log.fileno())
        os.close(writing)
        os.set_blocking(self.reading, False)

    def fileno(self) -> int:
        return self.reading

    def messages(self) -> list[Message]:
        """What has come since the last time; after the message with "code" nothing comes."""
        ended = False
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self.reading, 1 << 16):
                self.received += chunk
            ended = True
        *lines, self.received = self.received.split(b"\n")
        heard = [json.loads(line) for line in lines]
        if any("code" in message for message in heard):
            self.stop()
        elif ended:
            self.log.seek(0)
            log = self.log.read().decode("utf-8", "replace")
            heard.append(_lost(f"wait status {self.stop()}", log))
        return heard

    def stop(self) -> int:
        """End the process, which may be at work, and return its wait status."""
        if self.done:
            return 0
        self.done = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)
        deadline = time.monotonic() + STOPPING
        ended, status = os.waitpid(self.pid, os.WNOHANG)
        while not ended and time.monotonic() < deadline:
            time.sleep(0.005)
            ended, status = os.waitpid(self.pid, os.WNOHANG)
        if not ended:
            os.kill(self.pid, signal.SIGKILL)
            status = os.waitpid(self.pid, 0)[1]
        os.close(self.reading)
        self.log.close()
        return status


def _be_the_fork(work: Callable[[Send], None], writing: int, log: int) -> NoReturn:
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        for number in (signal.SIGTSTP, signal.SIGWINCH):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="replace")
        sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="replace")
        _end_with_the_parent()
        with os.fdopen(writing, "w", buffering=1, encoding="utf-8") as out:
            work(lambda message: print(json.dumps(message), file=out))
        status = 0
    except KeyboardInterrupt:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _end_with_the_parent() -> None:
    from autograder import sandbox

    sandbox.prctl(sandbox.PR_SET_PDEATHSIG, signal.SIGTERM)


# ---- in a new process ---------------------------------------------------------------------------


def spawned(job: Job, tell: Callable[[str], None]) -> Message:
    """Judge in a new process and return the last message; `tell` hears what is being done.

    Raises KeyboardInterrupt, after the process has been ended.
    """
    package = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            # -P: a module of the reader's own beside the notebook must not stand in for another
            [sys.executable, "-P", "-m", "autograder.apart", json.dumps(dataclasses.asdict(job))],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        try:
            for line in process.stdout:
                message = json.loads(line)
                if "code" in message:
                    return message
                tell(message["doing"])
            code = process.wait()
            log.seek(0)
            return _lost(f"exit code {code}", log.read().decode("utf-8", "replace"))
        finally:
            _end(process)


def _end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGINT)  # nothing happens if it has ended
    try:
        process.wait(STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def main() -> None:
    """The new process: the job is the argument; the messages go to stdout, a line each."""
    out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)  # what anything else prints is no message
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        _end_with_the_parent()
        judged(Job(**json.loads(sys.argv[1])), lambda message: print(json.dumps(message), file=out))


if __name__ == "__main__":
    main()
