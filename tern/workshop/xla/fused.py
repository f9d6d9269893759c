"""From kernels to HLO with fusions, as XLA has it, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tern.workshop.xla.hlo import Computation, Instruction, Module
from tern.workshop.xla.kernels import NO_WORK, is_alone, mistake, traffic


def fused_module(module: Module, kernels: Sequence[Sequence[str]]) -> Module:
    """The module in which each kernel of several instructions is a `fusion` of the kind kLoop.

    The entry's result keeps its name and shape. ValueError: the kernels break a rule.
    """
    entry = module.entry
    if wrong := mistake(entry, kernels):
        raise ValueError(wrong)
    called: dict[str, Computation] = {}
    made: dict[str, Instruction] = {}
    now: dict[str, str] = {}  # where each array is, by its name before

    def available(name: str) -> str:
        """The array `name` in the new entry, which is in memory by now, or in the code."""
        if name not in now:
            each = entry[name]
            operands = tuple(available(operand) for operand in each.operands)
            made[name] = replace(each, operands=operands)
            now[name] = name
        return now[name]

    for each in entry.parameters():
        available(each.name)
    for number, (kernel, moved) in enumerate(zip(kernels, traffic(entry, kernels))):
        if len(kernel) == 1 and is_alone(entry[kernel[0]].opcode):
            available(kernel[0])
            continue
        inside = _fused_computation(
            f"kernel_{number}", entry, set(kernel), moved.reads, moved.writes
        )
        called[inside.name] = inside
        operands = tuple(available(name) for name in moved.reads)
        shapes = tuple(entry[name].array for name in moved.writes)
        attributes = {"kind": "kLoop", "calls": inside.name}
        shape = shapes if len(shapes) > 1 else entry[moved.writes[0]].array
        fusion = Instruction(f"fusion_{number}", "fusion", shape, operands, attributes)
        made[fusion.name] = fusion
        for index, name in enumerate(moved.writes):
            if len(shapes) == 1:
                now[name] = fusion.name
                continue
            part = Instruction(
                f"{fusion.name}_{index}", "get-tuple-element", shapes[index], (fusion.name,),
                {"index": str(index)},
            )  # fmt: skip
            made[part.name] = part
            now[name] = part.name
    new = Computation(entry.name, made, available(entry.root))
    others = {k: v for k, v in module.computations.items() if k != module.entry_name}
    return Module(module.name, {**others, **called, new.name: new}, new.name)


def _fused_computation(
    name: str, entry: Computation, kernel: set[str], reads: Sequence[str], writes: Sequence[str]
) -> Computation:
    """What one kernel computes, with a parameter for each array that it reads."""
    made = {
        f"{read}_read": Instruction(f"{read}_read", "parameter", entry[read].shape, (), {}, str(n))
        for n, read in enumerate(reads)
    }
    names = {read: f"{read}_read" for read in reads}

    def inside(each: str) -> str:
        """A member, or a constant or bitcast that one needs, by its name in here."""
        if each not in names:
            operands = tuple(inside(operand) for operand in entry[each].operands)
            names[each] = each
            made[each] = replace(entry[each], operands=operands)
        return names[each]

    for member in entry.instructions:
        if member in kernel:
            inside(member)
    root = writes[0]
    if len(writes) > 1:
        root = f"{name}_results"
        shapes = tuple(entry[write].array for write in writes)
        made[root] = Instruction(root, "tuple", shapes, tuple(writes))
    return Computation(name, made, root)


def kernels_of(module: Module) -> tuple[Computation, list[list[str]]]:
    """A module's entry without fusions, and its kernels in order: the other way round.

    What several fusions compute is there once for each, by a name of its own.
    """
    entry = module.entry
    flat: dict[str, Instruction] = {}
    now: dict[str, tuple[str, ...]] = {}  # the arrays that an instruction gives, in `flat`
    kernels: list[list[str]] = []
    for each in entry:
        operands = tuple(name for operand in each.operands for name in now[operand])
        if each.opcode == "fusion":
            inside = module.computations[each.attributes["calls"]]
            kernel, now[each.name] = _inlined(inside, each.name, operands, flat)
            kernels.append(kernel)
        elif each.opcode == "get-tuple-element":
            now[each.name] = (now[each.operands[0]][int(each.attributes["index"])],)
        else:
            flat[each.name] = replace(each, operands=operands)
            now[each.name] = operands if each.opcode == "tuple" else (each.name,)
            if each.opcode not in NO_WORK:
                kernels.append([each.name])
    root = entry.root
    if root not in flat:  # a fusion, which gives one array or several
        names = now[root]
        root = names[0]
        if len(names) > 1:
            root, shapes = entry.root, entry[entry.root].shape
            flat[root] = Instruction(root, "tuple", shapes, names)
    return Computation(entry.name, flat, root), kernels


def _inlined(
    inside: Computation, prefix: str, operands: Sequence[str], flat: dict[str, Instruction]
) -> tuple[list[str], tuple[str, ...]]:
    """What a fusion computes, added to `flat`: its members, and the arrays that it gives."""
    names: dict[str, str] = {}
    members = []
    for each in inside:
        if each.opcode == "parameter":
            names[each.name] = operands[int(each.literal)]
            continue
        if each.opcode == "tuple":
            continue
        names[each.name] = name = f"{prefix}.{each.name}"
        flat[name] = replace(each, name=name, operands=tuple(names[x] for x in each.operands))
        if each.opcode not in NO_WORK:
            members.append(name)
    root = inside[inside.root]
    given = root.operands if root.opcode == "tuple" else (root.name,)
    return members, tuple(names[each] for each in given)
