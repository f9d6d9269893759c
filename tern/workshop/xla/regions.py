"""Which elements of its operands an instruction reads for some elements of its result."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tern.workshop.xla.costs import ARITHMETIC, TRANSCENDENTAL
from tern.workshop.xla.hlo import Computation, Instruction, Shape

Box = tuple[tuple[int, int], ...]
"""Elements of an array: along each axis, the first, and the one before which to stop."""

ELEMENTWISE = (ARITHMETIC | TRANSCENDENTAL | {"copy"}) - {"bitcast-convert"}
NARROWED = ELEMENTWISE | {
    "broadcast", "concatenate", "dot", "pad", "reduce", "reverse", "slice", "transpose",
}  # fmt: skip


def whole(instruction: Instruction) -> Box:
    """All elements; () of a tuple, too."""
    if not isinstance(instruction.shape, Shape):
        return ()
    return tuple((0, extent) for extent in instruction.array.dimensions)


def volume(box: Box) -> int:
    """How many elements."""
    return math.prod(max(last - first, 0) for first, last in box)


def slices(instruction: Instruction) -> list[tuple[int, int, int]]:
    """What slice={[0:4], [2:8:3]} says of each axis: the first, before which to stop, the step."""
    found = re.findall(r"\[(\d+):(\d+)(?::(\d+))?\]", instruction.attributes["slice"])
    return [(int(first), int(last), int(step or 1)) for first, last, step in found]


def paddings(instruction: Instruction) -> list[tuple[int, int, int]]:
    """What padding=1_2x0_0_3 says of each axis: elements before, after, and between two."""
    axes = [each.split("_") for each in instruction.attributes["padding"].split("x")]
    return [(int(a[0]), int(a[1]), int(a[2]) if len(a) > 2 else 0) for a in axes]


def can_narrow(instruction: Instruction) -> bool:
    """Whether some elements of the result can be computed without the others, by the same opcode.

    Of a reduce with one operand, yes; of a pad that cuts off elements, or puts some between others,
    and of everything that NARROWED lacks, no.
    """
    if instruction.opcode == "pad":
        return all(low >= 0 <= high and not inner for low, high, inner in paddings(instruction))
    return instruction.opcode in NARROWED and isinstance(instruction.shape, Shape)


def asked(instruction: Instruction, box: Box, computation: Computation) -> list[Box]:
    """The elements of each operand that are read for those in `box`, whole(…) if it can't narrow.

    A box of a concatenate's or a pad's operand may be empty: its volume is 0 then.
    """
    operands = [computation[name] for name in instruction.operands]
    if not can_narrow(instruction):
        return [whole(each) for each in operands]
    sizes = [each.array.dimensions for each in operands]
    axes, opcode = instruction.numbers("dimensions"), instruction.opcode
    if opcode in ELEMENTWISE:
        return [box if each else () for each in sizes]
    if opcode == "broadcast":
        return [tuple(box[axis] for axis in axes)]
    if opcode == "transpose":
        return [tuple(box[axes.index(axis)] for axis in range(len(axes)))]
    if opcode == "reverse":
        return [tuple((n - b, n - a) if at in axes else (a, b)
                      for at, ((a, b), n) in enumerate(zip(box, sizes[0])))]  # fmt: skip
    if opcode == "slice":
        steps = slices(instruction)
        return [tuple((s + a * k, s + (b - 1) * k + 1) for (a, b), (s, _, k) in zip(box, steps))]
    if opcode == "pad":
        lows = [low for low, _, _ in paddings(instruction)]
        return [tuple((max(a - low, 0), min(b - low, n))
                      for (a, b), low, n in zip(box, lows, sizes[0])), ()]  # fmt: skip
    if opcode == "reduce":
        kept = iter(box)
        return [tuple((0, n) if at in axes else next(kept) for at, n in enumerate(sizes[0])), ()]
    if opcode == "concatenate":
        return list(_of_parts(box, axes[0], [each[axes[0]] for each in sizes]))
    return list(_of_dot(instruction, box, sizes))


def _of_parts(box: Box, axis: int, extents: Sequence[int]) -> Iterator[Box]:
    begin, (first, last) = 0, box[axis]
    for extent in extents:
        part = max(first - begin, 0), min(last - begin, extent)
        yield (*box[:axis], part, *box[axis + 1 :])
        begin += extent


def _of_dot(each: Instruction, box: Box, sizes: Sequence[tuple[int, ...]]) -> Iterator[Box]:
    """A dot's result has the axes of the batch, then those of the left, then those of the right."""
    rest = iter(box[len(each.numbers("lhs_batch_dims")) :])
    for side, extents in zip(("lhs", "rhs"), sizes):
        batch, contracted = (each.numbers(f"{side}_{of}_dims") for of in ("batch", "contracting"))
        yield tuple(
            box[batch.index(axis)] if axis in batch
            else (0, extent) if axis in contracted
            else next(rest)
            for axis, extent in enumerate(extents)
        )  # fmt: skip


def narrowed(
    instruction: Instruction, box: Box, computation: Computation, operands: Sequence[str]
) -> Instruction:
    """The instruction that computes only the elements in `box`, under the same name.

    `operands` are names of what has just the elements that are `asked` of each operand; what is
    asked nothing of is looked at by nobody.
    """
    shape = instruction.shape
    if isinstance(shape, Shape):
        shape = shape._replace(dimensions=tuple(last - first for first, last in box))
    made = replace(instruction, shape=shape, operands=tuple(operands))
    boxes = asked(instruction, box, computation)
    if instruction.opcode == "concatenate":
        return replace(made, operands=tuple(o for o, b in zip(operands, boxes) if volume(b)))
    if instruction.opcode == "slice":
        steps = zip(boxes[0], slices(instruction))
        text = ", ".join(
            f"[0:{b - a}:{k}]" if k > 1 else f"[0:{b - a}]" for (a, b), (*_, k) in steps
        )
        return replace(made, attributes={"slice": f"{{{text}}}"})
    if instruction.opcode == "pad" and can_narrow(instruction):
        if not volume(boxes[0]):
            return Instruction(
                made.name, "broadcast", shape, made.operands[1:], {"dimensions": "{}"}
            )
        lows = [low for low, _, _ in paddings(instruction)]
        around = [
            f"{c - (a - low)}_{(b - low) - d}" for (a, b), low, (c, d) in zip(box, lows, boxes[0])
        ]
        return replace(made, attributes={"padding": "x".join(around)})
    return made


def piece(name: str, operand: str, shape: Shape, box: Box) -> Instruction:
    """The slice `name` that has the elements in `box` of an operand of this shape."""
    text = ", ".join(f"[{first}:{last}]" for first, last in box)
    cut = shape._replace(dimensions=tuple(last - first for first, last in box))
    return Instruction(name, "slice", cut, (operand,), {"slice": f"{{{text}}}"})
