"""What a rewrite of a module may not change: looked at before anybody computes with the result."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tern.workshop.xla.costs import MOVES
from tern.workshop.xla.hlo import Computation, Instruction, Module, Shape

LARGER = 10  # times the instructions, and the elements of them all
# No parentheses and no quotes: nothing that a parser could take for another instruction.
_PLAIN = re.compile(r"[\w.+\-{}\[\]:,=<>' ]*", re.ASCII).fullmatch


def rewrite_mistake(module: Module, made: Module) -> str:
    """The rule that a rewritten module breaks, in a sentence; "" if it breaks none.

    1. The entry keeps its parameters. The other computations stay, and there are no new ones.
    2. What the entry computes, it computes by the opcodes that it had. What moves elements (MOVES)
       may be new: slices, broadcasts.
    3. No array has more elements than the largest one had. All of them together have at most LARGER
       times as many, and there are at most LARGER times as many instructions.
    4. An attribute is one value, such as {0,1}, and so is a constant.

    With these, running it costs as much as running the first, up to a factor, if each instruction
    gives the shape that it says. Time is linear in both modules.
    """
    return next(_mistakes(module, made), "")


def _mistakes(module: Module, made: Module) -> Iterator[str]:
    before, entry = module.entry, made.entry
    given, kept = map(_parameters, (before, entry))
    if given != kept:
        told = f"{', '.join(kept) or 'none'}, and were {', '.join(given)}"
        yield f"the entry's parameters are {told}: whoever calls it gives them all"
    others, now = (
        {name: each for name, each in one.computations.items() if name != one.entry_name}
        for one in (module, made)
    )
    if changed := [name for name in {**others, **now} if others.get(name) != now.get(name)]:
        yield f"the computation {changed[0]} is new, or not what it was"
    opcodes = {each.opcode for each in before} | MOVES
    largest = max(map(_elements, before), default=0)
    for each in entry:
        if each.opcode not in opcodes:
            yield f"{each.name} is a {each.opcode}, and the module had none"
        if _elements(each) > largest:
            told = f"{_elements(each):,} elements, and no array had more than {largest:,}"
            yield f"{each.name} has {told}"
        if not all(map(_PLAIN, (*each.attributes, *each.attributes.values(), each.literal))):
            yield f"an attribute or the number of {each.name} is no plain value: {str(each)[:200]}"
    if len(entry) > LARGER * len(before):
        yield f"there are {len(entry):,} instructions, and were {len(before):,}"
    had, has = (sum(map(_elements, one)) for one in (before, entry))
    if has > LARGER * had:
        yield f"all arrays together have {has:,} elements, and had {had:,}"


def _elements(instruction: Instruction) -> int:
    return instruction.shape.elements if isinstance(instruction.shape, Shape) else 0


def _parameters(entry: Computation) -> list[str]:
    found = [f"{e.shape} parameter({e.literal})" for e in entry if e.opcode == "parameter"]
    return sorted(found, key=lambda text: text.partition("(")[2])
