"""A process beside this one that serves requests: what runs there may crash, or never end.

A message is a dictionary and some buffers. On a pipe come 8 bytes, the length of the dictionary in
JSON, then the JSON, in which `sizes` tells how long each buffer is, and the buffers. Before the
reply there may be messages that say how far the work has come, {"at": …}. The process is started
when it is first needed, serves one request after another, and is replaced if it dies.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from tern.errors import TernError

Message = tuple[dict[str, Any], list[bytes]]


class Died(TernError):
    """The process ended, or was ended after too long a time. The message is what became of it.

    Attributes:
        late: was its time up?
        at: how far it had come, as it said itself; empty if it said nothing.
    """

    def __init__(self, message: str, late: bool = False) -> None:
        super().__init__(message)
        self.late, self.at = late, ""


class Beside:
    """Such a process, started by the first request.

    Attributes:
        module: what `python -m` runs there. It calls `serve`.
    """

    def __init__(self, module: str, environment: dict[str, str] | None = None) -> None:
        self.module, self.environment = module, environment or {}
        self._started = 0
        self._process: _Process | None = None
        self._lock = threading.Lock()

    def ask(
        self,
        request: dict[str, Any],
        buffers: Sequence[bytes | memoryview] = (),
        seconds: float = 60,
    ) -> Message:
        """The reply to a request.

        Raises:
            Died: there is none, after so many seconds by the clock at the latest.
            OSError: no process can be started here.
        """
        with self._lock:
            process = self._running()
            try:
                return process.exchange(request, buffers, time.monotonic() + seconds)
            except BaseException:  # Ctrl-C, too: what still comes would be the next reply
                process.end()
                raise

    def number(self) -> int:
        """Which process there is, started if need be: what one kept, the next does not have."""
        with self._lock:
            self._running()
            return self._started

    def end(self) -> None:
        """End the process, if there is one; the next request starts another."""
        with self._lock:
            if self._process is not None:
                _end_if_own(self._process)

    def _running(self) -> _Process:
        """The process of this very process: a fork has its own."""
        process = self._process
        if process is None or process.owner != os.getpid() or process.popen.poll() is not None:
            process = self._process = _Process(self.module, self.environment)
            self._started += 1
            atexit.register(_end_if_own, process)
        return process


class _Process:
    def __init__(self, module: str, environment: dict[str, str]) -> None:
        self.owner = os.getpid()
        self.log = tempfile.TemporaryFile()
        path = os.pathsep.join(filter(None, sys.path))
        self.popen = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env={**os.environ, **environment, "PYTHONPATH": path},
        )

    def exchange(
        self, request: dict[str, Any], buffers: Sequence[bytes | memoryview], deadline: float
    ) -> Message:
        assert self.popen.stdin is not None and self.popen.stdout is not None
        try:
            _write(self.popen.stdin, request, buffers)
        except OSError:
            pass  # it has died, which reading tells
        file, at = self.popen.stdout.fileno(), ""
        try:
            while "at" in (reply := _read(lambda size: self.received(file, size, deadline)))[0]:
                at = reply[0]["at"]
        except Died as died:
            died.at = at
            raise
        return reply

    def received(self, file: int, size: int, deadline: float) -> bytes:
        if not select.select([file], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise Died("it was still at work when its time was up", late=True)
        found = os.read(file, size)
        if not found:
            self.popen.wait()
            raise Died(self.how())
        return found

    def how(self) -> str:
        """How the process ended, and the line that says why, if there is one."""
        code = self.popen.returncode
        self.log.seek(0)
        lines = self.log.read()[-4000:].decode("utf-8", "replace").strip().splitlines()
        words = ("Assertion", "LLVM ERROR", "Check failed", "Error:")
        why = next((line for line in lines if any(word in line for word in words)), "")
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        return f"{how}, {why[:200]}" if why else how

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout, self.log):
            try:
                pipe.close()  # type: ignore[union-attr]
            except OSError:
                pass


def _end_if_own(process: _Process) -> None:
    if process.owner == os.getpid() and process.popen.poll() is None:
        process.end()


# the messages -------------------------------------------------------------------------------------


def _write(file: Any, message: dict[str, Any], buffers: Sequence[bytes | memoryview]) -> None:
    head = json.dumps({**message, "sizes": [len(each) for each in buffers]}).encode()
    for part in (len(head).to_bytes(8, "little"), head, *buffers):
        file.write(part)
    file.flush()


def _read(more: Callable[[int], bytes]) -> Message:
    def exactly(size: int) -> bytes:
        parts, left = [], size
        while left:
            parts.append(more(min(left, 1 << 20)))
            left -= len(parts[-1])
        return b"".join(parts)

    message = json.loads(exactly(int.from_bytes(exactly(8), "little")))
    return message, [exactly(size) for size in message.pop("sizes")]


def serve(
    reply_to: Callable[[dict[str, Any], list[bytes], Callable[[str], None]], Message],
) -> None:
    """Answer requests until there are none: what the process beside does.

    `reply_to` gets a request, its buffers, and a function that says how far it has come. What else
    is printed there is no reply, and goes to the standard error.
    """
    out, file = os.fdopen(os.dup(1), "wb"), sys.stdin.fileno()
    os.dup2(2, 1)

    def more(size: int) -> bytes:
        found = os.read(file, size)
        if not found:
            raise EOFError
        return found

    while True:
        try:
            request = _read(more)
        except EOFError:
            return
        _write(out, *reply_to(*request, lambda at: _write(out, {"at": at}, [])))
