"""The process that has everything imported, and forks the workers that run a reader's code.

Three generations keep it apart from everything worth stealing. The *judge* forks the *fork server*
before it has read a single hidden test; the fork server never runs anybody's code, it only forks a
*worker* for each exercise (a fork of a warm process costs milliseconds, a new interpreter a tenth
of a second). A worker switches off the part that it is being asked for, gives up its rights
(sandbox.py), runs the reader's cells, and then answers calls (runner.py) until it is told to stop.
"""

from __future__ import annotations

import gc
import importlib
import json
import linecache
import os
import signal
import socket
import sys
import time
import traceback
from typing import NoReturn

from autograder.worker import sandbox, shortcuts, stand_ins, system, wire
from autograder.worker.parts import book_function, switch_off
from autograder.worker.runner import CellRunner
from autograder.worker.sandbox import landlock, seccomp


def serve(sock: socket.socket, secret: frozenset[str], scratch: str) -> None:
    """Fork workers on request, and reap them. Returns when the judge is gone."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    system.prctl(system.PR_SET_CHILD_SUBREAPER)
    linecache.clearcache()  # the judge may have looked at the text of an answer
    system.address_space()
    readable = landlock.readable_roots(secret)
    landlock.lock_files(readable, [scratch, "/dev/null"])
    system.keep_memory()
    linecache.clearcache()  # imports have left the book's text there
    gc.collect()
    gc.freeze()
    # Short calls leave small cycles behind: looking for them after every call takes longer than the
    # calls. The memory limit allows for many.
    gc.set_threshold(50_000, 20, 100)
    living: set[int] = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(sock, 1 << 16, 2)
        if not message:
            break
        request = json.loads(message)
        if request["do"] == "spawn":
            answer = os.fork()
            if answer == 0:
                sock.close()
                if "job" in request:
                    _do_job(descriptors, request)
                _become_worker(descriptors, request, secret, readable)
            for descriptor in descriptors:
                os.close(descriptor)
            living.add(answer)
        else:  # reap: end the worker and everything it started, and say how it ended
            answer = _reap(request["pid"])
            living.discard(request["pid"])
        sock.sendall(json.dumps(answer).encode())
    for pid in living:
        _reap(pid)


def _reap(pid: int) -> int:
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
    try:  # orphans of the worker come to the fork server, their reaper
        while os.waitpid(-pid, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    return status


def _stand_alone(kept: int, output: int, folder: str) -> None:
    """Lead a process group that ends with the fork server; keep one descriptor beside three."""
    os.setsid()
    system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, kept)
    os.closerange(kept + 1, 4096)
    os.chdir(folder)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="replace")
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="replace")


def _do_job(descriptors: list[int], request: dict) -> NoReturn:
    """Call a function of the book's, which locks this process down before it runs a reader's code.

    The first descriptor is a pipe: its other end hears that the process has ended.
    """
    status = 1
    try:
        kept, output = descriptors
        _stand_alone(kept, output, request["folder"])
        os.environ.clear()
        os.environ.update(request["settings"])
        book_function(request["job"])()
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _become_worker(
    descriptors: list[int], request: dict, secret: frozenset[str], readable: list[str]
) -> NoReturn:
    try:
        channel, output = descriptors
        _stand_alone(channel, output, request["scratch"])
        names = request["bind"] if request["trusted"] else None
        runner = CellRunner(wire.Channel(socket.socket(fileno=channel)), names)
        sandbox.limit_resources(sandbox.Limits(**request["limits"]))
        if not request["trusted"]:
            for module in request["imports"]:
                importlib.import_module(module)
            for part in request["off"]:
                switch_off(part)
            shortcuts.take_away(tuple(request["forbidden"]))
            stand_ins.prepare(request["scratch"])
            # Not even the folders of other workers: what one knows, another might ask it.
            landlock.lock_files(readable, [request["scratch"], "/dev/null"])
            seccomp.lock_calls()
            if not request["native"]:
                sandbox.hide_modules()
            sandbox.forbid(secret, request["native"])
        runner.serve()
    except wire.Broken:
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)
