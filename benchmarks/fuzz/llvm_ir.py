"""LLVM IR: two readings of its manual, LLVM's machine code, and its optimizer."""

from __future__ import annotations

import ctypes
import random

from benchmarks.fuzz.family import EQUAL, UNDEFINED, Disagreement, drawn
from tern.workshop.llvm.blocks import POISON
from tern.workshop.llvm.evaluate import POISON as OTHER_POISON
from tern.workshop.llvm.evaluate import outcomes
from tern.workshop.llvm.ir_text import parse_functions
from tern.workshop.llvm.random_ir import random_program, single_instructions
from tern.workshop.llvm.verdict import verdict

UB = "undefined behavior"


def trial(rng: random.Random, machine: bool = False) -> str:
    if rng.random() < 0.9:
        text, arguments = random_program(rng)
    else:
        text, arguments = rng.choice(single_instructions(rng))
    told = verdict(drawn(rng, text), arguments)
    (function,) = parse_functions(text).values()
    found = outcomes(function, list(arguments), max_runs=1 << 14)
    bits = int(str(function.result))
    kinds = {str(each) for each in found}
    other = (
        UB if UB in kinds
        else POISON if OTHER_POISON in found
        else "any" if len(found) > 1
        else str(next(iter(found)))
    )  # fmt: skip
    shown = f"{text}\n; {arguments}"
    numbers = {told, other} - {UB, POISON, "any"}
    if told != other and len({int(str(each)) % (1 << bits) for each in numbers}) != 1:
        raise Disagreement("two readings", shown, f"{told} and {other}")
    if told != other and len(numbers) != 2:
        raise Disagreement("two readings", shown, f"{told} and {other}")
    if machine:
        return _by_llvm(text, arguments, bits, told, shown)
    return EQUAL


def _by_llvm(text: str, arguments: tuple[int, int], bits: int, told: object, shown: str) -> str:
    """Its machine code, and what the book says of what its optimizer makes."""
    import llvmlite.binding as llvm

    from tern.targets.llvm.jit import optimize, parsed, target_machine

    if told == UB:
        return UNDEFINED
    for level in (0, 3):
        module = optimize(parsed(text), level)
        (after,) = parse_functions(str(module)).values()
        given = [value % 256 for value in arguments]
        found = outcomes(after, given, max_runs=1 << 14)
        allowed = told in (POISON, "any") or set(found) <= {int(str(told)) % (1 << bits)}
        if UB in found or not allowed:
            raise Disagreement(f"LLVM at {level}", f"{shown}\n{module}", f"{told} and {found}")
        if told in (POISON, "any") or bits not in (8, 16, 32, 64):
            continue
        engine = llvm.create_mcjit_compiler(module, target_machine())
        engine.finalize_object()
        of_bytes = ctypes.CFUNCTYPE(getattr(ctypes, f"c_uint{bits}"), ctypes.c_int8, ctypes.c_int8)
        number = of_bytes(engine.get_function_address("f"))(*arguments)
        if number != int(str(told)) % (1 << bits):
            raise Disagreement(f"machine code at {level}", shown, f"{told} and {number}")
    return EQUAL
