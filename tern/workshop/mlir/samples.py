"""Modules for the exercises with MLIR, drawn at random."""

from __future__ import annotations

import copyreg
import functools
import random

from torch_mlir import ir


@functools.cache
def _context() -> ir.Context:
    """One for all: making one takes longer than reading a small module."""
    context = ir.Context()
    context.enable_multithreading(False)  # a process that has threads cannot be forked safely
    context.allow_unregistered_dialects = True
    return context


def module_of(text: str | bytes) -> ir.Module:
    """A module of a text or bytecode, in a context that takes any dialect. MLIRError."""
    return ir.Module.parse(text, _context())


# What copies arguments copies a module by its text.
copyreg.pickle(ir.Module, lambda module: (module_of, (str(module),)))


def straight_module(rng: random.Random, operations: int, reach: int = 8) -> ir.Module:
    """A function of so many operations, whose operands are among the last `reach` values."""
    values = ["%x", "%y"]
    lines = []
    for number in range(operations):
        name = rng.choice(("addi", "muli", "subi", "andi", "ori"))
        left, right = (rng.choice(values[-reach:]) for _ in range(2))
        lines.append(f"  %{number} = arith.{name} {left}, {right} : i32")
        values.append(f"%{number}")
    head = "func.func @f(%x: i32, %y: i32) -> i32 {"
    return module_of("\n".join([head, *lines, f"  return {values[-1]} : i32", "}"]))


def nested_module(rng: random.Random) -> ir.Module:
    """A few functions with loops, branches, blocks out of order, and operations nobody knows."""
    counter = iter(range(1_000_000))
    lines: list[str] = []

    def body(values: list[str], room: int, indent: str) -> list[str]:
        values = list(values)
        for _ in range(rng.randrange(1, 6)):
            fresh = f"%v{next(counter)}"
            left, right = (rng.choice(values) for _ in range(2))
            kind = rng.randrange(6) if room else rng.randrange(3)
            if kind < 2:
                name = rng.choice(("addi", "muli", "xori"))
                lines.append(f"{indent}{fresh} = arith.{name} {left}, {right} : index")
                values.append(fresh)
            elif kind == 2:
                lines.append(f'{indent}{fresh}:2 = "some.thing"({left}) : (index) -> (index, i1)')
                values.append(f"{fresh}#0")
            elif kind == 3:
                step = rng.choice(values)
                lines.append(
                    f"{indent}{fresh} = scf.for %i{fresh[2:]} = {left} to {right} step {step} "
                    f"iter_args(%s{fresh[2:]} = {left}) -> (index) {{"
                )
                inner = body([*values, f"%i{fresh[2:]}", f"%s{fresh[2:]}"], room - 1, indent + "  ")
                lines.append(f"{indent}  scf.yield {inner[-1]} : index")
                lines.append(f"{indent}}}")
                values.append(fresh)
            elif kind == 4:
                lines.append(f'{indent}"some.region"({left}) ({{')
                body(values, room - 1, indent + "  ")
                lines.append(f'{indent}  "some.end"({left}) : (index) -> ()')
                lines.append(f"{indent}}}) : (index) -> ()")
            else:
                lines.append(f"{indent}%c{fresh[2:]} = arith.constant {rng.randrange(99)} : index")
                values.append(f"%c{fresh[2:]}")
        return values

    for number in range(rng.randrange(3)):
        lines.append(f"func.func @f{number}(%x: index, %c: i1) {{")
        if rng.random() < 0.5:
            # ^late stands before ^early, which dominates it
            lines += ["  cf.br ^early", "^late:"]
            late = body(["%x", "%e"], 1, "  ")
            lines.append(f'  "some.use"({late[-1]}) : (index) -> ()')
            lines += ["  return", "^early:", "  %d = arith.addi %x, %x : index"]
            lines.append("  %e = arith.muli %d, %d : index")
            lines.append("  cf.cond_br %c, ^late, ^early")
        else:
            body(["%x"], rng.randrange(4), "  ")
            lines.append("  return")
        lines.append("}")
    return module_of("\n".join(lines))
