"""What a module costs before anybody runs it, by the rules of XLA's own analysis."""

from __future__ import annotations

import math

from tern.errors import TernError
from tern.parts import part
from tern.workshop.xla.hlo import Computation, Instruction, Module, window

# One transcendental for each element of the result…
TRANSCENDENTAL = frozenset(
    "atan2 cbrt cosine erf exponential exponential-minus-one log log-plus-one logistic power rsqrt "
    "sine sqrt tan tanh".split()
)
# …or one FLOP, whatever the type…
ARITHMETIC = frozenset(
    "abs add and bitcast-convert ceil clamp compare convert divide floor is-finite maximum minimum "
    "multiply negate not or remainder round-nearest-afz round-nearest-even select sign subtract xor"
    .split()
)  # fmt: skip
# …or nothing.
MOVES = frozenset(
    "bitcast broadcast concatenate constant copy get-tuple-element iota pad parameter reshape "
    "reverse slice transpose tuple".split()
)


class CostError(TernError, ValueError):
    """An instruction whose cost the book has no rule for."""


def _products(instruction: Instruction, computation: Computation) -> int:
    """How many multiplications a dot or a convolution needs; each has an addition."""
    left, right = (computation[name].array for name in instruction.operands)
    if instruction.opcode == "dot":
        contracted = [left.dimensions[n] for n in instruction.numbers("lhs_contracting_dims")]
        return instruction.array.elements * math.prod(contracted)
    labels, kernel_labels = instruction.attributes["dim_labels"].split("->")[0].split("_")
    sizes = dict(zip(kernel_labels, right.dimensions))
    batch = left.dimensions[labels.index("b")]
    inside = 1
    for axis, moves in enumerate(window(instruction)):
        extent = left.dimensions[labels.index(str(axis))]
        result_labels = instruction.attributes["dim_labels"].split("->")[1]
        steps = instruction.array.dimensions[result_labels.index(str(axis))]
        inside *= sum(
            at % moves.dilation == 0 and 0 <= at // moves.dilation < extent
            for step in range(steps)
            for at in (
                step * moves.stride - moves.low + n * moves.window_dilation
                for n in range(moves.size)
            )
        )
    groups = int(instruction.attributes.get("batch_group_count", 1))
    return batch // groups * inside * sizes["i"] * sizes["o"]


def _work(module: Module, name: str, done: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """FLOP and transcendentals of one call of a computation."""
    if name in done:
        return done[name]
    computation = module.computations[name]
    flops = transcendentals = 0
    for each in computation:
        calls, called = 1, each.attributes.get("to_apply") or each.attributes.get("calls")
        if each.opcode in ("dot", "convolution"):
            flops += 2 * _products(each, computation)
        elif each.opcode == "reduce":
            calls = computation[each.operands[0]].array.elements - each.array.elements
        elif each.opcode == "reduce-window":
            elements = math.prod(moves.size for moves in window(each))
            calls = each.array.elements * (elements - 1)
        elif each.opcode in TRANSCENDENTAL:
            transcendentals += each.array.elements
        elif each.opcode in ARITHMETIC:
            flops += each.array.elements
        elif each.opcode not in MOVES and each.opcode not in ("fusion", "call"):
            raise CostError(f"{each.name}: there is no rule for what a {each.opcode} costs")
        if called:
            inner = _work(module, called, done)
            flops += calls * inner[0]
            transcendentals += calls * inner[1]
    done[name] = flops, transcendentals
    return done[name]


def _fusion_reads(fusion: Instruction, computation: Computation, inside: Computation) -> int:
    """The bytes of its operands that a fusion reads."""
    users, total = inside.users(), 0
    for parameter, operand in zip(inside.parameters(), fusion.operands):
        using = [inside[name] for name in dict.fromkeys(users[parameter.name])]
        whole = computation[operand].bytes
        total += sum(each.bytes for each in using if each.opcode == "slice")
        total += whole * sum(each.opcode in ("broadcast", "reshape") for each in using)
        total += whole * any(e.opcode not in ("slice", "broadcast", "reshape") for e in using)
    return total


def _moves_nothing(each: Instruction, computation: Computation) -> bool:
    """Whether a transpose only says that the same bytes are now read with the axes renamed."""
    if each.opcode != "transpose":
        return False
    permutation, operand = each.numbers("dimensions"), computation[each.operands[0]].array
    axes = tuple(permutation[axis] for axis in each.array.minor_to_major)
    return axes == operand.minor_to_major


def _bytes(module: Module, name: str) -> int:
    computation, total = module.computations[name], 0
    for each in computation:
        if each.opcode in ("parameter", "constant", "bitcast", "get-tuple-element"):
            continue
        if _moves_nothing(each, computation):
            continue
        read = sum(computation[operand].bytes for operand in each.operands)
        written = each.bytes
        if each.opcode == "tuple":
            read, written = 0, 8 * len(each.operands)
        elif each.opcode == "slice":
            read = written
        elif each.opcode == "fusion":
            read = _fusion_reads(each, computation, module.computations[each.attributes["calls"]])
        elif each.opcode == "call":
            read, written = _bytes(module, each.attributes["to_apply"]), 0
        total += read + written
    return total


@part("workshop.xla.cost", helpers=(_products, _work, _fusion_reads, _moves_nothing, _bytes))
def cost(module: Module) -> dict[str, int]:
    """What XLA's cost analysis says of a module: "flops", "transcendentals", "bytes accessed".

    The rules, found out by asking XLA (xla/service/hlo_cost_analysis.cc). For each instruction of
    the entry, and of what it calls:

    - of an opcode in ARITHMETIC, each element of the result is 1 FLOP, also of a comparison and of
      integers; in TRANSCENDENTAL 1 transcendental and no FLOP, square roots too; MOVES are nothing;
    - a dot is 2 FLOP for each element of the result and each element that is contracted for it;
    - a convolution is 2 FLOP for each product of an element of the input and one of the kernel:
      where the window is over padding, or between two elements of a dilated input, there is none;
    - a reduce calls `to_apply` once for each element that it makes disappear; a reduce-window, for
      each element of the result, once less than its window has elements; a fusion and a call, once;
    - bytes accessed are those of all operands, twice if it is used twice, and those of the result.
      Parameters, constants, bitcasts, and get-tuple-elements access nothing, and neither does a
      transpose that only renames axes, because the layout of its result puts every element where it
      was. A tuple accesses 8 bytes for each operand, and nothing of the operand itself. A slice
      reads what it gives;
    - a fusion writes its result. Of an operand it reads as much as each slice gives that uses it
      inside, all of it again for each broadcast and each reshape, and all of it once for everything
      else that uses it. What happens between the instructions inside costs no bytes;
    - a call costs the bytes of what it calls. A reduce's `to_apply` accesses none.

    CostError: any other instruction. Time is linear in the instructions, their users, and, for
    convolutions, the steps times the elements of the window along each axis.

        >>> from tern.workshop.xla.hlo_text import read_module
        >>> cost(
        ...     read_module('''HloModule m
        ... ENTRY e {
        ...   x = f32[2,3] parameter(0)
        ...   y = f32[3,4] parameter(1)
        ...   ROOT z = f32[2,4] dot(x, y), lhs_contracting_dims={1}, rhs_contracting_dims={0}
        ... }''')
        ... )
        {'flops': 48, 'transcendentals': 0, 'bytes accessed': 104}
    """
    flops, transcendentals = _work(module, module.entry_name, {})
    accessed = _bytes(module, module.entry_name)
    return {"flops": flops, "transcendentals": transcendentals, "bytes accessed": accessed}
