"""What `--run` does: a function of a program, called with arguments from the command line."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any

from tern.command.arguments import argument
from tern.command.loops import Arrange
from tern.command.middle import MiddleEnd
from tern.errors import UsageError
from tern.text import Source, parse

Runs = Callable[[Source, str, list[Any]], Any]
"""Calls a function of a program with arguments: what it gives."""


def _by_interpreter(max_steps: int, optimize: MiddleEnd) -> Runs:
    def runs(source: Source, name: str, values: list[Any]) -> Any:
        from tern.build import build
        from tern.ir import run

        module = build(source)
        optimize(module)
        return run(module, name, *values, max_steps=max_steps or None)

    return runs


def _natively(
    compile: Callable[[], Any], optimize: MiddleEnd, arrange: Arrange, scalars: bool
) -> Runs:
    """Machine code, which Ctrl-C ends together with the process."""

    def runs(source: Source, name: str, values: list[Any]) -> Any:
        from tern.targets.native import run_native

        compiles = compile()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        return run_native(source, name, values, compiles, optimize, arrange, scalars)

    return runs


def _llvm(threads: int) -> Any:
    if find_spec("llvmlite") is None:
        raise UsageError("--target llvm needs the package llvmlite, which is not there")
    from tern.targets.llvm import compile_llvm

    return partial(compile_llvm, threads=threads)


def _cpp(threads: int) -> Any:
    from tern.targets.cpp import compile_cpp, compiler

    compiler()
    return partial(compile_cpp, threads=threads)


def _by_whole_functions(form: str, why_not: Callable[[], str], optimize: MiddleEnd) -> Runs:
    """Machine code of a target that takes functions as they are, which Ctrl-C ends together with
    the process. `why_not` says in a line why it cannot be had here, if so."""

    def runs(source: Source, name: str, values: list[Any]) -> Any:
        from tern.build import build
        from tern.ir import function
        from tern.targets.interface import target

        if why := why_not():
            raise UsageError(why)
        module = build(source)
        optimize(module)
        compiled = target(form).load(function(module, name))
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        return compiled(*values)

    return runs


def _no_assembler() -> str:
    there = find_spec("llvmlite") is not None
    return "" if there else "--target machine needs the package llvmlite, whose assembler it uses"


def _no_mlir() -> str:
    from tern.targets.mlir import missing

    return f"--target mlir: {why}" if (why := missing()) else ""


def _no_xla() -> str:
    from tern.targets.stablehlo import missing

    return f"--target xla: {why}" if (why := missing()) else ""


def runs_of(
    target: str, max_steps: int, optimize: MiddleEnd, arrange: Arrange, threads: int | None
) -> Runs:
    """Who runs functions, after `optimize`, and loops after `arrange`: a target's machine code, on
    so many threads, or the interpreter, for so many steps."""
    match target:
        case "llvm":
            return _natively(lambda: _llvm(threads or 1), optimize, arrange, scalars=True)
        case "cpp":
            return _natively(lambda: _cpp(threads or 1), optimize, arrange, scalars=False)
        case "machine":
            return _by_whole_functions("asm", _no_assembler, optimize)
        case "mlir":
            return _by_whole_functions("mlir", _no_mlir, optimize)
        case "xla":
            return _by_whole_functions("stablehlo", _no_xla, optimize)
    return _by_interpreter(max_steps, optimize)


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
