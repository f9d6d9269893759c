"""Attributes of functions' parameters, proven from all calls of them."""

from __future__ import annotations

import math
import re

from tern.parts import part
from tern.workshop.llvm.blocks import size_of
from tern.workshop.llvm.reading import Function, Instruction, read_ir


def root(function: Function, name: str) -> tuple[str | None, int]:
    """What an address is based on, an alloca or a parameter, and what divides its distance from
    there, in bytes: 0 if it is that. None for what a call, a load, a phi, or a select gives."""
    by_name = {each.result: each for each in function.instructions()}
    distance, divides = 0, 0  # the constant part, and what divides the rest
    while (each := by_name.get(name)) is not None and each.opcode == "getelementptr":
        item = each.type.rpartition(" ")[2].rstrip("]")  # of [4 x i32] the i32
        for index, type in zip(each.operands[2:], (each.type, item)):
            if re.fullmatch(r"-?\d+", index.text):
                distance += size_of(type) * int(index.text)
            else:
                divides = math.gcd(divides, size_of(type))
        name = each.operands[1].text
    known = each is None or each.opcode == "alloca"
    return (name if known else None), math.gcd(divides, distance)


class Facts:
    """What is known of the parameters of internal functions, by function and name.

    Attributes:
        apart: whether a parameter is noalias.
        align: what divides it; 0 as long as no call has been seen.
        written: whether something may be stored to what it points into.
        anywhere: the functions that may store to any memory at all.
    """

    def __init__(self, functions: dict[str, Function]) -> None:
        self.functions = functions
        self.apart: dict[tuple[str, str], bool] = {}
        self.align: dict[tuple[str, str], int] = {}
        self.written: dict[tuple[str, str], bool] = {}
        self.anywhere: set[str] = set()
        for function in functions.values():
            for type, name in function.parameters:
                if type == "ptr":
                    key = function.name, name
                    self.apart[key] = function.internal or name in function.noalias
                    self.align[key] = 0 if function.internal else 1
                    self.written[key] = False

    def calls(self) -> list[tuple[Function, Instruction]]:
        """Each call of a function of the text, with who calls."""
        return [
            (function, each)
            for function in self.functions.values()
            for each in function.instructions()
            if each.opcode == "call" and each.to in self.functions
        ]

    def find_written(self) -> None:
        """Stores, and calls of functions that store; until nothing is new."""
        before = None
        while before != (before := (dict(self.written), set(self.anywhere))):
            for function in self.functions.values():
                for each in function.instructions():
                    bases = [name and root(function, name)[0] for name in self.stored_to(each)]
                    if None in bases:
                        self.anywhere.add(function.name)
                    for key in self.written:
                        if key[0] == function.name and (key[1] in bases or None in bases):
                            self.written[key] = True

    def stored_to(self, each: Instruction) -> list[str | None]:
        """The addresses that an instruction, or what it calls, may store to; None stands for any
        at all."""
        if each.opcode == "store":
            return [each.operands[1].text]
        if each.opcode != "call":
            return []
        callee = self.functions.get(str(each.to))
        if callee is None or callee.name in self.anywhere:
            return [None]
        given = zip(callee.parameters, each.operands)
        return [text for (_, name), (_, text) in given if self.written.get((callee.name, name))]

    def different(self, caller: Function, first: str | None, second: str | None) -> bool:
        """Whether two addresses point into different memory: of two allocas, of an alloca and a
        parameter, or of two parameters if one is noalias."""
        if None in (first, second) or first == second:
            return False
        known = [(caller.name, name) in self.apart for name in (first, second)]
        return not all(known) or any(self.apart[caller.name, name] for name in (first, second))

    def alignment(self, caller: Function, address: str) -> int:
        """What divides an address that a caller passes on: 0 if nothing is known yet."""
        base, distance = root(caller, address)
        if base is not None and (caller.name, base) in self.align:
            return math.gcd(self.align[caller.name, base], distance)
        allocas = {each.result: each.align for each in caller.instructions()}
        return math.gcd(allocas.get(base or "", 1), distance)

    def give_up(self) -> None:
        """Take back what some call contradicts, until none does. All may be true at first, and
        what is left is true together."""
        before = None
        while before != (before := (dict(self.apart), dict(self.align))):
            for caller, call in self.calls():
                callee = self.functions[str(call.to)]
                given = [
                    ((callee.name, name), operand.text)
                    for (type, name), operand in zip(callee.parameters, call.operands)
                    if type == "ptr" and callee.internal
                ]
                for key, address in given:
                    self.align[key] = math.gcd(self.align[key], self.alignment(caller, address))
                    for other, second in given:
                        bases = root(caller, address)[0], root(caller, second)[0]
                        stored = self.written[key] or self.written[other]
                        if key != other and stored and not self.different(caller, *bases):
                            self.apart[key] = False


@part("workshop.llvm.annotate", helpers=(root, Facts))
def annotate(ir: str) -> str:
    """The text with `noalias` and `align N` on the pointer parameters of internal functions.

    All calls of those are in the text. A parameter is noalias if every call passes, for it and for
    each other pointer, addresses into different memory, or the function, and what it calls, stores
    through neither; memory is an alloca, or what a parameter points into. `align` is the largest
    power of two that divides it in every call, by the alloca's own `align` and constant distances;
    it is left out if that is 1. Nothing else is changed. O(n² ) in the size of the text at most.
    """
    facts = Facts(read_ir(ir))
    facts.find_written()
    facts.give_up()

    def annotated(found: re.Match[str]) -> str:
        name, given = found[2], found[3]
        for key, align in facts.align.items():
            if key[0] == name:
                two = align & -align  # the largest power of two in it
                words = "noalias " * facts.apart[key] + f"align {two} " * (two > 1)
                given = re.sub(
                    rf"ptr {re.escape(key[1])}(?![\w.$-])", f"ptr {words}{key[1]}", given
                )
        return f"{found[1]}{name}({given}"

    return re.sub(r"^(define internal [^@\n]*@)([\w.$-]+)\(([^\n]*)", annotated, ir, flags=re.M)
