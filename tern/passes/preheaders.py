"""Preheaders: for each loop, a block outside of it that runs once before the loop does."""

from __future__ import annotations

from collections.abc import Iterable

from tern.analysis.loops import natural_loops
from tern.ir import Block, Operation


def insert_preheaders(func: Operation) -> tuple[dict[Block, Block], list[Block]]:
    """Give every natural loop a preheader. Gives each loop's, by its header, and the new ones.

    A preheader is the only block outside of a loop that leads to its header, and leads nowhere
    else: what is put at its end runs exactly when the loop is entered, and once. A block that
    is one already is taken. A new one takes over the header's arguments. O(blocks + edges).
    """
    outside: dict[Block, list[Block]] = {}
    loops = natural_loops(func)
    latches = {loop.header: set(loop.latches) for loop in loops}
    for block in func.body.blocks:
        for target, _ in block.terminator.successors:
            if target in latches and block not in latches[target]:
                outside.setdefault(target, []).append(block)

    preheaders: dict[Block, Block] = {}
    made: dict[Block, Block] = {}
    for loop in loops:
        sources = list(dict.fromkeys(outside[loop.header]))
        if len(sources) == 1 and sources[0].terminator.name == "cf.br":
            preheaders[loop.header] = sources[0]
        else:
            new = _forwarder(loop.header, sources[0].terminator.location)
            _redirect(sources, loop.header, new)
            preheaders[loop.header] = new
            made[loop.header] = new
    if made:
        _place(func, made)
    return preheaders, list(made.values())


def erase_empty_preheaders(func: Operation, made: Iterable[Block]) -> None:
    """Take out again those of the new preheaders that nothing was put in. O(blocks + edges)."""
    empty = {
        block: block.terminator.successors[0][0] for block in made if len(block.operations) == 1
    }
    for block in func.body.blocks:
        if block not in empty:
            last = block.terminator
            last.successors = [(empty.get(to, to), values) for to, values in last.successors]
    func.body.blocks = [block for block in func.body.blocks if block not in empty]


def _forwarder(header: Block, location: object) -> Block:
    """A block that takes what the header takes, and passes it on."""
    block = Block([arg.type for arg in header.args])
    for arg, twin in zip(header.args, block.args):
        twin.hint = arg.hint
    block.append(Operation("cf.br", successors=[(header, list(block.args))], location=location))
    return block


def _redirect(sources: Iterable[Block], old: Block, new: Block) -> None:
    for block in sources:
        last = block.terminator
        last.successors = [(new if to is old else to, values) for to, values in last.successors]


def _place(func: Operation, new: dict[Block, Block]) -> None:
    """Put the new block of each header before it, in the text."""
    ordered: list[Block] = []
    for block in func.body.blocks:
        if block in new:
            new[block].parent = func.body
            ordered.append(new[block])
        ordered.append(block)
    func.body.blocks = ordered
