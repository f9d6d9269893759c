"""Which instructions of a computation run together: kernels, the rules for them, and their bytes.

A kernel reads arrays from memory, computes, and writes arrays to memory. What it computes on the
way stays in registers. The rules are those under which XLA's back end for CPUs can generate its
code (xla/backends/cpu/codegen/fusion_emitter, xla/service/cpu/cpu_instruction_fusion.cc), and under
which nothing that's expensive is computed twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tern.workshop.xla.hlo import Computation

NO_WORK = frozenset({"parameter", "constant", "tuple", "get-tuple-element", "bitcast"})
# Computed again wherever it's needed, these cost less than a trip to memory.
CHEAP = frozenset(
    "abs add and broadcast ceil clamp compare concatenate convert copy floor iota is-finite "
    "maximum minimum multiply negate not or pad reshape reverse select sign slice subtract "
    "transpose xor".split()
)
EXPENSIVE = frozenset(
    "cosine divide erf exponential exponential-minus-one log log-plus-one logistic power reduce "
    "reduce-window remainder rsqrt sine sqrt tanh".split()
)
# Everything else has a kernel of its own: dot, convolution, sort, custom-call, while, fusion…


class Traffic(NamedTuple):
    """What one kernel moves: the names of what it reads, and of what it writes."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]


def is_alone(opcode: str) -> bool:
    """Whether an instruction has a kernel of its own."""
    return opcode not in CHEAP and opcode not in EXPENSIVE


def traffic(computation: Computation, kernels: Sequence[Sequence[str]]) -> list[Traffic]:
    """What each kernel reads and writes, if they run in this order.

    A kernel reads every operand of its members that it doesn't compute, once, but for constants,
    which are in its code. It writes what another kernel reads, or the computation's result has, and
    no earlier one has written. ValueError: it reads what is not in memory yet.
    """
    sets = [set(kernel) for kernel in kernels]
    reads = [_reads(computation, kernel) for kernel in sets]
    wanted = set(results(computation)).union(*reads)
    written = {each.name for each in computation if each.opcode == "parameter"}
    found = []
    for kernel, read in zip(sets, reads):
        if missing := [name for name in read if name not in written]:
            raise ValueError(f"a kernel reads {missing[0]}, which no kernel before it has written")
        writes = tuple(name for name in computation.instructions if name in kernel & wanted)
        writes = tuple(name for name in writes if name not in written)
        written.update(writes)
        found.append(Traffic(tuple(read), writes))
    return found


def in_order(computation: Computation, kernels: Sequence[Sequence[str]]) -> list[list[str]] | None:
    """The kernels, each after some that compute what it reads; None if there is no such order,
    because two of them wait for each other. Linear in their members and operands."""
    reads = [set(_reads(computation, set(kernel))) for kernel in kernels]
    waiting: dict[str, list[int]] = {}  # the kernels that still read what nobody has computed
    for number, names in enumerate(reads):
        names.difference_update([n for n in names if computation[n].opcode == "parameter"])
        for name in names:
            waiting.setdefault(name, []).append(number)
    ready = [number for number, names in enumerate(reads) if not names]
    for number in ready:  # which grows
        for name in kernels[number]:
            for other in waiting.pop(name, ()):
                reads[other].remove(name)
                if not reads[other]:
                    ready.append(other)
    return [list(kernels[number]) for number in ready] if len(ready) == len(kernels) else None


def base(computation: Computation, name: str) -> str:
    """The array in whose memory an instruction's result is: behind a bitcast, what that's of."""
    while computation[name].opcode == "bitcast":
        (name,) = computation[name].operands
    return name


def operands(computation: Computation, name: str) -> list[str]:
    """The arrays that an instruction reads, constants left out: they are in the code."""
    found = [base(computation, each) for each in computation[name].operands]
    return [each for each in found if computation[each].opcode != "constant"]


def results(computation: Computation) -> list[str]:
    """The arrays that a computation gives."""
    root = computation[computation.root]
    names = root.operands if root.opcode == "tuple" else (root.name,)
    return [base(computation, each) for each in names]


def _reads(computation: Computation, kernel: set[str]) -> list[str]:
    """What the members of a kernel need that it does not compute, each once."""
    found = {name: None for member in sorted(kernel) for name in operands(computation, member)}
    return [name for name in found if name not in kernel]


def bytes_accessed(computation: Computation, kernels: Sequence[Sequence[str]]) -> int:
    """What all kernels together read and write, in bytes: each array whole, once for each kernel.

    ValueError: the kernels break a rule (`mistake`).
    """
    if wrong := mistake(computation, kernels):
        raise ValueError(wrong)
    return sum(
        sum(computation[name].bytes for name in (*each.reads, *each.writes))
        for each in traffic(computation, kernels)
    )


def mistake(computation: Computation, kernels: Sequence[Sequence[str]]) -> str:
    """The rule that kernels break, in a sentence; "" if they break none.

    1. All of the result is computed: whatever it needs is in a kernel. What does no work is in none
       (NO_WORK): parameters, constants, tuples and their elements, bitcasts.
    2. A kernel runs after those that write what it reads.
    3. An instruction that is neither cheap nor expensive (`is_alone`) has a kernel for itself.
    4. What a kernel writes has one shape: it is one loop nest.
    5. What is expensive is computed once: it is in one kernel, and there no broadcast uses it,
       directly or through other members.
    6. A kernel holds nothing that it doesn't need for what it writes, and nothing twice. It writes
       something that no kernel before it has written.

    Time is linear in the instructions, their operands, and the members of all kernels.
    """
    if len(kernels) > len(computation):
        return f"there are {len(kernels):,} kernels for {len(computation):,} instructions"
    sets = [set(kernel) for kernel in kernels]
    for number, (kernel, members) in enumerate(zip(kernels, sets)):
        if len(members) < len(kernel) or not kernel:
            return f"kernel {number} {'has a name twice' if kernel else 'is empty'}"
    for wrong in _alone_mistakes(computation, sets):
        return wrong
    if missing := [name for name in needed(computation) if not any(name in k for k in sets)]:
        return f"no kernel computes {missing[0]}"
    try:
        moved = traffic(computation, kernels)
    except ValueError as error:
        return str(error)
    for kernel, each in zip(sets, moved):
        if wrong := _one_loop_mistake(computation, kernel, each.writes):
            return wrong
    return ""


def needed(computation: Computation) -> list[str]:
    """What has to be computed for the result, in the computation's order."""
    found = set(results(computation))
    for each in reversed(list(computation)):
        if each.name in found:
            found.update(operands(computation, each.name))
    names = [name for name in computation.instructions if name in found]
    return [name for name in names if computation[name].opcode not in NO_WORK]


def _alone_mistakes(computation: Computation, kernels: Sequence[set[str]]) -> Iterator[str]:
    seen: set[str] = set()
    for kernel in kernels:
        for name in sorted(kernel):
            if name not in computation.instructions:
                yield f"there is no instruction {name}"
                return
            opcode = computation[name].opcode
            if opcode in NO_WORK:
                yield f"{name} is a {opcode}, which is in no kernel"
            if is_alone(opcode) and len(kernel) > 1:
                yield f"{name} is a {opcode}, which has a kernel for itself"
            if opcode not in CHEAP and name in seen:
                yield f"{name} is a {opcode}, which is expensive, and two kernels compute it"
        seen |= kernel


def _one_loop_mistake(computation: Computation, kernel: set[str], writes: Sequence[str]) -> str:
    shapes = {computation[name].shape for name in writes}
    if len(shapes) > 1:
        return f"a kernel writes {', '.join(writes)}, which differ in shape"
    order = [each for each in reversed(list(computation)) if each.name in kernel]
    used, repeated = set(writes), set[str]()
    for each in order:  # users before what they use
        if each.name not in used:
            return f"a kernel computes {each.name}, which nothing that it writes needs"
        if each.name in repeated and each.opcode not in CHEAP:
            return f"{each.name} is a {each.opcode}, which is expensive, and a broadcast repeats it"
        read = operands(computation, each.name)
        used.update(read)
        if each.opcode == "broadcast" or each.name in repeated:
            repeated.update(read)
    return ""
