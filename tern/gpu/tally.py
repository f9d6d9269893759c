"""Which programs of a launch run, and what they count."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

MAX_GRID = (2**31 - 1, 65_535, 65_535)  # CUDA C++ Programming Guide, compute capabilities


@dataclass(frozen=True)
class Plan:
    """A launch's grid, and the numbers of those of its programs that run."""

    grid: tuple[int, int, int]
    chosen: tuple[int, ...]

    @classmethod
    def of(cls, grid: tuple[int, int, int], max_programs: int | None) -> Plan:
        """All programs of the grid; or a sample, where they are more than `max_programs`."""
        return cls(grid, tuple(sample(grid[0] * grid[1] * grid[2], max_programs)))

    @property
    def programs(self) -> int:
        return self.grid[0] * self.grid[1] * self.grid[2]

    @property
    def fits(self) -> bool:
        """Whether NVIDIA's GPUs take the grid."""
        return all(size <= limit for size, limit in zip(self.grid, MAX_GRID))

    @property
    def sampled(self) -> bool:
        return len(self.chosen) < self.programs

    @property
    def weight(self) -> Fraction:
        """How many programs each that runs stands for; those at the grid's ends for themselves."""
        return Fraction(self.programs - 2, len(self.chosen) - 2) if self.sampled else Fraction(1)

    def index(self, number: int) -> tuple[int, int, int]:
        """The program_id of a program along the three axes."""
        rest, x = divmod(number, self.grid[0])
        return x, rest % self.grid[1], rest // self.grid[1]

    def is_edge(self, number: int) -> bool:
        """Whether the program is the first or the last."""
        return number in (0, self.programs - 1)


def sample(programs: int, max_programs: int | None) -> list[int]:
    """The numbers of the programs that run: all, or the first, the last, and one of each stretch
    between them, at random but the same every time. What stands at a grid's edge is counted once.
    """
    if max_programs is None or programs <= max(max_programs, 3):
        return list(range(programs))
    rng, inner = random.Random(programs), max(max_programs, 3) - 2
    bounds = [1 + (programs - 2) * each // inner for each in range(inner + 1)]
    return [0, *(rng.randrange(low, high) for low, high in zip(bounds, bounds[1:])), programs - 1]


class Site(NamedTuple):
    """A source line that loads from, stores to, or updates atomically one tensor."""

    kind: str  # "load", "store", or "atomic"
    tensor: str
    file: str
    line: int


@dataclass
class Moved:
    """What goes through global memory."""

    bytes: int = 0
    sectors: int = 0


@dataclass
class Tally:
    """What some programs of one launch count."""

    programs: int = 0
    float_operations: int = 0
    integer_operations: int = 0
    dot_flops: int = 0
    moved: dict[Site, Moved] = field(default_factory=dict)

    def move(self, site: Site, bytes: int, sectors: int) -> None:
        """Count one access."""
        moved = self.moved.setdefault(site, Moved())
        moved.bytes += bytes
        moved.sectors += sectors

    def add(self, other: Tally) -> None:
        """Count what other programs of the same launch counted."""
        self.programs += other.programs
        self.float_operations += other.float_operations
        self.integer_operations += other.integer_operations
        self.dot_flops += other.dot_flops
        for site, moved in other.moved.items():
            self.move(site, moved.bytes, moved.sectors)

    def scaled(self, weight: Fraction) -> Tally:
        """The same for programs of which each stands for `weight` like it."""
        return Tally(
            round(self.programs * weight),
            round(self.float_operations * weight),
            round(self.integer_operations * weight),
            round(self.dot_flops * weight),
            {
                site: Moved(round(moved.bytes * weight), round(moved.sectors * weight))
                for site, moved in self.moved.items()
            },
        )

    def total(self, kind: str) -> Moved:
        """All that accesses of one kind moved."""
        of_kind = [moved for site, moved in self.moved.items() if site.kind == kind]
        return Moved(sum(each.bytes for each in of_kind), sum(each.sectors for each in of_kind))
