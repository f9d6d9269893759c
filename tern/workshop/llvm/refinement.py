"""Whether a function of LLVM IR may stand in place of another one: refinement.

It may compute a number where the other is poison, and anything where the other has undefined
behavior; everywhere else it computes what the other does. Functions without branches whose
arguments have 17 bits together are tried on all of them, and on poison; others on some that matter.

Source: Lopes et al., "Alive2: Bounded Translation Validation for LLVM", PLDI 2021, section 3.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tern.workshop.llvm import every_input
from tern.workshop.llvm.evaluate import evaluate, explored, outcomes
from tern.workshop.llvm.ir_text import Function
from tern.workshop.llvm.memory import Memory
from tern.workshop.llvm.values import POISON, UNDEF, OutOfSteps, UndefinedBehavior, Value

UB = "undefined behavior"
MAX_BITS = 17
SOON_TRIED = 4  # bits: two uses of undef can be 256 pairs of numbers
UNDEF_SHARE = 0.7
"""Of wider functions, how many are tried with undef too: that takes longer than all the rest."""
FEW = 15  # instructions: a loop of so many is tried with undef too
BYTES = 64  # of the memory that a pointer argument points to


@dataclass(frozen=True)
class Counterexample:
    """Arguments with which a function is no refinement: what it may do, and what it should."""

    arguments: tuple[Value, ...]
    expected: str
    actual: str


def refines(
    source: Function, target: Function, rng: random.Random, inputs: int = 10
) -> Counterexample | None:
    """A counterexample to "target refines source", None if none was found.

    `inputs` are drawn where not all are tried. Takes a few milliseconds for 65,536 inputs, and 50
    microseconds for one that is drawn and ten instructions. ValueError if the functions have other
    parameters, or one is not valid IR.
    """
    if [each.type for each in source.parameters] != [each.type for each in target.parameters]:
        raise ValueError(f"@{source.name} has other parameters now")
    if source.result != target.result:
        raise ValueError(f"@{source.name} returns another type now")
    if every_input.possible(source, MAX_BITS) and every_input.possible(target, MAX_BITS):
        found = every_input.first_difference(source, target, rng)
        if found is not None:
            return _explained(source, target, *found)
        narrow = all(int(each.type) <= SOON_TRIED for each in source.parameters)
        if narrow or rng.random() < UNDEF_SHARE:
            return _with_undef(source, target, rng)
        return None
    for arguments in drawn(source, rng, inputs):
        if (found := _on(source, target, arguments)) is not None:
            return found
    if len(source.blocks) > 1 and len(source.instructions()) <= FEW:
        return _with_undef(source, target, rng)
    return None


def drawn(function: Function, rng: random.Random, count: int) -> Iterator[tuple[Value, ...]]:
    """Arguments for a function: random ones, and those at which something overflows. A pointer is
    drawn as the seed of what it points to."""
    widths = [64 if each.type == "ptr" else int(each.type) for each in function.parameters]
    for number in range(count):
        found: list[Value] = []
        for width in widths:
            corners = (0, 1, 2, 3, -1, -2, 1 << (width - 1), (1 << (width - 1)) - 1, 5, 7)
            small = rng.choice(corners) if rng.random() < 0.6 else rng.getrandbits(width)
            found.append(small % (1 << width))
        if number % 8 == 7 and found:
            at = rng.randrange(len(found))
            if function.parameters[at].type != "ptr":
                found[at] = POISON
        yield tuple(found)


@dataclass(frozen=True)
class Result:
    """What a call gives, UB among that, and what is in the memory of its pointers afterwards."""

    value: object
    memory: list
    open: bool
    """Whether something was chosen on the way."""


def result_of(
    function: Function,
    arguments: Sequence[Value],
    frozen: int = 0,
    steps: int = 50_000,
    count: Counter[str] | None = None,
) -> Result:
    """What a call gives if all that is open is `frozen`. OutOfSteps."""
    memory, addresses, passed, chosen = Memory(), [], [], []
    for parameter, value in zip(function.parameters, arguments):
        if parameter.type == "ptr":
            contents = random.Random(f"{value}").randbytes(BYTES)
            addresses.append(memory.allocate(BYTES, contents))
            value = addresses[-1]
        passed.append(value)

    def choose(width: int) -> int:
        chosen.append(width)
        return frozen % (1 << width)

    try:
        value: object = evaluate(function, passed, memory, choose, steps, count)
    except UndefinedBehavior:
        return Result(UB, [], bool(chosen))
    return Result(value, [memory.contents(address) for address in addresses], bool(chosen))


def _on(source: Function, target: Function, arguments: tuple[Value, ...]) -> Counterexample | None:
    """A counterexample, if these arguments are one."""
    try:
        expected = result_of(source, arguments)
        if expected.value == UB or expected.open:
            return None
    except OutOfSteps:
        return None  # it may run for ever: that is its own affair
    for frozen in (0, 1, -1):
        try:
            actual = result_of(target, arguments, frozen, steps=200_000)
        except OutOfSteps:
            return Counterexample(arguments, _told(expected.value), "it runs on and on")
        if actual.value != expected.value and (expected.value is not POISON or actual.value == UB):
            return Counterexample(arguments, _told(expected.value), _told(actual.value))
        if not all(_may_hold(new, old) for new, old in zip(actual.memory, expected.memory)):
            return Counterexample(arguments, "other contents of the memory", "these")
        if not actual.open:
            break
    return None


def _may_hold(new: list, old: list) -> bool:
    return all(b is POISON or b is None or a == b for a, b in zip(new, old))


def _with_undef(source: Function, target: Function, rng: random.Random) -> Counterexample | None:
    """A counterexample in which one argument is undef, where all that this can be is soon tried."""
    for at, parameter in enumerate(source.parameters):
        narrow = isinstance(parameter.type, int) and parameter.type <= 8
        if "noundef" in parameter.attributes or not narrow:
            continue
        arguments = list(next(drawn(source, rng, 1)))
        arguments[at] = UNDEF
        try:
            expected, all_of_them = explored(source, arguments, 300)
        except OutOfSteps:
            continue
        if not all_of_them or UB in expected or POISON in expected:
            continue
        if wrong := outcomes(target, arguments, 900) - expected:
            shown = sorted(wrong, key=str)[0]
            possible = f"one of {len(expected)} numbers: an undef may be each of them"
            told = possible if len(expected) > 1 else _told(next(iter(expected)))
            return Counterexample(tuple(arguments), told, _told(shown))
    return None


def _explained(
    source: Function, target: Function, arguments: tuple[Value, ...], actual: object
) -> Counterexample:
    return Counterexample(arguments, _told(result_of(source, arguments).value), _told(actual))


def _told(result: object) -> str:
    return "nothing" if result is None else str(result)
