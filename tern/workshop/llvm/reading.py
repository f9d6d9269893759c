"""LLVM IR as plain data: functions, blocks, instructions, and the operands of each.

It reads the part of the language that week 10's puzzles are written in: integers, pointers, and
arrays of integers; one instruction a line. What it means, `verdict` says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from tern.errors import TernError

FLAGS = frozenset("nuw nsw exact inbounds nneg disjoint samesign noundef tail volatile".split())
OPCODES = frozenset(
    "add sub mul udiv sdiv urem srem shl lshr ashr and or xor icmp select freeze zext sext trunc "
    "phi br ret unreachable alloca load store getelementptr call".split()
)
PREDICATES = frozenset("eq ne ugt uge ult ule sgt sge slt sle".split())

_DEFINE = re.compile(r"define ((?:[\w.()]+ )*?)(i\d+|ptr|void) @([\w.$-]+)\((.*)\)[^()]*\{")
_TYPE = r"i\d+|ptr|void|label|\[\d+ x i\d+\]"
_OPERAND = re.compile(rf"(?:({_TYPE})\b *|(\[\d+ x i\d+\]) *)?(?:\w+ )*?([%@\w.$-]*)(?: to (.*))?")
_PAIR = re.compile(r"\[ *([^ ,]+) *, *%([\w.$-]+) *\]")
_CALL = re.compile(r"(?:[\w() ]* )?(i\d+|ptr|void) @([\w.$-]+)\((.*)\).*")


class IRError(TernError, ValueError):
    """A line is not of the language that is read here."""


class Operand(NamedTuple):
    """`i32 %x`: the type, and the text of the value, which is empty where there is only a type."""

    type: str
    text: str


@dataclass(frozen=True)
class Instruction:
    """One line.

    Attributes:
        result: the name that it defines, such as `%x`; empty if none.
        opcode: `add`, `icmp`, `br`.
        flags: `nsw`, `exact`, `inbounds`; of icmp the predicate, too.
        operands: in order. Of a phi the values; of a call the arguments; of a branch first the
            condition, if it has one, and then its labels, without `%`.
        to: of a cast the type that it gives; of a phi the labels that its values come from; of a
            call the name of the function, without `@`.
        line: its number in the text, from 1.
        align: what `align` says; 1 if it says nothing.
    """

    result: str
    opcode: str
    flags: frozenset[str]
    operands: tuple[Operand, ...]
    to: str | tuple[str, ...] = ""
    line: int = 0
    align: int = 1

    @property
    def type(self) -> str:
        """The type of the first operand: what it computes with, loads, stores, or returns."""
        return self.operands[0].type if self.operands else "void"


@dataclass
class Function:
    """A function: the type of what it gives, its parameters, those of them that are noalias, its
    blocks by label, and whether it is `internal`: then all calls of it are in the text."""

    name: str
    type: str
    parameters: tuple[Operand, ...]
    noalias: frozenset[str]
    internal: bool = False
    blocks: dict[str, list[Instruction]] = field(default_factory=dict)

    def instructions(self) -> list[Instruction]:
        """All of them, in the order of the text."""
        return [each for block in self.blocks.values() for each in block]

    @property
    def entry(self) -> str:
        return next(iter(self.blocks))


def read_ir(text: str) -> dict[str, Function]:
    """The functions of a text, in order. IRError, with the line, for what is not read here."""
    functions: dict[str, Function] = {}
    current: Function | None = None
    label = "entry"
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole.split(";")[0].strip()
        if found := _DEFINE.fullmatch(line):
            current, label = _function(found), "entry"
            functions[current.name] = current
        elif line == "}":
            current = None
        elif current is not None and (found := re.fullmatch(r"([\w.$-]+):", line)):
            label = found[1]
            current.blocks.setdefault(label, [])
        elif current is not None and line:
            current.blocks.setdefault(label, []).append(_instruction(line, number))
        elif line and not line.startswith(("declare", "target", "source_filename", "attributes")):
            raise IRError(f"line {number} is not of the language: {line}")
    return functions


def _function(found: re.Match[str]) -> Function:
    parameters, noalias = [], set()
    for part in filter(None, (each.strip() for each in found[4].split(","))):
        type, name = part.split()[0], part.split()[-1]
        parameters.append(Operand(type, name))
        noalias.update({name} & {name if "noalias" in part.split() else ""})
    internal = "internal" in found[1].split()
    return Function(found[3], found[2], tuple(parameters), frozenset(noalias), internal)


def _instruction(line: str, number: int) -> Instruction:
    result, _, rest = line.rpartition(" = ") if re.match(r"%[\w.$-]+ = ", line) else ("", "", line)
    opcode, _, rest = rest.partition(" ")
    if opcode == "tail":
        opcode, _, rest = rest.partition(" ")
    if opcode not in OPCODES:
        raise IRError(f"line {number} is not of the language: {line}")
    flags = set()
    while (word := rest.partition(" ")[0]) in FLAGS or (opcode == "icmp" and word in PREDICATES):
        flags.add(word)
        rest = rest.partition(" ")[2]
    if opcode == "call":
        if (called := _CALL.fullmatch(rest)) is None:
            raise IRError(f"line {number} is not of the language: {line}")
        arguments = _operands(called[3], line, number) if called[3] else []
        return Instruction(result, opcode, frozenset(), tuple(arguments), called[2], number)
    if opcode == "phi":
        pairs = _PAIR.findall(rest)
        values = tuple(Operand(rest.split()[0], value) for value, _ in pairs)
        return Instruction(result, opcode, frozenset(), values, tuple(b for _, b in pairs), number)
    aligned = re.search(r", align (\d+)", rest)
    align = int(aligned[1]) if aligned else 1
    found = _operands(re.sub(r", align \d+|, ![\w.]+ !\d+", "", rest), line, number)
    to = found[-1].text if found and found[-1].type == "to" else ""
    operands = [each for each in found if each.type != "to"]
    return Instruction(result, opcode, frozenset(flags), tuple(operands), to, number, align)


def _operands(text: str, line: str, number: int) -> list[Operand]:
    """`i32 %a, %b` are two operands of i32; a cast's `to i64` comes last, as one of type `to`."""
    found: list[Operand] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        match = _OPERAND.fullmatch(part)
        if match is None:
            raise IRError(f"line {number} is not of the language: {line}")
        type = match[1] or match[2] or (found[-1].type if found else "")
        value = match[3].removeprefix("%") if type == "label" else match[3]
        found.append(Operand(type, value))
        if match[4]:
            found.append(Operand("to", match[4]))
    return found
