"""tern's own back end as a target: functions of numbers, in assembly."""

from __future__ import annotations

from collections.abc import Callable

from tern.ir import Operation
from tern.machine import Machine, compile_functions
from tern.targets.errors import EmitError
from tern.targets.runtime import Compiled


def machine_named(name: str | None) -> Machine:
    """The table of a machine: "x86_64", "aarch64", or that of this one, if None.

    EmitError if this one is neither.
    """
    if name == "x86_64":
        from tern.machine.x86_64 import X86_64

        return X86_64
    if name == "aarch64":
        from tern.machine.aarch64 import AARCH64

        return AARCH64
    from tern.machine.load import host_machine

    return host_machine()


def machine_text(name: str | None) -> Callable[..., str]:
    """What writes functions, and those that they call, as assembly for a machine."""

    def write(*funcs: Operation) -> str:
        for func in funcs:
            if not func.body.blocks:
                raise EmitError(f"@{func.attributes['sym_name']} has no body")
        return compile_functions(funcs, machine_named(name)).text

    return write


def compile_machine(func: Operation) -> Compiled:
    """A function of numbers, with those that it calls, as machine code of this machine.

    It takes Python's numbers and gives what the interpreter gives, to the bit. Where there is no
    result, EvaluationError is raised, at the location of the operation. Nothing stops a loop
    without end. Needs llvmlite, whose assembler makes code of the text.

    Raises:
        EmitError: an operation or a type has no form on this machine.
    """
    from tern.machine.load import load

    program = load(func)
    name = func.attributes["sym_name"]
    return Compiled(func, program.program.text, lambda *args: program.call(name, *args))
