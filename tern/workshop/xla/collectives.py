"""What devices send each other in a module that XLA has split among them."""

from __future__ import annotations

import math
import re

from tern.workshop.xla.hlo import Instruction, Module
from tern.workshop.xla.hlo_text import HloError

COLLECTIVES = ("all-gather", "all-reduce", "reduce-scatter", "all-to-all", "collective-permute")


def group_size(instruction: Instruction) -> int:
    """How many devices a collective is among. HloError: groups in no form that XLA prints.

    XLA prints {{0,1},{2,3}}, or [2,2]<=[4], two groups of two, or mesh['x'=2,'y'=2] {'y'}, the
    devices along an axis of a mesh.
    """
    text = instruction.attributes.get("replica_groups", "")
    if found := re.match(r"\{\{([\d,]+)\}", text):
        return len(found[1].split(","))
    if found := re.match(r"\[\d+,(\d+)\]<=", text):
        return int(found[1])
    if found := re.match(r"mesh\[(.*?)\]\s*\{(.*?)\}", text):
        sizes = dict(re.findall(r"'(\w+)'=(\d+)", found[1]))
        return math.prod(int(sizes[name]) for name in re.findall(r"'(\w+)'", found[2]))
    raise HloError(f"{instruction.name} has groups that nobody reads: {text!r}")


def sent_bytes(module: Module) -> list[tuple[str, int]]:
    """Each collective of a module, and the bytes that each device sends for it, on a ring.

    With p devices and B bytes that a device has before: (p - 1) * B for an all-gather, (p - 1) / p
    * B for a reduce-scatter and an all-to-all, twice that for an all-reduce, B for a permutation.
    """
    found = []
    for computation in module.computations.values():
        for each in computation:
            if each.opcode not in COLLECTIVES:
                continue
            size = sum(computation[name].bytes for name in each.operands)
            p = 1 if each.opcode == "collective-permute" else group_size(each)
            factor = {
                "all-gather": (p - 1, 1),
                "all-reduce": (2 * (p - 1), p),
                "collective-permute": (1, 1),
            }.get(each.opcode, (p - 1, p))
            found.append((each.opcode, size * factor[0] // factor[1]))
    return found
