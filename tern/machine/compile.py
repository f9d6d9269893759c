"""The whole back end: functions in, assembly out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tern.errors import EmitError
from tern.ir import Operation, function, to_ssa
from tern.machine.allocate import Allocation, allocate
from tern.machine.assembly import written
from tern.machine.code import Code, code_of
from tern.machine.description import Machine
from tern.passes.lower_scf import lower_scf

TOO_DEEP = ("calls are nested too deeply", None)


@dataclass
class Program:
    """Functions as assembly.

    Attributes:
        machine: what it is for.
        functions: those of the program, in order, each compiled with what it calls.
        errors: what each error number means, from 0: a text, and the location in the source.
        code, allocations: of each function, what came before its text.
    """

    machine: Machine
    functions: list[Operation]
    lines: list[str] = field(default_factory=list)
    errors: list[tuple[str, Any]] = field(default_factory=lambda: [TOO_DEEP])
    code: dict[str, Code] = field(default_factory=dict)
    allocations: dict[str, Allocation] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The assembly: labels at the margin, instructions indented."""
        return "\n".join(
            line if line.endswith(":") or not line else f"    {line}" for line in self.lines
        )


def compile_functions(
    funcs: Sequence[Operation], machine: Machine, limit: int | None = None
) -> Program:
    """The assembly of functions on scalars, and of those of their module that they call.

    `limit` is how many registers of each class may be used: all, if None.

    Raises:
        EmitError: an operation, a type, or a call has no form; the location is its own.
    """
    program = Program(machine, with_callees(funcs))
    for func in program.functions:
        name = func.attributes["sym_name"]
        code = code_of(in_ssa(func), machine)
        allocation = allocate(code, machine, limit)
        lines = written(code, allocation, machine, len(program.errors))
        program.lines += [*([""] if program.lines else []), *lines]
        program.errors += code.errors
        program.code[name], program.allocations[name] = code, allocation
    return program


def in_ssa(func: Operation) -> Operation:
    """The function in flat SSA form: itself, or if it is in another form, a copy."""
    names = {op.name for op in func.walk()}
    structured = any(name.startswith("scf.") for name in names)
    if structured or "memref.alloca" in names:
        func = func.clone()
        if structured:
            lower_scf(func)
        to_ssa(func)
    return func


def with_callees(funcs: Sequence[Operation]) -> list[Operation]:
    """The functions, and all that they call, each once."""
    found = list(dict.fromkeys(funcs))
    known = {func.attributes["sym_name"] for func in found}
    for func in found:  # it grows while we read it
        name = func.attributes["sym_name"]
        if not name.isidentifier() or not name.isascii():
            raise EmitError(f"@{name} is no name for an assembler")
        for op in func.walk():
            if op.name == "func.call" and op.attributes["callee"] not in known:
                module = func.parent_op
                try:
                    callee = function(module, op.attributes["callee"])
                except (KeyError, AttributeError):
                    error = EmitError(f"there is no function @{op.attributes['callee']}")
                    error.location = op.location
                    raise error from None
                known.add(op.attributes["callee"])
                found.append(callee)
    return found
