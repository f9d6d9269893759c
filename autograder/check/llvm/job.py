"""Running texts of LLVM IR that somebody else has made: for a process that has given up its rights.

`python -m autograder.check.llvm.job` does what job.json in the current folder asks, and leaves
reply.json. Numbers go both ways as text that keeps every bit: whole numbers, and floats in hex.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tern.ir import EvaluationError, Operation, read_bytecode, write_bytecode
from tern.targets.llvm.calls import CallGraph, function_name
from tern.targets.llvm.entry import CompiledScalars, entry_text
from tern.targets.llvm.helpers import complete
from tern.targets.llvm.operations import LIBRARY
from tern.types import FloatType

AT = "at.txt"
"""The number of the program that is being run: what it was, if the process ends."""

Program = tuple[Operation, str, Sequence[Sequence[Any]]]
"""A function, the text that is to be it, and arguments for several calls."""


def pack(programs: Sequence[Program]) -> list[Any]:
    """Programs as plain data."""
    return [
        [write_bytecode(func).decode(), text, [list(map(_written, args)) for args in calls]]
        for func, text, calls in programs
    ]


def perform(packed: Sequence[Any]) -> list[Any]:
    """Of each program what its calls gave: ["wrong", LLVM's message], or a list with an entry for
    each call, [numbers] or the message of its EvaluationError."""
    found = []
    for number, (data, text, calls) in enumerate(packed):
        Path(AT).write_text(str(number))
        func = read_bytecode(data.encode())
        try:
            native = compile_text(func, text)
        except ValueError as error:
            found.append(["wrong", str(error)[:2000]])
            continue
        found.append([_called(native, func, args) for args in calls])
    return found


def compile_text(func: Operation, text: str) -> CompiledScalars:
    """A text that is to be a function of scalars, as machine code. ValueError if it is no LLVM IR,
    or not the function and nothing else."""
    from tern.targets.llvm.jit import Native

    type, name = func.attributes["function_type"], func.attributes["sym_name"]
    called = function_name(name)
    check_alone(text, called)
    entry = entry_text(called, type.inputs, type.results, CallGraph(func).may_fail(name))
    native = Native(complete(f"{text}\n{entry}"))
    return CompiledScalars(func, text, native.pointer(f"{called}.entry"), root=func)


_COMMENT_OR_STRING = re.compile(r';[^\n]*|c?"[^"\n]*"')
_NAME = re.compile(r'@(?:"([^"\n]*)"|([\w.$-]+))')
_ASSEMBLY = re.compile(r"(?<![\w%@.$-])asm\b(?!:)")
_POINTER = re.compile(r"\bcall\b[^@\n]*%[\w.$-]+\(")
_LIBRARY = {f"{word}{ending}" for word in LIBRARY.values() for ending in ("", "f")}


def check_alone(text: str, called: str) -> None:
    """ValueError unless a text defines the function @called, and has nothing in it that arithmetic
    needs not: no other function or variable, no assembly, no call but of itself, of LLVM's and
    tern's own functions, and of the library's for which LLVM has no word."""
    code = _COMMENT_OR_STRING.sub(lambda found: "" if found[0][0] == ";" else found[0], text)
    defined = re.findall(r"^[^\S\n]*define\b[^@\n]*" + _NAME.pattern, code, re.MULTILINE)
    names = [quoted or plain for quoted, plain in defined]
    if called not in names:
        raise ValueError(f"the text does not define @{called}")
    if len(names) > 1:
        raise ValueError(f"the text defines more than @{called}: @{names[names[0] == called]}")
    for quoted, plain in _NAME.findall(code):
        name = quoted or plain
        if name != called and name not in _LIBRARY and not name.startswith(("llvm.", "tern.")):
            raise ValueError(f"the text uses @{name}, which arithmetic does not need")
    if variable := re.search(r"^[^\S\n]*(@\S+)\s*=", code, re.MULTILINE):
        raise ValueError(f"the text has a variable, {variable[1]}")
    if _ASSEMBLY.search(re.sub(r'"[^"\n]*"', '""', code)):
        raise ValueError("the text has assembly in it")
    if found := _POINTER.search(code):
        raise ValueError(f"the text calls what an address says: {found[0]}")


def _called(native: CompiledScalars, func: Operation, args: Sequence[Any]) -> Any:
    types = func.attributes["function_type"].inputs
    try:
        found = native(*[_read(arg, type) for arg, type in zip(args, types)])
    except EvaluationError as error:
        return str(error)
    return [_written(value) for value in (found if isinstance(found, tuple) else (found,))]


def _written(value: Any) -> Any:
    return value.hex() if isinstance(value, float) else value


def _read(value: Any, type: Any) -> Any:
    return float.fromhex(value) if isinstance(type, FloatType) else value


def read_results(found: Any, func: Operation) -> list[Any] | str | None:
    """What came of one call, as the interpreter gives it; None if it is nothing of the kind."""
    types = func.attributes["function_type"].results
    if isinstance(found, str):
        return found
    if not isinstance(found, list) or len(found) != len(types):
        return None
    try:
        return [_read(value, type) for value, type in zip(found, types)]
    except (TypeError, ValueError):
        return None


def main() -> None:
    request = json.loads(Path("job.json").read_text())
    Path("reply.json").write_text(json.dumps({"found": perform(request["programs"])}))


if __name__ == "__main__":
    main()
