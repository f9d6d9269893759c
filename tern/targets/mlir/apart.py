"""Lowering in a process beside this one, with a time limit: MLIR may crash, or never end.

The process is started when it is first needed, serves one request after another, and is replaced if
it dies. Where none can be started, as in a process that has given up its rights, it is done here.
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
from typing import Any

from tern.targets.mlir.lowering import Passes, run_stages
from tern.targets.mlir.package import MlirError, MlirMissing, missing

SECONDS = 30.0
"""How long one request may take, on the clock."""


def lowered(
    text: str,
    passes: Passes,
    keep: bool = False,
    guarded: bool = False,
    seconds: float = SECONDS,
) -> list[str]:
    """`run_stages`, in the other process.

    MlirError also if it crashed there, or was still at work after so many seconds, and in which
    stage. MlirMissing.
    """
    if why := missing():
        raise MlirMissing(why)
    with _lock:
        try:
            child = _running()
        except OSError:
            return run_stages(text, passes, keep, guarded)
        request = {"text": text, "passes": list(passes), "keep": keep, "guarded": guarded}
        reply = _Exchange(child, request, seconds).reply()
    if "texts" in reply:
        return reply["texts"]
    error = MlirError(reply["error"])
    error.place, error.notes = reply["place"], tuple(reply["notes"])
    raise error


class _Child:
    """A process that lowers."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.log = tempfile.TemporaryFile()
        path = os.pathsep.join(filter(None, sys.path))
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tern.targets.mlir.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env={**os.environ, "PYTHONPATH": path},
        )

    def end(self) -> int:
        """Kill it: its exit code."""
        self.process.kill()
        code = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.log):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass
        return code


_lock = threading.Lock()
_child: _Child | None = None


def _running() -> _Child:
    """The child of this very process: a fork has its own."""
    global _child
    if _child is None or _child.owner != os.getpid() or _child.process.poll() is not None:
        _child = _Child()
        atexit.register(_end_if_own, _child)
    return _child


def _end_if_own(child: _Child) -> None:
    if child.owner == os.getpid() and child.process.poll() is None:
        child.end()


class _Exchange:
    """One request, and what comes of it."""

    def __init__(self, child: _Child, request: dict[str, Any], seconds: float) -> None:
        self.child, self.stage = child, "start"
        self.seconds, self.deadline = seconds, time.monotonic() + seconds
        self.received = b""
        try:
            assert child.process.stdin is not None
            child.process.stdin.write(json.dumps(request).encode() + b"\n")
            child.process.stdin.flush()
        except OSError:
            pass  # it has died, which `reply` tells

    def reply(self) -> dict[str, Any]:
        while True:
            line, mark, rest = self.received.partition(b"\n")
            if mark:
                self.received = rest
                message = json.loads(line)
                if "at" not in message:
                    return message
                self.stage = message["at"]
            else:
                self.received += self.more()

    def more(self) -> bytes:
        """What has come. MlirError if nothing comes any more."""
        assert self.child.process.stdout is not None
        file = self.child.process.stdout.fileno()
        left = max(0.0, self.deadline - time.monotonic())
        try:
            ready = select.select([file], [], [], left)[0]
            found = os.read(file, 1 << 16) if ready else b""
        except BaseException:  # Ctrl-C: what still comes would be the next request's
            self.child.end()
            raise
        if found:
            return found
        where = "reading the text" if self.stage == "text" else f"on the way to {self.stage}"
        if not ready:
            self.child.end()
            raise MlirError(f"MLIR was still at work after {self.seconds:g} s ({where})")
        self.child.process.wait()
        raise MlirError(f"MLIR did not survive it: {self.how()} ({where})")

    def how(self) -> str:
        """How the process ended, and the last line that says why, if there is one."""
        code = self.child.process.returncode
        self.child.log.seek(0)
        lines = self.child.log.read()[-4000:].decode("utf-8", "replace").strip().splitlines()
        why = next((line for line in lines if "Assertion" in line or "LLVM ERROR" in line), "")
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        return f"{how}, {why[:200]}" if why else how
