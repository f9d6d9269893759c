"""Functions of tensors whose results want the memory of a destination: read, drawn, and run.

Every tensor has one axis, of a known size, and every slice a known offset and a stride of 1.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from torch_mlir import ir
from torch_mlir.passmanager import PassManager

from tern.workshop.mlir.samples import module_of

Memory = tuple[int, int, int]
"""Elements of a buffer, from and to; a buffer is called by the value that it was made for."""


class Step(NamedTuple):
    """One operation of a function, by the numbers of its values: arguments first, then results.

    `reads` are the values whose elements it needs. `destination` is the value whose memory its
    result gets, if nothing speaks against it; None of tensor.empty, which has memory of its own,
    and of `return`, which has no result. `slice` is (offset, size) of an extract_slice, which is a
    view of its destination and reads and writes nothing, and of an insert_slice, which reads its
    destination where the slice is not, and writes it where the slice is. Any other operation writes
    all of its result, element after element, and does not read its destination, unless that is
    among `reads` as well.
    """

    name: str
    reads: tuple[int, ...]
    destination: int | None
    result: int | None
    size: int
    slice: tuple[int, int] | None


def steps(module: ir.Module) -> tuple[list[int], list[Step]]:
    """The sizes of the arguments of a module's function, and its operations in order.

    An argument that is a number has size 0.
    """
    block = module.body.operations[0].regions[0].blocks[0]
    numbers: dict[ir.Value, int] = {}
    sizes: list[int] = []
    for argument in block.arguments:
        numbers[argument] = len(numbers)
        sizes.append(_size(argument.type))
    found = []
    for view in block.operations:
        op = view.operation
        operands = [numbers[operand] for operand in op.operands]
        destination, slice, reads = None, None, operands
        if op.name == "tensor.extract_slice":
            (destination,), reads = operands, []
        elif op.name == "tensor.insert_slice":
            source, destination = operands
            reads = [source]
        elif op.name.startswith("linalg."):
            *reads, destination = operands
            reads = [value for value, operand in zip(reads, op.operands) if _size(operand.type)]
        if op.name.endswith("_slice"):
            offset, size = (op.attributes[f"static_{part}"][0] for part in ("offsets", "sizes"))
            slice = (offset, size)
        result = None
        for value in op.results:
            result = numbers[value] = len(numbers)
        size = _size(op.results[0].type) if result is not None else 0
        found.append(Step(op.name, tuple(reads), destination, result, size, slice))
    return sizes, found


def _size(type: Any) -> int:
    return type.shape[0] if isinstance(type, ir.RankedTensorType) else 0


def buffer_program(rng: random.Random, operations: int) -> ir.Module:
    """A function @f of tensors and one number, with about so many operations.

    Some of them are what tiling leaves: a slice is taken out, computed on, and put back.
    """
    whole = 8
    values: list[tuple[str, int]] = [("%a", whole), ("%b", whole)]
    lines: list[str] = []

    def fresh(size: int, text: str, defined: bool = True) -> str:
        name = f"%{len(lines)}"
        lines.append(f"  {name} = {text}")
        if defined:
            values.append((name, size))
        return name

    def empty(size: int) -> str:
        return fresh(size, f"tensor.empty() : tensor<{size}xf32>", defined=False)

    def pick(size: int) -> str:
        """Something that holds what was computed, as a rule not long ago."""
        fitting = [name for name, each in values if each == size]
        if fitting:
            return rng.choice(fitting[-4:])
        type = f"tensor<{size}xf32>"
        return fresh(size, f"linalg.fill ins(%c : f32) outs({empty(size)} : {type}) -> {type}")

    def compute(size: int, destination: str) -> str:
        type, kind = f"tensor<{size}xf32>", rng.randrange(3)
        ending = f"outs({destination} : {type}) -> {type}"
        if kind == 0:
            return fresh(size, f"linalg.fill ins(%c : f32) {ending}")
        if kind == 1:
            return fresh(size, f"linalg.negf ins({pick(size)} : {type}) {ending}")
        name = rng.choice(("add", "sub"))
        operands = f"{pick(size)}, {pick(size)}"
        return fresh(size, f"linalg.{name} ins({operands} : {type}, {type}) {ending}")

    def extract(source: str, offset: int, size: int) -> str:
        types = f"tensor<{whole}xf32> to tensor<{size}xf32>"
        return fresh(size, f"tensor.extract_slice {source}[{offset}] [{size}] [1] : {types}")

    def insert(part: str, into: str, offset: int, size: int) -> str:
        types = f"tensor<{size}xf32> into tensor<{whole}xf32>"
        return fresh(
            whole, f"tensor.insert_slice {part} into {into}[{offset}] [{size}] [1] : {types}"
        )

    compute(whole, empty(whole))
    while len(lines) < operations:
        kind, size = rng.randrange(8), rng.choice((2, 4))
        offset = rng.randrange(0, whole - size + 1, 2)
        if kind < 3:
            compute(whole, rng.choice((pick(whole), pick(whole), empty(whole))))
        elif kind < 6:  # a tile of it
            source = pick(whole)
            part = compute(size, extract(source, offset, size))
            insert(part, source, offset, size)
        elif kind == 6:
            compute(size, extract(pick(whole), offset, size))
        else:
            insert(pick(size), pick(whole), offset, size)
    results = [(values[-1][0], values[-1][1])]
    if rng.random() < 0.5:
        results.append(rng.choice(values[2:]))
    names = ", ".join(name for name, _ in results)
    types = ", ".join(f"tensor<{size}xf32>" for _, size in results)
    argument = f"tensor<{whole}xf32> {{bufferization.writable = false}}"
    head = f"func.func @f(%a: {argument}, %b: {argument}, %c: f32) -> ({types}) {{"
    return module_of("\n".join([head, *lines, f"  return {names} : {types}", "}"]))


def run_in_place(
    module: ir.Module, copied: Iterable[int], arguments: Sequence[Any]
) -> list[np.ndarray]:
    """What a function gives if its results get the memory of their destinations, but for those of
    the steps with these numbers, whose destination is copied before.

    `arguments` are arrays and numbers. ValueError: an argument was written to.
    """
    _, program = steps(module)
    copied = set(copied)
    values: list[Any] = [
        np.array(argument) if np.ndim(argument) else argument for argument in arguments
    ]
    originals = list(map(np.copy, values))
    number = next(value for value in values if np.ndim(value) == 0)
    for at, step in enumerate(program):
        if step.name == "func.return":
            break
        if step.destination is None:
            values.append(np.full(step.size, np.nan, np.float32))
            continue
        memory = values[step.destination]
        if at in copied:
            memory = memory.copy()
        offset, size = step.slice or (0, step.size)
        target = memory[offset : offset + size]
        if step.name != "tensor.extract_slice":
            read = [values[value] for value in step.reads]
            for element in range(size):  # one after the other, as a loop does
                target[element] = _element(step.name, [each[element] for each in read], number)
        values.append(target if step.name == "tensor.extract_slice" else memory)
    for argument, original in zip(values, originals):
        if not np.array_equal(argument, original):
            raise ValueError("an argument was written to")
    return [np.array(values[value]) for value in program[-1].reads]


def _element(name: str, read: list[Any], number: Any) -> Any:
    if name == "linalg.fill":
        return number
    if name == "linalg.add":
        return read[0] + read[1]
    if name == "linalg.sub":
        return read[0] - read[1]
    return -read[0] if name == "linalg.negf" else read[0]


def mlir_copies(module: ir.Module) -> list[int]:
    """The numbers of the steps for which MLIR's one-shot analysis decides on a copy."""
    copy = module_of(str(module))
    options = "test-analysis-only bufferize-function-boundaries"
    with copy.context:
        PassManager.parse(f"builtin.module(one-shot-bufferize{{{options}}})").run(copy.operation)
    found = []
    for at, op in enumerate(copy.body.operations[0].regions[0].blocks[0].operations):
        decided = op.attributes["__inplace_operands_attr__"] if _decided(op) else []
        if any(ir.StringAttr(each).value == "false" for each in decided):
            found.append(at)
    return found


def _decided(op: Any) -> bool:
    return "__inplace_operands_attr__" in op.attributes
