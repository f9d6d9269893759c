"""Assembly to machine code in this process: LLVM assembles it, and the rest is a call."""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tern.errors import EmitError
from tern.ir import EvaluationError, Operation
from tern.ir.scalar import check_scalar
from tern.machine.compile import Program, compile_functions
from tern.machine.description import Machine
from tern.machine.nodes import TYPES

_ENTRY_X86_64 = """
{entry}:
    push rbx
    push rbp
    push r12
    push r13
    push r14
    push r15
    push rsi
    mov r15, rsp
    mov rax, rdi
{arguments}
    call tern_{name}
    pop r11
{results}
    xor eax, eax
{entry}_leave:
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbp
    pop rbx
    ret
"""

_STOP_X86_64 = """
tern_stop:
    lea rsp, [r15 + 8]
    jmp {entry}_leave
"""

_ENTRY_AARCH64 = """
{entry}:
    sub sp, sp, #176
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    str x1, [sp, #160]
    mov x28, sp
    mov x14, x0
{arguments}
    bl tern_{name}
    ldr x14, [sp, #160]
{results}
    mov w0, #0
{entry}_leave:
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    ldp x27, x28, [sp, #64]
    add sp, sp, #176
    ret
"""

_STOP_AARCH64 = """
tern_stop:
    mov sp, x28
    b {entry}_leave
"""


@dataclass(frozen=True)
class _Host:
    """How C calls a program on this kind of machine: a function of two pointers, to arguments and
    to results, 8 bytes each, that gives 0, or the number of an error and 1 more."""

    entry: str
    stop: str
    argument: str
    result: str
    stored_float: str
    loaded_float: str
    triple: str
    prologue: str


_HOSTS = {
    "x86_64": _Host(
        _ENTRY_X86_64,
        _STOP_X86_64,
        "mov {register}, qword ptr [rax + {at}]",
        "mov qword ptr [r11 + {at}], {register}",
        "movsd qword ptr [r11 + {at}], {register}",
        "movsd {register}, qword ptr [rax + {at}]",
        "x86_64",
        ".intel_syntax noprefix",
    ),
    "aarch64": _Host(
        _ENTRY_AARCH64,
        _STOP_AARCH64,
        "ldr {register}, [x14, #{at}]",
        "str {register}, [x14, #{at}]",
        "str {register}, [x14, #{at}]",
        "ldr {register}, [x14, #{at}]",
        "aarch64",
        "",
    ),
}


def host_machine() -> Machine:
    """The table of the machine that this runs on. EmitError if tern has none."""
    match platform.machine().lower():
        case "x86_64" | "amd64":
            from tern.machine.x86_64 import X86_64

            return X86_64
        case "aarch64" | "arm64":
            from tern.machine.aarch64 import AARCH64

            return AARCH64
    raise EmitError(f"tern has no instructions for a {platform.machine()}")


def entry_text(program: Program, func: Operation) -> str:
    """The function that C calls: it keeps the registers that are the caller's, moves arguments and
    results between memory and registers, and is where an error of the program comes out."""
    machine, host = program.machine, _HOSTS[program.machine.name]
    kinds = func.attributes["function_type"]

    def moves(types: Any, which: str, template: str, of_floats: str) -> str:
        left = {name: list(getattr(r, which)) for name, r in machine.registers.items()}
        lines = []
        for number, type in enumerate(types):
            name = "float" if TYPES[type][0] == "f" else "general"
            form = of_floats if name == "float" else template
            lines.append("    " + form.format(register=left[name].pop(0), at=8 * number))
        # The pointer is in rax, or x14: no argument's register.
        return "\n".join(lines)

    name = func.attributes["sym_name"]
    words = {
        "entry": f"{_PREFIX}tern_entry_{name}",
        "name": name,
        "arguments": moves(kinds.inputs, "arguments", host.argument, host.loaded_float),
        "results": moves(kinds.results, "results", host.result, host.stored_float),
    }
    return f".globl {words['entry']}\n" + host.entry.format(**words)


_PREFIX = "_" if sys.platform == "darwin" else ""  # of names that C can see


def object_code(program: Program) -> bytes:
    """The program as an object file, with an entry for each function. Needs llvmlite."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    llvm.initialize_native_asmparser()
    host = _HOSTS[program.machine.name]
    native = llvm.get_default_triple()
    mine = native.startswith((host.triple, "arm64" if host.triple == "aarch64" else host.triple))
    triple = native if mine else f"{host.triple}-unknown-linux-gnu"
    target = llvm.Target.from_triple(triple).create_target_machine(opt=0)
    first = f"{_PREFIX}tern_entry_{program.functions[0].attributes['sym_name']}"
    entries = [entry_text(program, func) for func in program.functions]
    text = "\n".join(
        [host.prologue, ".text", program.text, *entries, host.stop.format(entry=first)]
    )
    if host.prologue:
        text += "\n.att_syntax"
    lines = [f'target triple = "{triple}"']
    for line in text.splitlines():
        code = line.split(program.machine.text["comment"] + " ")[0].rstrip()
        if code:
            lines.append(f'module asm "{code}"')
    module = llvm.parse_assembly("\n".join(lines))
    return target.emit_object(module)


class CompiledProgram:
    """A program in machine code: `program.call(name, arguments)` runs one of its functions."""

    def __init__(self, program: Program) -> None:
        import llvmlite.binding as llvm

        if program.machine is not host_machine():
            raise EmitError(f"code for {program.machine.name} does not run on this machine")
        self.program = program
        code = object_code(program)
        target = llvm.Target.from_default_triple().create_target_machine(opt=0)
        self.engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)
        self.engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self.engine.finalize_object()
        prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p)
        self.entries: dict[str, tuple[Operation, Callable[..., int]]] = {}
        for func in program.functions:
            name = func.attributes["sym_name"]
            address = self.engine.get_function_address(f"tern_entry_{name}")
            self.entries[name] = func, prototype(address)

    def call(self, name: str, *args: Any) -> Any:
        """The function's result, or a tuple of them if it has none or several.

        Raises:
            EvaluationError: what the program did has no defined result; the location is known.
            TypeError, OverflowError: an argument is not of its type.
        """
        func, entry = self.entries[name]
        kinds = func.attributes["function_type"]
        if len(args) != len(kinds.inputs):
            raise TypeError(f"@{name} takes {len(kinds.inputs)} arguments, not {len(args)}")
        words = [
            word_of(check_scalar(arg, type), TYPES[type]) for arg, type in zip(args, kinds.inputs)
        ]
        given = (ctypes.c_uint64 * max(len(words), 1))(*words)
        results = (ctypes.c_uint64 * max(len(kinds.results), 1))()
        if status := entry(given, results):
            raise error_of(self.program, status - 1)
        values = tuple(from_word(w, TYPES[t]) for w, t in zip(results, kinds.results))
        return values[0] if len(values) == 1 else values


def error_of(program: Program, number: int) -> EvaluationError:
    """The error that a program stopped with."""
    message, location = program.errors[number]
    error = EvaluationError(message)
    error.location = location
    return error


def word_of(value: Any, type: str) -> int:
    if type[0] == "f":
        code = "<f" if type == "f32" else "<d"
        return int.from_bytes(struct.pack(code, value), "little")
    return int(value) & 0xFFFF_FFFF_FFFF_FFFF


def from_word(word: int, type: str) -> Any:
    """The value of a type that 8 bytes of a register hold, its lower ones."""
    data = word.to_bytes(8, "little")
    match type:
        case "f32":
            return struct.unpack("<f", data[:4])[0]
        case "f64":
            return struct.unpack("<d", data)[0]
        case "i1":
            return bool(word & 1)
    return int.from_bytes(data[: 4 if type == "i32" else 8], "little", signed=True)


def load(*funcs: Operation, limit: int | None = None) -> CompiledProgram:
    """Functions in flat SSA form, with what they call, as machine code of this machine."""
    return CompiledProgram(compile_functions(funcs, host_machine(), limit))
