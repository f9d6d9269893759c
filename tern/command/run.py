"""What `--run` does: a function of a program, called with arguments from the command line."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from tern.command.arguments import argument
from tern.errors import UsageError
from tern.text import Source, parse

Runs = Callable[[Source, str, list[Any]], Any]
"""Calls a function of a program with arguments: what it gives."""


def _by_interpreter(max_steps: int) -> Runs:
    def runs(source: Source, name: str, values: list[Any]) -> Any:
        from tern.build import build
        from tern.ir import run

        return run(build(source), name, *values, max_steps=max_steps or None)

    return runs


def _by_llvm(source: Source, name: str, values: list[Any]) -> Any:
    """Machine code, which Ctrl-C ends together with the process."""
    from tern.targets.llvm.program import run_native

    if find_spec("llvmlite") is None:
        raise UsageError("--target llvm needs the package llvmlite, which is not there")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_native(source, name, values)


def _by_machine(source: Source, name: str, values: list[Any]) -> Any:
    """Machine code of tern's own back end, which Ctrl-C ends together with the process."""
    from tern.build import build
    from tern.ir import function
    from tern.targets.interface import target

    if find_spec("llvmlite") is None:
        raise UsageError("--target machine needs the package llvmlite, whose assembler it uses")
    compiled = target("asm").load(function(build(source), name))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return compiled(*values)


_RUNS: dict[str, Runs] = {"llvm": _by_llvm, "machine": _by_machine}


def runs_of(target: str, max_steps: int) -> Runs:
    """Who runs functions: a target's machine code, or the interpreter, for so many steps."""
    return _RUNS.get(target) or _by_interpreter(max_steps)


def run(source: Source, function: Sequence[str], texts: Sequence[str], runs: Runs) -> str:
    """What the function gives, as JSON. `function` has its name, or nothing."""
    from tern.check import check

    tree = parse(source)
    signatures = check(tree).signatures
    if not function or function[0] not in signatures:
        known = ", ".join(signatures) or "none"
        raise UsageError(f"--run needs the name of a function; the program has: {known}")
    signature = signatures[function[0]]
    parameters = signature.function.parameters
    if len(texts) != len(parameters):
        expected = ", ".join(p.name.text for p in parameters) or "none"
        raise UsageError(f"`{function[0]}` takes {len(parameters)} arguments ({expected})")
    sizes: dict[str, int] = {}
    values = [
        argument(text, type_, f"argument `{parameter.name.text}`", sizes)
        for text, type_, parameter in zip(texts, signature.parameters, parameters)
    ]
    result = runs(source, function[0], values)
    if isinstance(result, (list, tuple)) and len(result) == 1:
        result = result[0]
    return json.dumps(result.tolist() if hasattr(result, "tolist") else result)
