"""Many trials of a family, in processes of their own: a compiler that crashes ends one of them."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.fuzz.family import REFUSED, Disagreement, Family
from benchmarks.fuzz.tape import Tape, reduced
from tern.errors import EmitError
from tern.lower import LoweringError

REDUCED_OF_A_KIND = 2
"""So many disagreements of one kind are made smaller and written down; the others are counted."""
CRASHED = "the process ended"


@dataclass(frozen=True)
class Found:
    """A disagreement: who differ, the program as small as it got, and in what."""

    family: str
    seed: int
    who: str
    program: str = ""
    told: str = ""

    def __str__(self) -> str:
        again = f"python -m benchmarks.fuzz {self.family} --count 1 --seed {self.seed}"
        return f"{again}\n{self.who}: {self.told}\n\n{self.program}\n"


@dataclass
class Outcome:
    """What came of a family's programs."""

    family: str
    counts: Counter[str] = field(default_factory=Counter)
    found: list[Found] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def programs(self) -> int:
        return sum(self.counts.values()) + sum(self.kinds.values())


def attempt(family: Family, tape: Tape) -> tuple[str, Disagreement | None]:
    """What a trial gives, or how it fails."""
    try:
        return family.trial(tape), None
    except (EmitError, LoweringError):
        return REFUSED, None
    except Disagreement as error:
        return "", error
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        who = f"{type(error).__name__} in {last.name}"
        return "", Disagreement(who, tape.program, traceback.format_exc())


def smallest(family: Family, seed: int, error: Disagreement, taken: list[int]) -> Found:
    """The disagreement of a tape, made smaller as long as the same two differ."""

    def fails(tape: Tape) -> bool:
        _, other = attempt(family, tape)
        return other is not None and other.who == error.who

    tape = reduced(taken, fails)
    _, less = attempt(family, Tape(given=tape))
    assert less is not None or not tape
    shown = less or error
    return Found(family.name, seed, shown.who, shown.program, shown.told)


def _work(find: Callable[[str], Family], name: str, first: int, count: int, pipe: Any) -> None:
    """The child: a message before each trial and after it."""
    family, kinds = find(name), Counter[str]()
    for seed in range(first, first + count):
        pipe.send((seed, None, None, 0.0))
        begun, tape = time.process_time(), Tape(seed)
        verdict, error = attempt(family, tape)
        found = None
        if error is not None:
            kinds[error.who] += 1
            found = Found(family.name, seed, error.who)
            if kinds[error.who] <= REDUCED_OF_A_KIND:
                found = smallest(family, seed, error, tape.taken)
        pipe.send((seed, verdict, found, time.process_time() - begun))
    pipe.close()


def _messages(find: Callable[[str], Family], name: str, first: int, count: int) -> Iterator[Any]:
    """What the children say; a crash is a message too, and the next child goes on behind it."""
    context = multiprocessing.get_context("spawn")
    end = first + count
    while first < end:
        mine, theirs = context.Pipe(duplex=False)
        child = context.Process(target=_work, args=(find, name, first, end - first, theirs))
        child.start()
        theirs.close()
        seed, open_trial = first - 1, False
        while True:
            try:
                seed, verdict, found, seconds = mine.recv()
            except EOFError:
                break
            open_trial = verdict is None
            if not open_trial:
                yield verdict, found, seconds
        child.join()
        if seed < first:
            raise RuntimeError(f"{name}: the process ended before its first program")
        if open_trial:
            yield "", Found(name, seed, f"{CRASHED} with {child.exitcode}"), 0.0
        first = seed + 1


def tried(find: Callable[[str], Family], family: Family, first: int, count: int,
          told: Callable[[Outcome], None] = lambda outcome: None) -> Outcome:  # fmt: skip
    """So many programs of a family; `told` hears of each part. `find` gives the family by its name
    in another process."""
    outcome = Outcome(family.name)
    for start in range(first, first + count, family.part):
        size = min(family.part, first + count - start)
        for verdict, found, seconds in _messages(find, family.name, start, size):
            outcome.seconds += seconds
            if found is None:
                outcome.counts[verdict] += 1
            else:
                outcome.kinds[found.who] += 1
                outcome.found.append(found)
        told(outcome)
    return outcome
