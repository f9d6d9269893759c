"""A simplification that XLA doesn't make: compute no element that nobody reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tern.parts import part
from tern.workshop.xla.hlo import Computation, Instruction, Module
from tern.workshop.xla.regions import Box, asked, can_narrow, narrowed, piece, volume, whole


def _joined(boxes: Sequence[Box], box: Box) -> list[Box]:
    """Boxes with all elements of these and of one more. Two are one box when that costs nothing."""
    for other in boxes:
        hull = tuple((min(a, c), max(b, d)) for (a, b), (c, d) in zip(box, other))
        if volume(hull) <= volume(box) + volume(other):
            return _joined([each for each in boxes if each != other], hull)
    return [*boxes, box]


def _needed(entry: Computation) -> dict[str, list[Box]]:
    """The boxes of each instruction's result that somebody reads, users before what they use."""
    boxes: dict[str, list[Box]] = {entry.root: [whole(entry[entry.root])]}
    for each in reversed(list(entry)):
        for box in boxes.get(each.name, ()):
            for operand, part_of_it in zip(each.operands, asked(each, box, entry)):
                if not can_narrow(entry[operand]):
                    boxes[operand] = [whole(entry[operand])]
                elif volume(part_of_it):
                    boxes[operand] = _joined(boxes.get(operand, ()), part_of_it)
    return boxes


@part("workshop.xla.narrow", helpers=(_joined, _needed))
def narrow(module: Module) -> Module:
    """The same module without the elements that nobody reads.

    A slice keeps some elements of an array. XLA moves some slices, past a reverse or a pad, and a
    fused loop computes only what its result needs. But a product, or an array that several kernels
    read, is computed whole, and XLA's cost analysis counts all of it. Here the entry computes
    each array only where the result depends on it: a slice of exp(x) is the exp of a slice of x, a
    few rows of a product are a product of a few rows. Instructions that aren't known to narrow
    (`regions.can_narrow`) stay as they are.

    Each element that's left is computed by the same operations, of the same numbers: nothing is
    assumed of NaN or infinity. XLA may still round it otherwise, because it sums in an order that
    depends on the shape, and turns x * 1.5 * 1.5 into x * 2.25 where nobody else reads x * 1.5.

    What counts is what's left when XLA has compiled it: FLOP and transcendentals. There are never
    more than without. Two boxes of one array stay two where their hull holds more than both.

    What it may change says `rewrites.rewrite_mistake`: the opcodes that compute are those that were
    there, and new names are names that XLA takes.

    Time is linear in the instructions and the boxes. Source of the idea: bounds inference, in
    Ragan-Kelley et al., "Halide", PLDI 2013, section 4.2.

        >>> from tern.workshop.xla.hlo_text import read_module
        >>> print(
        ...     narrow(
        ...         read_module('''HloModule m
        ... ENTRY e {
        ...   x = f32[100] parameter(0)
        ...   y = f32[100] exponential(x)
        ...   ROOT z = f32[3] slice(y), slice={[97:100]}
        ... }''')
        ...     ).entry
        ... )
        e {
          x = f32[100] parameter(0)
          x.piece = f32[3] slice(x), slice={[97:100]}
          ROOT y = f32[3] exponential(x.piece)
        }
    """
    entry = module.entry
    boxes = _needed(entry)
    made: dict[str, Instruction] = {}
    names: dict[tuple[str, Box], str] = {}  # of what has these elements of an array

    def add(instruction: Instruction) -> str:
        name = instruction.name
        while name in made:
            name += "."
        made[name] = replace(instruction, name=name)
        return name

    def read(operand: str, box: Box) -> str:
        """The name of what has just these elements; a slice of what has more."""
        if (operand, box) not in names and volume(box):
            around = next(
                each for each in boxes[operand]
                if all(a <= c and d <= b for (a, b), (c, d) in zip(each, box))
            )  # fmt: skip
            inside = tuple((c - a, d - a) for (a, _), (c, d) in zip(around, box))
            source = names[operand, around]
            names[operand, box] = add(piece(f"{operand}.piece", source, made[source].array, inside))
        return names.get((operand, box), "")

    for each in entry:
        for box in boxes.get(each.name, ()) or [whole(each)] * (each.opcode == "parameter"):
            operands = [read(*pair) for pair in zip(each.operands, asked(each, box, entry))]
            new = narrowed(each, box, entry, operands)
            is_nothing = new.opcode == "slice" and new.shape == made[operands[0]].shape
            names[each.name, box] = operands[0] if is_nothing else add(new)
    root = names[entry.root, whole(entry[entry.root])]
    return module.with_entry(Computation(entry.name, made, root))
