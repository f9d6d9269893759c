"""A transformation on every program of the small grammar, on every input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tern.ir import Operation
from tern.workshop.validation.every_input import Array, Lanes, first_difference, run_lanes


@dataclass(frozen=True)
class Counterexample:
    """A function that does not come to the same any more.

    Attributes:
        before, after: the function, and what the transformation made of it.
        inputs: for which it differs.
        came_to: what it came to for them before, and after: a number, or "fails".
    """

    before: Operation
    after: Operation
    inputs: tuple[int, ...]
    came_to: tuple[int | str, int | str]

    def __str__(self) -> str:
        x, y = self.came_to
        given = ", ".join(map(str, self.inputs))
        return f"for ({given}): {x} before, {y} after\n{self.before}\n{self.after}"


def counterexample(
    transform: Callable[[Operation], object], programs: Iterable[Operation], inputs: list[Array]
) -> tuple[int, Counterexample | None]:
    """Run `transform` on copies of the programs, until one differs from its original on some input.

    Gives how many were tried, and the counterexample, or None. Equal means: the same result, or the
    same operation fails. So nothing may fail that did not, nor the other way around.
    """
    tried = 0
    for program in programs:
        tried += 1
        changed = program.clone()
        transform(changed)
        before, after = run_lanes(program, inputs), run_lanes(changed, inputs)
        found = first_difference(before, after, inputs)
        if found is not None:
            lane = next(i for i, given in enumerate(zip(*inputs)) if tuple(given) == found)
            came_to = (_told(before, lane), _told(after, lane))
            return tried, Counterexample(program, changed, found, came_to)
    return tried, None


def _told(lanes: Lanes, lane: int) -> int | str:
    place = int(lanes.failed[lane])
    return f"fails (operation {place})" if place else int(lanes.results[lane])
