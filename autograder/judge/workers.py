"""The judge's side of the two processes: start workers, call into them, time them, end them."""

from __future__ import annotations

import json
import math
import os
import secrets
import select
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from autograder.course.layout import UsageError
from autograder.judge import folders
from autograder.speed.clock import cpu_clock, run_delay
from autograder.worker import errors, fork_server, wire
from autograder.worker.cells import Cell
from autograder.worker.errors import NO_REPLY, RemoteError, WorkerLost

CALL_SECONDS = 10.0  # wall-clock limit of one untimed call
LOAD_SECONDS = 20.0  # and of running a workbook's cells
SLICE = 0.1  # seconds between looks at a clock
WAITED = 5  # times a limit: how long a process may have waited for a CPU besides
STILL_RUNNING = "it was still running after"
OUTPUT_SHOWN = 4_000  # characters of what the reader's code printed


class ForkServer:
    """The fork server and its workers. Fork it before anything secret is read into this process.

    `patience` is the share of a limit of wall-clock time that what is not timed may spend as CPU
    time. Whoever expects that much never ends need not wait on: `autograder verify`.
    """

    def __init__(self, secret: frozenset[str], patience: float = math.inf) -> None:
        self.judge, self.pid, self.patience = os.getpid(), 0, patience
        try:
            self.scratch = tempfile.mkdtemp(prefix="autograder-")
        except OSError as error:
            raise UsageError(f"no scratch folder can be made: {error.strerror}") from None
        self.socket, other_end = socket.socketpair()
        try:
            self.pid = self._fork(other_end, secret)
            other_end.close()
        except BaseException:  # a signal that came just now
            self.close()
            raise

    def _fork(self, other_end: socket.socket, secret: frozenset[str]) -> int:
        """Fork the server off this process; its number."""
        if (pid := os.fork()) == 0:
            self._serve(other_end, secret)
        return pid

    def _serve(self, other_end: socket.socket, secret: frozenset[str]) -> NoReturn:
        status = 1
        try:
            for number in (signal.SIGTERM, signal.SIGHUP):  # the judge's handlers are its own
                signal.signal(number, signal.SIG_DFL)
            self.socket.close()
            fork_server.serve(other_end, secret, self.scratch)
            status = 0
        finally:
            os._exit(status)

    def ask(self, request: dict, descriptors: tuple[int, ...] = ()) -> Any:
        socket.send_fds(self.socket, [json.dumps(request).encode()], descriptors)
        answer = self.socket.recv(1 << 16)
        if not answer:
            raise OSError("the fork server is gone")
        return json.loads(answer)

    def spawn(self, **options: Any) -> Worker:
        return Worker(self, **options)

    def folder(self) -> tempfile.TemporaryDirectory:
        """A new folder where a job may write."""
        return tempfile.TemporaryDirectory(dir=self.scratch, ignore_cleanup_errors=True)

    def run_job(
        self, job: str, folder: str, timeout: float, settings: dict[str, str] | None = None
    ) -> tuple[int | None, str]:
        """Call the book's function `job`, "module:function", in a fork of the server, in `folder`.

        The fork server has closed the secret files; the function has to give up the rest before it
        runs anything of a reader's. Returns the exit code, None if the time was over, and the first
        64 KiB of output. Environment variables are `settings` and no others.
        """
        reading, writing = os.pipe()
        with tempfile.TemporaryFile() as output:
            try:
                settings = {
                    "PATH": "/usr/bin:/bin",
                    "LC_ALL": "C.UTF-8",
                    "TMPDIR": folder,
                    **(settings or {}),
                }
                request = {"do": "spawn", "job": job, "folder": folder, "settings": settings}
                pid = self.ask(request, (writing, output.fileno()))
                os.close(writing)
                writing = -1
                enough = self.patience * timeout
                ended = _readable(reading, pid, timeout, enough, folders.watch(folder))
                status = self.ask({"do": "reap", "pid": pid})
            finally:
                os.close(reading)
                if writing >= 0:
                    os.close(writing)
            output.seek(0)
            text = output.read(1 << 16).decode("utf-8", "replace")
        return (os.waitstatus_to_exitcode(status) if ended else None), text

    def close(self) -> None:
        if os.getpid() != self.judge:
            return
        try:
            self.socket.close()
            if self.pid:
                pid, self.pid = self.pid, 0
                os.waitpid(pid, 0)
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _readable(
    descriptor: int, pid: int, timeout: float, enough: float, too_much: Callable[[], str]
) -> bool:
    """Wait until a process has something to be read. False: its time is over, or its folder full.

    It may take `timeout` seconds, and `enough` seconds of CPU time since its start. While it could
    run and has no CPU, on a busy machine, the seconds do not count, up to WAITED times as many.
    """
    begun, waited = time.monotonic(), run_delay(pid)
    while not select.select([descriptor], [], [], SLICE)[0]:
        try:
            spent = time.monotonic() - begun
            if spent > timeout:
                spent -= min(run_delay(pid) - waited, WAITED * timeout)
            if spent > timeout or cpu_clock(pid)() > enough or too_much():
                return False
        except OSError:  # the process has ended: what it left can be read
            return bool(select.select([descriptor], [], [], 1.0)[0])
    return True


class Loaded(NamedTuple):
    """What has become of cells: (id, error) of each that raised, and all names that are there."""

    problems: list[tuple[str, Any]]
    defined: frozenset[str]


class Worker:
    """One worker process, as the judge sees it."""

    def __init__(
        self,
        server: ForkServer,
        *,
        off: list[str] | tuple[str, ...] = (),
        trusted: dict[str, str] | None = None,
        native: bool = False,
        forbidden: tuple[str, ...] = (),
        imports: tuple[str, ...] = (),
        limits: dict | None = None,
    ) -> None:
        self.server = server
        self.native = native  # its code may compile machine code, which takes its time at first
        folder = Path(tempfile.mkdtemp(dir=server.scratch))
        self.output = open(folder / "output.txt", "w+b")
        self.too_much = folders.watch(str(folder))
        self.folder = str(folder)
        end, other_end = socket.socketpair()
        request = {
            "do": "spawn",
            "off": list(off),
            "trusted": trusted is not None,
            "bind": trusted or {},
            "native": native,
            "forbidden": list(forbidden),
            "imports": list(imports),
            "scratch": str(folder),
            "limits": limits or {},
        }
        self.pid = server.ask(request, (other_end.fileno(), self.output.fileno()))
        other_end.close()
        self.channel = wire.Channel(end)
        self.clock = cpu_clock(self.pid)
        self.alive = True
        self.deadline: float | None = None  # a moment of time.monotonic(), for all calls together

    # ---- requests ----

    def request(
        self,
        do: str,
        value: Any = None,
        timeout: float = CALL_SECONDS,
        enough: float = math.inf,
        **more: Any,
    ) -> Any:
        """Send one request and return the value of its reply.

        It may take `timeout` seconds of the wall clock, and `enough` of the worker's CPU time.
        Raises RemoteError (the reader's code raised), WorkerLost.
        """
        return decoded(self.request_encoded(do, value, timeout, enough, **more))

    def request_encoded(
        self,
        do: str,
        value: Any = None,
        timeout: float = CALL_SECONDS,
        enough: float = math.inf,
        **more: Any,
    ) -> wire.Encoded:
        """The same, with the reply's value still encoded."""
        if not self.alive:
            raise WorkerLost("the process that ran your code has already ended")
        identity = secrets.token_hex(8)
        if self.deadline is not None:
            timeout = max(0.1, min(timeout, self.deadline - time.monotonic()))
        try:
            self.channel.send({"id": identity, "do": do, **more}, value)
            if do != "go":
                enough = min(enough, self.server.patience * timeout)
            if not self.channel.buffer:
                self._wait(timeout, enough)
            reply = self.channel.receive(timeout)
            if why := self.too_much():
                self.close()
                raise WorkerLost(why)
        except wire.Expired:
            if why := folders.too_much(self.folder):
                self.close()
                raise WorkerLost(why) from None
            cpu = self.clock()
            self.close()
            raise WorkerLost(f"{STILL_RUNNING} {timeout:g} s", True, cpu) from None
        except wire.Garbled:
            self.close()
            raise WorkerLost(NO_REPLY) from None
        except wire.Broken as error:
            raise WorkerLost(self._how_it_ended(str(error))) from None
        if reply.get("id") != identity:
            self.close()
            raise WorkerLost(NO_REPLY)
        if "error" in reply:
            error = errors.decoded(reply["error"])
            if isinstance(error, RemoteError):
                error.changed, error.damaged = reply["value"], str(reply.get("damaged", ""))
            raise error
        return reply["value"]

    def _wait(self, timeout: float, enough: float) -> None:
        """Return when a reply begins. Expired: the time is over, or so much CPU time was spent."""
        enough += self.clock()
        descriptor = self.channel.sock.fileno()
        if not _readable(descriptor, self.pid, timeout, enough, self.too_much):
            raise wire.Expired

    def load(
        self, cells: list[Cell], bind: dict[str, str] | None = None, seconds: float = LOAD_SECONDS
    ) -> Loaded:
        """Run cells after those before them; the names in `bind` then stand for tern's parts.

        All of them together may take so many `seconds`. Raises WorkerLost.
        """
        try:
            reply = self.request("load", cells, seconds, bind=bind or {})
        except RemoteError as error:  # do_load never raises, unless tampered with
            raise WorkerLost(f"it broke the process that runs your code: {error.message}") from None
        try:
            problems = [(str(one["cell"]), errors.decoded(one)) for one in reply["problems"]]
            defined = frozenset(map(str, reply["defined"]))
        except Exception:  # whatever a forged reply holds
            raise WorkerLost(NO_REPLY) from None
        if any(type(error) is not RemoteError for _, error in problems):
            raise WorkerLost(NO_REPLY)
        return Loaded(problems, defined)

    def function(self, name: str, inout: bool = False) -> RemoteFunction:
        return RemoteFunction(self, name, inout)

    def printed(self) -> str:
        """The end of what the reader's code has printed so far."""
        size = os.fstat(self.output.fileno()).st_size
        text = os.pread(self.output.fileno(), OUTPUT_SHOWN, max(0, size - OUTPUT_SHOWN))
        return text.decode("utf-8", "replace").strip()

    def close(self) -> int:
        """End the process and everything it started; its wait status."""
        if not self.alive:
            return 0
        self.alive = False
        self.channel.close()
        return self.server.ask({"do": "reap", "pid": self.pid})

    def _how_it_ended(self, otherwise: str) -> str:
        status = self.close()
        if os.WIFSIGNALED(status):
            name = errors.signal_name(os.WTERMSIG(status))
            if name == "SIGXCPU":
                return "it used up its CPU time"
            if name == "SIGKILL":
                return f"its process was ended: {otherwise}"
            return f"it crashed the process ({name})"
        return f"it ended the process (exit code {os.WEXITSTATUS(status)})"


class RemoteFunction:
    """A stand-in for a function of the reader's: a call is sent to the worker, data comes back."""

    def __init__(self, worker: Worker, name: str, inout: bool) -> None:
        self.worker, self.__name__, self.inout = worker, name, inout
        self.last_call: wire.Encoded | None = None  # (arguments, keywords) before the call

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        self.last_call = wire.Encoded.of((arguments, keywords))
        try:
            reply = self.worker.request(
                "call", self.last_call, name=self.__name__, inout=self.inout
            )
        except RemoteError as error:
            changed = error.changed and decoded(error.changed)
            if changed is not None:
                self._take(changed, arguments)
            raise
        return self._take(reply, arguments)

    def _take(self, reply: Any, arguments: tuple) -> Any:
        """The result in a reply, after the arguments have been changed as it says."""
        try:
            result, changed = reply
            if changed and not self.inout:  # or a forged reply could change what is expected
                raise ValueError
            for index, value in changed:
                wire.assign(arguments[index], value)
        except Exception:
            raise WorkerLost(NO_REPLY) from None
        return result

    def __repr__(self) -> str:
        return f"<your {self.__name__}>"


def decoded(value: wire.Encoded) -> Any:
    """What a worker sent. Raises WorkerLost when it is nothing that can be sent."""
    try:
        return value.decode()
    except Exception as error:
        raise WorkerLost(f"a reply that cannot be decoded came back: {error}") from None
