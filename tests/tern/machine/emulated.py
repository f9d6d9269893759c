"""AArch64's machine code under Unicorn, assembled by llvm-mc. Neither is among the requirements."""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tern.ir.scalar import check_scalar
from tern.machine import Program
from tern.machine.description import is_float
from tern.machine.load import error_of, from_word, word_of
from tern.machine.nodes import TYPES

CODE, END, STACK, SIZE = 0x10000, 0x90000, 0x200000, 1 << 20
# An error ends here: x29, which tern never uses, says so.
STOP = "tern_stop:\n mov x29, #1\n movz x16, #9, lsl #16\n br x16\n"


def machine_code(text: str) -> tuple[bytes, dict[str, int]]:
    """The section .text of an object file, and where its symbols are."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "code.o")
        command = ["llvm-mc", "-triple=aarch64-linux-gnu", "-filetype=obj", "-o", str(out)]
        subprocess.run(command, input=text, text=True, check=True)
        data = out.read_bytes()
    (offset,) = struct.unpack_from("<Q", data, 0x28)
    count, names_at = struct.unpack_from("<HH", data, 0x3C)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, offset + 64 * i) for i in range(count)]

    def content(header: tuple[int, ...]) -> bytes:
        return data[header[4] : header[4] + header[5]]

    def string(table: bytes, at: int) -> str:
        return table[at : table.index(b"\0", at)].decode()

    names = content(headers[names_at])
    sections = {string(names, header[0]): header for header in headers}
    symbols, strings = content(sections[".symtab"]), content(sections[".strtab"])
    found = {}
    for at in range(0, len(symbols), 24):
        name, _, _, _, value, _ = struct.unpack_from("<IBBHQQ", symbols, at)
        found[string(strings, name)] = value
    assert ".rela.text" not in sections, "something is left for a linker"
    return content(sections[".text"]), found


def call(program: Program, name: str, *args: Any) -> Any:
    """What a function returns, as in the simulator."""
    from unicorn import UC_ARCH_ARM64, UC_MODE_ARM, Uc, arm64_const

    code, symbols = machine_code(f"{program.text}\n{STOP}")
    (func,) = [f for f in program.functions if f.attributes["sym_name"] == name]
    kinds = func.attributes["function_type"]
    machine = Uc(UC_ARCH_ARM64, UC_MODE_ARM)
    machine.mem_map(CODE, END + 0x10000 - CODE)
    machine.mem_map(STACK, SIZE)
    machine.mem_write(CODE, code)

    def register(name: str) -> int:
        return getattr(arm64_const, f"UC_ARM64_REG_{name.upper()}")

    machine.reg_write(register("cpacr_el1"), 3 << 20)  # floating point is switched on
    left = {kind: list(r.arguments) for kind, r in program.machine.registers.items()}
    for arg, type in zip(args, kinds.inputs):
        kind = "float" if is_float(TYPES[type]) else "general"
        word = word_of(check_scalar(arg, type), TYPES[type])
        machine.reg_write(register(left[kind].pop(0)), word)
    top = STACK + SIZE - 64
    for each, value in (("sp", top), ("x28", top), ("x29", 0), ("x30", END)):
        machine.reg_write(register(each), value)
    machine.emu_start(CODE + symbols[f"tern_{name}"], END)
    if machine.reg_read(register("x29")):
        raise error_of(program, (machine.reg_read(register("x0")) & 0xFFFF_FFFF) - 1)
    left = {kind: list(r.results) for kind, r in program.machine.registers.items()}
    values = []
    for type in kinds.results:
        kind = "float" if is_float(TYPES[type]) else "general"
        values.append(from_word(machine.reg_read(register(left[kind].pop(0))), TYPES[type]))
    return values[0] if len(values) == 1 else tuple(values)
