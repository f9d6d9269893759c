"""The process that runs the reader's code.

Three generations keep it apart from everything worth stealing. The *judge* forks the *nursery*
before it has read a single hidden test; the nursery never runs anybody's code, it only forks a
*worker* for each exercise (a fork of a warm process costs milliseconds, a new interpreter a tenth
of a second). A worker switches off the part that it is being asked for, gives up its rights
(sandbox.py), runs the reader's cells, and then answers calls until it is told to stop.
"""

from __future__ import annotations

import gc
import json
import linecache
import os
import signal
import socket
import sys
import time
import traceback
import types
from typing import Any

from autograder.worker import sandbox, shortcuts, values, wire

SWITCHED_OFF = (
    "this is the part that the exercise asks you to write: "
    "the book's own version is switched off while yours is checked"
)


# ---- the nursery --------------------------------------------------------------------------------


def nursery(sock: socket.socket, secret: frozenset[str], scratch: str) -> None:
    """Fork workers on request, and bury them. Returns when the judge is gone."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox.prctl(sandbox.PR_SET_CHILD_SUBREAPER)
    sandbox.lock_files(sandbox.readable_roots(secret), [scratch, "/dev/null"])
    _keep_memory()
    gc.collect()
    gc.freeze()
    # Short calls leave small cycles behind: looking for them after every call takes longer than the
    # calls. The memory limit allows for many.
    gc.set_threshold(50_000, 20, 100)
    living: dict[int, int | None] = {}
    while True:
        message, descriptors, _, _ = socket.recv_fds(sock, 1 << 16, 2)
        if not message:
            break
        request = json.loads(message)
        if request["do"] == "spawn":
            pid = os.fork()
            if pid == 0:
                sock.close()
                if "job" in request:
                    _do_job(descriptors, request)
                _become_worker(descriptors, request, secret)
            for descriptor in descriptors:
                os.close(descriptor)
            living[pid] = None
            answer: Any = pid
        else:  # bury: end the worker and everything it started, and say how it ended
            answer = _bury(request["pid"])
            living.pop(request["pid"], None)
        sock.sendall(json.dumps(answer).encode())
    for pid in living:
        _bury(pid)


def _keep_memory() -> None:
    """Have glibc keep what is freed instead of giving it back to the system.

    Memory that comes back from the system costs a page fault for every 4 KB, and how often it does
    depends on what a process has allocated before: the same call took up to twice the time in one
    worker as in another. Elsewhere than on glibc nothing happens.
    """
    if sys.platform != "linux":
        return
    import ctypes

    mmap_threshold, trim_threshold = -3, -1
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(mmap_threshold, 32 << 20)  # the most that glibc takes
        mallopt(trim_threshold, 1 << 30)


def _bury(pid: int) -> int:
    """Kill process group `pid` and return the leader's wait status, as it was before the kill."""
    deadline = time.monotonic() + 0.05  # one that is exiting of itself may say so
    done, status = os.waitpid(pid, os.WNOHANG)
    while not done and time.monotonic() < deadline:
        time.sleep(0.002)
        done, status = os.waitpid(pid, os.WNOHANG)
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    if not done:
        status = os.waitpid(pid, 0)[1]
    try:  # orphans of the worker come to the nursery, their reaper
        while os.waitpid(-pid, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    return status


def _settle(kept: int, output: int, folder: str) -> None:
    """Be a group of processes that ends with the nursery, with one descriptor besides the three."""
    os.setsid()
    sandbox.prctl(sandbox.PR_SET_PDEATHSIG, signal.SIGKILL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, kept)
    os.closerange(kept + 1, 4096)
    os.chdir(folder)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="replace")
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="replace")


def _do_job(descriptors: list[int], request: dict) -> None:
    """Call a function of the book's, which locks this process up before it runs a reader's code.

    The first descriptor is a pipe: its other end hears that the process has ended.
    """
    status = 1
    try:
        _settle(*descriptors, request["folder"])
        os.environ.clear()
        os.environ.update(request["settings"])
        book_function(request["job"])()
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _become_worker(descriptors: list[int], request: dict, secret: frozenset[str]) -> None:
    channel_descriptor, output = descriptors
    try:
        _settle(channel_descriptor, output, request["scratch"])
        channel = wire.Channel(socket.socket(fileno=channel_descriptor))
        worker = Worker(channel, request["trusted"])
        sandbox.limit_resources(sandbox.Limits(**request["limits"]))
        if request["trusted"]:
            worker.names = dict(request["bind"])
        else:
            for part in request["off"]:
                switch_off(part)
            shortcuts.take_away(tuple(request["forbidden"]))
            sandbox.lock_calls()
            if not request["native"]:
                sandbox.hide_modules()
            sandbox.forbid(secret, request["native"])
        worker.serve()
    except wire.Broken:
        pass
    finally:
        os._exit(0)


def switch_off(name: str) -> None:
    """Replace the code of a part of tern, and of its private helpers, by a sentence.

    The code object itself is replaced, so no reference to the function, however it was come by,
    reaches the book's text any more.
    """

    def off(*_: Any, **__: Any) -> None:
        raise NotImplementedError("SWITCHED_OFF")

    def off_compiled(*_: Any, **__: Any) -> None:
        raise NotImplementedError(SWITCHED_OFF)

    code = off.__code__.replace(
        co_consts=tuple(
            SWITCHED_OFF if constant == "SWITCHED_OFF" else constant
            for constant in off.__code__.co_consts
        )
    )
    for function in values.functions_of(name):
        if hasattr(function, "py_func"):  # made by @njit, which has compiled nothing so far
            function.compile = off_compiled
        if hasattr(function, "raw_src"):  # made by @triton.jit, which compiles the text it keeps
            function.raw_src, function._src = [], ""
        function = values.python_function(function)
        function.__code__ = code.replace(co_name=function.__name__, co_freevars=())


# ---- the worker ---------------------------------------------------------------------------------


class Worker:
    """Answers the judge's requests, one reply for each, by request id."""

    def __init__(self, channel: wire.Channel, trusted: bool = False):
        self.channel, self.trusted = channel, trusted
        self.names: dict[str, str] = {}  # in a trusted worker: a name to the function it stands for
        self.namespace: dict[str, Any] = {}
        self.pending: tuple | None = None
        self.prepared = 0  # calls that were, or are to be, timed
        self.result: Any = None

    def serve(self) -> None:
        while True:
            header = self.channel.receive()
            answer = getattr(self, "do_" + header["do"])
            try:
                reply, value = answer(header)
            except BaseException as error:  # whatever the reader's code raises is an answer
                reply, value = {"error": describe(error)}, None
                if header.get("inout") and self.pending is not None:
                    value = (None, self._changed())
            try:
                self.channel.send({"id": header["id"], **reply}, value)
            except wire.Broken:
                raise
            except wire.Unsendable as error:
                reply.setdefault("error", describe(error, "Unsendable"))
                self.channel.send({"id": header["id"], "damaged": str(error), **reply})
            except Exception as error:  # a value that looks right until it is written down
                damaged = wire.Unsendable(
                    f"it cannot be written down ({describe(error)['message']})"
                )
                self.channel.send({"id": header["id"], "error": describe(damaged, "Unsendable")})

    def do_load(self, header: dict) -> tuple[dict, Any]:
        """Run the cells in order in one namespace; report each cell's error and go on."""
        if not header["keep"]:
            main = types.ModuleType("__main__")
            sys.modules["__main__"] = main
            self.namespace = main.__dict__
        problems = []
        for cell in header["value"].decode():
            file = f"<{cell['id']}>"
            lines = cell["source"].splitlines(keepends=True)
            linecache.cache[file] = (len(cell["source"]), None, lines, file)
            try:
                exec(compile(cell["source"], file, "exec"), self.namespace)
            except BaseException as error:
                problems.append({"cell": cell["id"], **describe(error)})
        for name, part in header["bind"].items():
            self.namespace[name] = part_named(part)
        defined = sorted(name for name, value in self.namespace.items() if callable(value))
        return {}, {"problems": problems, "defined": defined}

    def do_prepare(self, header: dict) -> tuple[dict, Any]:
        """Make the arguments, and nothing else: what is decoded here is not timed."""
        function = self._function(header["name"])
        arguments, keywords = header["value"].decode()
        self.pending = (function, arguments, keywords)
        gc.collect()
        self.prepared += 1
        if self.prepared == 2:
            # The first call has compiled what it needs. That stays: looking through it before every
            # further call would take longer than the calls.
            gc.freeze()
        gc.disable()
        return {}, None

    def do_nothing(self, header: dict) -> tuple[dict, Any]:
        """What a timed call costs beside the function's own work."""
        return {}, None

    def do_go(self, header: dict) -> tuple[dict, Any]:
        """The timed call."""
        function, arguments, keywords = self.pending
        self.result = function(*arguments, **keywords)
        return {}, None

    def do_fetch(self, header: dict) -> tuple[dict, Any]:
        """The result, and the arguments that can be changed in place as they are now."""
        changed = self._changed() if header["inout"] else []
        result, self.pending, self.result = self.result, None, None
        return {}, (result, changed)

    def do_call(self, header: dict) -> tuple[dict, Any]:
        """An untimed call: prepare, go and fetch in one round trip."""
        gc.enable()
        function = self._function(header["name"])
        arguments, keywords = header["value"].decode()
        self.pending = (function, arguments, keywords)
        self.result = function(*arguments, **keywords)
        return self.do_fetch(header)

    def _changed(self) -> list[tuple[int, Any]]:
        """The arguments of the last call that can be changed in place, with their positions."""
        _, arguments, _ = self.pending
        return [
            (index, argument)
            for index, argument in enumerate(arguments)
            if wire.can_assign(argument)
        ]

    def _function(self, name: str) -> Any:
        if self.trusted:
            return book_function(self.names.get(name, name))
        if name not in self.namespace:
            raise NameError(f"the workbook does not define {name}")
        return self.namespace[name]


def part_named(name: str) -> Any:
    from tern import parts

    return parts.original(name)


def book_function(name: str) -> Any:
    """A part of tern, "ir.to_ssa", or any function of a module, "tern.workshop.loops:naive"."""
    module, _, attribute = name.partition(":")
    if not attribute:
        return part_named(name)
    import importlib

    return getattr(importlib.import_module(module), attribute)


def describe(error: BaseException, kind: str | None = None) -> dict:
    """An exception as plain data: its class names, message, and where in a cell it was raised."""
    try:
        message = str(error)[:4000]
    except BaseException:
        message = "(the exception's own message raised an exception)"
    if isinstance(error, SyntaxError) and (error.filename or "").startswith("<"):
        where = [[error.filename, error.lineno or 0, (error.text or "").strip(), ""]]
        message = error.msg or message
    else:
        where = [
            [frame.filename, frame.lineno or 0, (frame.line or "").strip(), frame.name]
            for frame in traceback.extract_tb(error.__traceback__)[-30:]
            if frame.filename.startswith("<") and not frame.filename.startswith("<frozen")
        ]
    return {
        "kinds": [kind] if kind else [cls.__name__ for cls in type(error).__mro__[:-1]],
        "message": message,
        "where": where[-6:],
    }
