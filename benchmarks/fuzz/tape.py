"""A source of chance that remembers what it gave, and can give it again, or less of it.

Every generator that takes a `random.Random` can so be made to draw a smaller program: take some
numbers out of its tape, or make some smaller, and let it draw again. Whatever comes out is a
program of its kind. Source: MacIver and Donaldson, "Test-Case Reduction via Test-Case Generation:
Insights from the Hypothesis Reducer", ECOOP 2020.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

_FRACTION = 1 << 53


class Tape(random.Random):
    """A `random.Random` whose draws are in `taken`.

    With `given` it draws those, each cut down to what was asked for, and then zeros.
    """

    def __init__(self, seed: int = 0, given: Sequence[int] | None = None) -> None:
        super().__init__(seed)
        self.given = None if given is None else iter(given)
        self.taken: list[int] = []
        self.program: object = ""  # what was drawn, for who reports an error

    def _randbelow(self, n: int) -> int:
        """What every method of Random but two draws with."""
        if self.given is None:
            number = int(super().random() * n) if n < _FRACTION else super().getrandbits(64) % n
        else:
            number = min(next(self.given, 0), n - 1)
        self.taken.append(number)
        return number

    def random(self) -> float:
        return self._randbelow(_FRACTION) / _FRACTION

    def getrandbits(self, k: int) -> int:
        return self._randbelow(1 << k)


def reduced(taken: Sequence[int], fails: Callable[[Tape], bool], attempts: int = 600) -> list[int]:
    """A tape for which `fails` still holds, as short and as small as so many attempts find it.

    `fails` draws from the tape that it is given; what it leaves untouched is cut off.
    """
    best = list(taken)

    def improves(tape: list[int]) -> bool:
        nonlocal best, attempts
        attempts -= 1
        played = Tape(given=tape)
        if attempts < 0 or not fails(played):
            return False
        used = played.taken[:]
        while used and used[-1] == 0:  # an ended tape gives zeros
            used.pop()
        if _key(used) >= _key(best):
            return False
        best = used
        return True

    before = None
    while before != best and attempts > 0:
        before = best
        for change in (_without, _zeroed):
            size = max(1, len(best) // 2)
            while size and attempts > 0:
                start = 0
                while start < len(best) and attempts > 0:
                    if not improves(change(best, start, size)):
                        start += size
                size //= 2
        for at in range(len(best)):
            for number in _smaller(best[at] if at < len(best) else 0):
                if improves([*best[:at], number, *best[at + 1 :]]):
                    break
    return best


def _key(tape: list[int]) -> tuple[int, list[int]]:
    return len(tape), tape


def _without(tape: list[int], start: int, size: int) -> list[int]:
    return tape[:start] + tape[start + size :]


def _zeroed(tape: list[int], start: int, size: int) -> list[int]:
    return tape[:start] + [0] * len(tape[start : start + size]) + tape[start + size :]


def _smaller(number: int) -> Iterator[int]:
    """Numbers to try in place of one, the smallest first."""
    for each in (1, number // 2, number - 1):
        if 0 < each < number:
            yield each
