"""Compiling functions of scalars."""

from __future__ import annotations

from collections.abc import Sequence

from tern.ir import Operation, functions, to_ssa
from tern.passes.lower_scf import lower_scf
from tern.targets.errors import EmitError
from tern.targets.llvm.calls import CallGraph, function_name
from tern.targets.llvm.emit import emit_llvm
from tern.targets.llvm.entry import CompiledScalars, entry_text
from tern.targets.llvm.helpers import complete
from tern.targets.notes import root_of
from tern.types import FloatType, IndexType, IntegerType


def is_scalar(func: Operation) -> bool:
    """Whether a function takes numbers and gives numbers, and so is for `emit_llvm`."""
    type = func.attributes["function_type"]
    numbers = (IntegerType, FloatType, IndexType)
    return all(isinstance(each, numbers) for each in (*type.inputs, *type.results))


def scalars_text(funcs: Sequence[Operation]) -> str:
    """A module of functions and of what they call."""
    return complete("\n".join(emit_llvm(func) for func in with_callees(funcs)))


def with_callees(funcs: Sequence[Operation]) -> list[Operation]:
    """Functions, and those of their modules that they call, each once, in order."""
    found: dict[Operation, None] = {}
    for func in funcs:
        graph = CallGraph(func)
        names = {func.attributes["sym_name"]} | graph.reached(func.attributes["sym_name"])
        found.update({each: None for name, each in graph.functions.items() if name in names})
    for func in found:
        if not is_scalar(func):
            raise EmitError(f"@{func.attributes['sym_name']} is not a function of scalars")
    return list(found)


def compile_scalars(func: Operation, level: int = 3, cpu: str = "") -> CompiledScalars:
    """A function of scalars as machine code: of structured control flow, or of blocks, and with
    variables in memory or without.

    EmitError for what has no form. `level` is that of LLVM's optimizer, and `cpu` whom it is for.
    """
    from tern.targets.llvm.jit import Native

    name = func.attributes["sym_name"]
    root = root_of(func).clone()
    copies = functions(root) if root.name == "builtin.module" else [root]
    for each in copies:
        if any(op.name.startswith("scf.") for op in each.walk()):
            lower_scf(each)
        if any(op.name == "memref.alloca" for op in each.walk()):
            to_ssa(each)
    copy = next(each for each in copies if each.attributes["sym_name"] == name)
    type = copy.attributes["function_type"]
    fails = CallGraph(copy).may_fail(name)
    written = scalars_text([copy])
    entry = entry_text(function_name(name), type.inputs, type.results, fails)
    native = Native(complete(f"{written}\n{entry}"), level, cpu)
    return CompiledScalars(func, written, native.pointer(f"{function_name(name)}.entry"), root=root)
