"""LLVM's pipeline over a text, in a process beside, with all that it remarks.

What is switched on with `set_option` stays on for a whole process, and LLVM prints remarks on the
standard error without saying of which kind they are. So each kind is asked for in a fork of its
own; and `-opt-bisect-limit` has LLVM say which pass it runs on what, between the remarks.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

import llvmlite.binding as llvm

from tern.targets.beside import serve
from tern.targets.llvm.jit import optimize, parsed, unrolls

OPTIONS = {
    "passed": "-pass-remarks",
    "missed": "-pass-remarks-missed",
    "analysis": "-pass-remarks-analysis",
}
_EVERY_PASS = f"-opt-bisect-limit={2**31 - 1}"


def told(text: str, kind: str, level: int, cpu: str) -> tuple[int, str]:
    """What LLVM prints in a fork that has the remarks of a kind on, and the fork's exit status."""
    with tempfile.TemporaryFile() as log:
        if (child := os.fork()) == 0:
            os.dup2(log.fileno(), 2)
            os._exit(_optimize(text, kind, level, cpu))
        _, status = os.waitpid(child, 0)
        log.seek(0)
        return os.waitstatus_to_exitcode(status), log.read().decode("utf-8", "replace")


def _optimize(text: str, kind: str, level: int, cpu: str) -> int:
    try:
        module = parsed(text, cpu)
        for option in (f"{OPTIONS[kind]}=.*", _EVERY_PASS):
            llvm.set_option("", option)
        optimize(module, level, cpu, unrolls(text))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _reply(request: dict[str, Any], buffers: list[bytes], at: Any) -> tuple[dict[str, Any], list]:
    text = buffers[0].decode()
    found = {k: told(text, k, request["level"], request["cpu"]) for k in request["kinds"]}
    return {"found": found}, []


if __name__ == "__main__":
    serve(_reply)
