"""Trying all that may be chosen, one run after another."""

from __future__ import annotations

from collections.abc import Sequence


class Choices:
    """The choices of one run after another: an odometer that grows as it is asked."""

    def __init__(self) -> None:
        self.wheels: list[tuple[int, int]] = []  # at which option, of how many
        self.at = 0
        self.full = True  # whether every option that there is was among them

    def next(self, width: int) -> int:
        options = range(1 << width) if width <= 8 else _corners(width)
        self.full &= width <= 8
        if self.at == len(self.wheels):
            self.wheels.append((0, len(options)))
        number, _ = self.wheels[self.at]
        self.at += 1
        return options[number]

    def advance(self) -> bool:
        """Whether there is another run: the last wheel that can turn has turned."""
        del self.wheels[self.at :]
        self.at = 0
        while self.wheels:
            number, count = self.wheels.pop()
            if number + 1 < count:
                self.wheels.append((number + 1, count))
                return True
        return False


def _corners(width: int) -> Sequence[int]:
    return (0, 1, (1 << width) - 1, 1 << (width - 1), (1 << (width - 1)) - 1)
