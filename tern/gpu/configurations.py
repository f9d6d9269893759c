"""How a matrix product is cut up among programs: the choices that a launch leaves open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Configuration:
    """A program's tile of the result, how far it goes along k in a step, and a launch's options."""

    block_m: int = 128  # rows of the tile
    block_n: int = 128  # columns of the tile
    block_k: int = 32  # of k in one step
    warps: int = 8  # of a program
    stages: int = 3  # steps whose operands are in shared memory or on the way there
    group: int = 8  # rows of tiles that are walked together: grouped.py
    splits: int = 1  # programs that share one tile's k
