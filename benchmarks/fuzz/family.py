"""What a family of programs is, and what comes of one of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

EQUAL, REFUSED, UNDEFINED = "equal", "refused", "undefined"
"""What a trial gives: both agree; one has no form for it; neither says what it means."""


class Disagreement(Exception):
    """Two meanings of one program differ."""

    def __init__(self, who: str, program: object, told: object) -> None:
        super().__init__(f"{who}: {told}")
        self.who, self.program, self.told = who, str(program), str(told)


def drawn(rng: random.Random, program: Any) -> Any:
    """The program, noted where an error that nobody expects finds it."""
    rng.program = program  # type: ignore[attr-defined]
    return program


@dataclass(frozen=True)
class Family:
    """A generator with those who judge.

    Attributes:
        name: what the command line calls it.
        trial: draws one program and asks both; gives EQUAL, REFUSED, or UNDEFINED, and raises a
            Disagreement. Any other exception is one, too.
        share: how many of 20,000 programs are its own.
        needs: packages that have to be there.
        part: how many are tried in one process, as compilers keep what they compiled.
    """

    name: str
    trial: Callable[[random.Random], str]
    share: int
    needs: tuple[str, ...] = ()
    part: int = 500

    @property
    def missing(self) -> str:
        """What isn't there that it needs; empty if nothing."""
        gone = [name for name in self.needs if find_spec(name) is None]
        return f"not judged here: {', '.join(gone)} not installed" if gone else ""
