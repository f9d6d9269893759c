"""Running one function in the flat form: scalars, variables, and branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tern.ir.core import Operation, Value
from tern.ir.errors import EvaluationError
from tern.ir.scalar import check_scalar, evaluator
from tern.parts import part


def decode_step(op: Operation, register: dict[Value, int]) -> Callable[[list[Any]], None]:
    """An operation as a function that reads and writes the registers.

    Whatever does not depend on the registers' contents is worked out here, once, and not
    each time the operation runs.
    """
    ins = [register[value] for value in op.operands]
    outs = [register[result] for result in op.results]

    if op.name == "memref.alloca":
        (out,) = outs

        def step(r: list[Any]) -> None:
            r[out] = [None]  # a variable is a box, empty until something is stored

    elif op.name == "memref.load":
        (slot,), (out,) = ins, outs

        def step(r: list[Any]) -> None:
            r[out] = r[slot][0]
            if r[out] is None:
                raise EvaluationError("a variable is read before anything is stored in it")

    elif op.name == "memref.store":
        value, slot = ins

        def step(r: list[Any]) -> None:
            r[slot][0] = r[value]

    else:
        compute = evaluator(op)
        (out,) = outs
        if len(ins) == 2:  # the most common by far, and faster on its own
            a, b = ins

            def step(r: list[Any]) -> None:
                r[out] = compute(r[a], r[b])

        elif len(ins) == 1:
            (a,) = ins

            def step(r: list[Any]) -> None:
                r[out] = compute(r[a])

        else:

            def step(r: list[Any]) -> None:
                r[out] = compute(*[r[i] for i in ins])

    return step


@part("ir.interpret", helpers=(decode_step,))
def interpret(func: Operation, args: Sequence[Any], *, max_steps: int = 10_000_000) -> list[Any]:
    """What a function in the flat form returns: the list of its results.

    Integers are Python ints in the signed range of their type, i1 bools, floats Python
    floats. i32 wraps around in two's complement, divsi and remsi truncate toward zero, and
    f32 rounds to single precision after every operation.

    Every value has a register, and every block is decoded once into a list of steps; then
    running an operation is one call. O(operations) before the first step, O(1) each.

    Raises:
        EvaluationError: division by zero, another operation without a defined result, an
            operation that is not for scalars (at the latest when it would run), or more than
            `max_steps` operations.
        TypeError, OverflowError: `args` are not values of the function's inputs.
    """
    blocks = func.body.blocks
    register: dict[Value, int] = {}
    for block in blocks:
        for value in block.args:
            register[value] = len(register)
        for op in block.operations:
            for value in op.results:
                register[value] = len(register)

    # For each block: its steps, the registers that the terminator reads, and for each
    # successor the block's number, what to copy, and where to.
    number = {block: i for i, block in enumerate(blocks)}
    program = []
    for block in blocks:
        *body, last = block.operations
        if last.name not in ("cf.br", "cf.cond_br", "func.return"):
            raise EvaluationError(f"{last.name} is not for the flat form")
        edges = [
            (
                number[target],
                [register[value] for value in values],
                [register[arg] for arg in target.args],
            )
            for target, values in last.successors
        ]
        steps = [decode_step(op, register) for op in body]
        program.append((steps, [register[value] for value in last.operands], edges))

    inputs = blocks[0].args
    if len(args) != len(inputs):
        raise TypeError(f"the function takes {len(inputs)} arguments, not {len(args)}")
    registers: list[Any] = [None] * len(register)
    for arg, value in zip(inputs, args):
        registers[register[arg]] = check_scalar(value, arg.type)

    current = 0
    while True:
        steps, read, edges = program[current]
        max_steps -= len(steps) + 1
        if max_steps < 0:
            raise EvaluationError("the function takes too many steps")
        for step in steps:
            step(registers)
        if not edges:
            return [registers[i] for i in read]
        taken = 1 if read and not registers[read[0]] else 0
        current, sources, targets = edges[taken]
        # Read all before writing any: a branch may swap two arguments of its block.
        for target, value in zip(targets, [registers[i] for i in sources]):
            registers[target] = value
