"""Judging in a process of its own, which tells in messages what it does and what came out.

A judge that has read a chapter's hidden tests must not fork the next worker (judge.py), so whoever
judges again and again, or runs beside the reader's own code, has it done here: `watch` in a fork of
itself, which has everything imported already, a notebook's kernel in a new process.

A message is a dict: {"doing": "checking ssa"} on the way, and at the end one with "code" (an exit
code) and "text", and after a judgement "report" (as in `check --json`) and "html".
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from autograder.report.results import OWN_FAULT
from autograder.worker import system

Message = dict[str, Any]
Send = Callable[[Message], None]
STOPPING = 3.0  # seconds that a process has to clean up before it is killed


def _lost(how: str, log: str) -> Message:
    """The last message of a process that ended without one."""
    return {"code": OWN_FAULT, "text": f"{log.strip()}\nthe judge's process ended: {how}".strip()}


# ---- in a fork ----------------------------------------------------------------------------------


class Fork:
    """`work(send)`, in a fork of this process. Can be given to `select`, and has to be stopped."""

    def __init__(self, work: Callable[[Send], None]) -> None:
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
    system.prctl(system.PR_SET_PDEATHSIG, signal.SIGTERM)


# ---- in a new process ---------------------------------------------------------------------------


def spawned(module: str, argument: str, tell: Callable[[str], None]) -> Message:
    """Run a module in a new process and return its last message; `tell` hears what is being done.

    The module gets the argument, and calls `send_lines`. Raises KeyboardInterrupt, after the
    process has been ended.
    """
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            # -P: a module of the reader's own beside the notebook must not stand in for another
            [sys.executable, "-P", "-m", module, argument],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        try:
            assert process.stdout is not None
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
    if process.stdout is not None:
        process.stdout.close()


def send_lines(work: Callable[[Send], None]) -> None:
    """Be the new process: the messages of `work` go to stdout, a line each."""
    out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)  # what anything else prints is no message
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        _end_with_the_parent()
        work(lambda message: print(json.dumps(message), file=out))
