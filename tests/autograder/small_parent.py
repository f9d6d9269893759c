"""A small process that forks the fork servers of tests, and not the tests' own process.

That one has imported all there is: TVM, PyTorch, Triton. Each fork of it, and each fork of such a
fork, copies tables for gigabytes of memory, which costs more than what is tested. The server that
comes of this is a child of the tests' process, as if that had forked it.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
from typing import Any, NoReturn

from autograder.judge import judge
from autograder.judge.workers import ForkServer
from autograder.worker import fork_server, system
from tests.autograder.workbooks import ROOT, chapter


def fork(server: ForkServer, other_end: socket.socket, secret: frozenset[str]) -> int:
    """In place of ForkServer._fork: the number of the new server's process."""
    request = {
        "secret": sorted(secret),
        "scratch": server.scratch,
        "folder": os.getcwd(),
        "settings": dict(os.environ),
    }
    system.prctl(system.PR_SET_CHILD_SUBREAPER, 1)  # the server's parent ends, and we inherit it
    try:
        socket.send_fds(_parent(), [json.dumps(request).encode()], [other_end.fileno()])
        return int(_parent().recv(64))
    finally:
        system.prctl(system.PR_SET_CHILD_SUBREAPER, 0)


@functools.cache
def _parent() -> socket.socket:
    """The socket of the small process, started when it is first asked for. It ends with us."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", __name__, str(its.fileno())]
    subprocess.Popen(command, cwd=ROOT, pass_fds=[its.fileno()])
    its.close()
    return ours


# ---- the small process --------------------------------------------------------------------------


def main(ours: socket.socket) -> None:
    judge.preload(chapter())
    while True:
        message, descriptors, _, _ = socket.recv_fds(ours, 1 << 18, 1)
        if not message:
            return
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            if (server := os.fork()) != 0:
                os.write(writing, str(server).encode())
                os._exit(0)
            for descriptor in (reading, writing, ours.fileno()):
                os.close(descriptor)
            _serve(descriptors[0], json.loads(message))
        os.waitpid(between, 0)
        ours.send(os.read(reading, 64))
        for descriptor in (reading, writing, *descriptors):
            os.close(descriptor)


def _serve(descriptor: int, request: dict[str, Any]) -> NoReturn:
    with contextlib.suppress(BaseException):
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["settings"])
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        other_end = socket.socket(fileno=descriptor)
        fork_server.serve(other_end, frozenset(request["secret"]), request["scratch"])
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(socket.socket(fileno=int(sys.argv[1])))
