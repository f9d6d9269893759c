"""Which instructions run together, so that as few bytes as possible go to memory and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from tern.parts import part
from tern.workshop.xla.hlo import Computation
from tern.workshop.xla.kernels import bytes_accessed, in_order, needed, operands, results


def _kernel(computation: Computation, writes: frozenset[str], written: set[str]) -> list[str]:
    """What a kernel computes that writes these: all that isn't in memory."""
    members: set[str] = set()
    waiting = list(writes)
    while waiting:
        name = waiting.pop()
        if computation[name].opcode != "parameter" and name not in members:
            members.add(name)
            read = operands(computation, name)
            waiting += [each for each in read if each in writes or each not in written]
    return sorted(members)


def _kernels(computation: Computation, groups: Iterable[frozenset[str]]) -> list[list[str]] | None:
    """The kernels that write these groups, in order; None if they wait for each other."""
    written = set[str]().union(*groups)
    return in_order(computation, [_kernel(computation, each, written) for each in groups])


def _cost(computation: Computation, groups: list[frozenset[str]]) -> float:
    try:
        kernels = _kernels(computation, groups)
        return bytes_accessed(computation, kernels) if kernels else float("inf")
    except ValueError:  # against a rule
        return float("inf")


@part("workshop.xla.fuse", helpers=(_kernel, _kernels, _cost))
def fuse(computation: Computation) -> list[list[str]]:
    """Kernels for a computation: lists of names of instructions, in the order in which they run.

    The rules are those of `kernels.mistake`: everything the result needs is computed, from what is
    in memory by then; a dot or a convolution has a kernel for itself; a kernel writes arrays of one
    shape; what's expensive is computed once. What's cheap may be in several kernels.

    What counts is `kernels.bytes_accessed`. Each kernel reads each array that it needs once, and
    each array is written once, if another kernel or the result needs it.

    Sources: XLA's instruction fusion (xla/service/instruction_fusion.cc) and multi-output fusion
    (xla/service/multi_output_fusion.cc). The best choice is NP-hard in general (Kennedy and
    McKinley, "Typed fusion with applications to parallel and sequential code generation", 1993), so
    this climbs a hill: it begins with a kernel for each instruction, and takes a step that costs
    nothing, or saves bytes, until there is none. The steps: an array isn't written any more, and
    whoever reads it computes it; two kernels become one. O(n**3) for n instructions at worst.

        >>> from tern.workshop.xla.hlo_text import read_module
        >>> module = read_module('''HloModule m
        ... ENTRY e {
        ...   x = f32[8] parameter(0)
        ...   y = f32[8] negate(x)
        ...   ROOT z = f32[8] exponential(y)
        ... }''')
        >>> fuse(module.entry)
        [['y', 'z']]
    """
    results_ = set(results(computation))
    groups = [frozenset([name]) for name in needed(computation)]  # what each kernel writes
    best = _cost(computation, groups)
    improving = True
    while improving:
        before = best
        names = set[str]().union(*groups) - results_
        for name in sorted(names, key=lambda each: (-computation[each].bytes, each)):
            # Not written any more, it's computed by whoever reads it: by each, if it's cheap…
            rest = [each - {name} for each in groups if each != {name}]
            if (cost := _cost(computation, rest)) > best:
                # …or by all of them together.
                written = set[str]().union(*rest)
                users = [e for e in rest if name in _kernel(computation, e, written)]
                rest = [each for each in rest if each not in users] + [frozenset().union(*users)]
                cost = _cost(computation, rest)
            if cost <= best:
                best, groups = cost, rest
        for one, other in itertools.combinations(list(groups), 2):
            if one in groups and other in groups:
                rest = [each for each in groups if each not in (one, other)] + [one | other]
                if (cost := _cost(computation, rest)) < best:
                    best, groups = cost, rest
        improving = best < before
    return _kernels(computation, groups) or []
