"""LLVM's pipeline over a text that stops after so many passes: a process beside.

`-opt-bisect-limit` holds for a whole process, so each limit has a fork of its own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

import llvmlite.binding as llvm

from tern.targets.beside import serve
from tern.targets.llvm.jit import optimize, parsed, unrolls


def _optimize(text: str, limit: int, level: int, out: int) -> int:
    try:
        module = parsed(text)
        llvm.set_option("", f"-opt-bisect-limit={limit}")
        os.write(out, str(optimize(module, level, "", unrolls(text))).encode())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _reply(request: dict[str, Any], buffers: list[bytes], at: Any) -> tuple[dict[str, Any], list]:
    with tempfile.TemporaryFile() as log, tempfile.TemporaryFile() as out:
        if (child := os.fork()) == 0:
            os.dup2(log.fileno(), 2)
            text = buffers[0].decode()
            os._exit(_optimize(text, request["limit"], request["level"], out.fileno()))
        _, status = os.waitpid(child, 0)
        log.seek(0)
        out.seek(0)
        printed, text = (each.read().decode("utf-8", "replace") for each in (log, out))
    code = os.waitstatus_to_exitcode(status)
    return {"code": code, "printed": printed, "text": text}, []


if __name__ == "__main__":
    serve(_reply)
