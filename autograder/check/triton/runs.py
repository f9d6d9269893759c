"""One run of a launcher, for all that is said of it: counts, results, and machine code.

Two calls of one layout are made. The first one's launches are counted, and compiled while they are
made, so that what is said of bytes and of instructions is said of the same kernels; the results of
both are compared with the book's.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from autograder.check.failures import fail
from autograder.check.session import current
from autograder.check.triton import apart
from autograder.check.triton.launchers import (
    count_calls,
    faultless,
    fresh,
    launcher_of,
    require,
    same_results,
)

On = Callable[[random.Random], tuple]
DEVICES = ("sm_75", "sm_80")  # for which a counted launch is compiled unless a check names others
MAX_PROGRAMS, AGAIN = 256, 16  # programs of a launch in the first call, and in the second
ENOUGH = 0.5  # of the elements that a sample should write has to be compared
ALIKE = 0.75, 1.34  # times the results is what all programs store to them, by a sample of those


@dataclasses.dataclass
class Run:
    """What became of two calls. `builds` are made when they are asked for, by device."""

    launcher: Any
    calls: list[tuple]
    traffic: list[Any]
    builds: dict[str, tuple] = dataclasses.field(default_factory=dict)
    books: list[tuple] = dataclasses.field(default_factory=list)  # what results were compared with

    @property
    def arguments(self) -> tuple:
        return self.calls[0]

    @property
    def counted(self) -> Any:
        """The traffic of the first call."""
        return self.traffic[0]

    def check(self, book: Callable | None, same: Callable | None) -> None:
        """No fault, everything compiles, and the results are the book's; as far as it counted.

        If the programs of a sample are not like the others, all are run, and counted instead.
        """
        if not self.traffic:
            return
        for each in self.traffic:
            faultless(each)
        for device, fronts in (self.counted.fronts or {}).items():
            for front in fronts:
                if "error" in front:
                    self.refuse(device, front["error"])
        if book is not None and (book, same) not in self.books:
            shares = [
                same_results(traffic, book, arguments, same)
                for traffic, arguments in zip(self.traffic, self.calls, strict=True)
            ]
            if shares[0] < ENOUGH * _share(self.counted) or not _alike(self.counted):
                (whole,) = count_calls(self.launcher, self.calls[:1], [None])
                faultless(whole)
                same_results(whole, book, self.arguments, same)
                self.traffic[0] = dataclasses.replace(whole, fronts=self.counted.fronts)
            self.books.append((book, same))

    def refuse(self, device: str, why: Any) -> None:
        fail(f"{self.launcher.__name__} does not compile for {device}: {why}")

    def build(self, device: str) -> tuple:
        """What the launches of the first call become on a device."""
        from tern.gpu import BuildError, compile_for

        if device not in self.builds:
            try:
                if current().processes:
                    self.builds[device] = apart.built(self.counted.fronts[device], device)
                else:
                    given, seconds = fresh(self.arguments), apart.BUILD_SECONDS
                    self.builds[device] = compile_for(
                        device, self.launcher, *given, timeout=seconds
                    )
            except BuildError as error:
                self.refuse(device, error)
        return self.builds[device]


def run_of(
    launcher: Callable | str,
    on: On,
    devices: Sequence[str] = (),
    max_programs: int | None = MAX_PROGRAMS,
    counts: bool = True,
) -> Run:
    """The run of a launcher on arguments of this layout: for one answer, it is made once.

    Under the judge it is compiled for `devices`, or for DEVICES where none are named; and made anew
    where a later check names one more. Without `counts` a plain notebook leaves out the counting:
    there is nobody to be deceived.
    """
    require()
    launcher = launcher_of(launcher)
    calls = [on(random.Random()) for _ in range(2)]
    programs = [max_programs, AGAIN if max_programs is None else min(AGAIN, max_programs)]
    if (processes := current().processes) is None:
        return Run(launcher, calls, count_calls(launcher, calls, programs) if counts else [])
    from autograder.check.triton.job import pack

    # Only shapes, types, and numbers decide.
    cells = getattr(launcher, "cells", None)
    key = json.dumps([getattr(launcher, "__name__", ""), cells, pack(calls[0])[0], max_programs])
    before = processes.made.get(key)
    if before is None or not set(devices) <= set(before.counted.fronts):
        needed = tuple(devices or DEVICES)
        if before is not None:
            needed = tuple(dict.fromkeys([*before.counted.fronts, *needed]))
        run = Run(launcher, calls, count_calls(launcher, calls, programs, needed))
        for book, same in before.books if before is not None else []:
            run.check(book, same)
        processes.made[key] = run
    return processes.made[key]


def _alike(counted: Any) -> bool:
    """Whether programs store about as much to the results as there is: not if those of the sample
    do more than the others, or less. What they move says nothing of the others then."""
    size = sum(each.numel() * each.element_size() for each in counted.results)
    return not counted.sampled or ALIKE[0] * size <= counted.written <= ALIKE[1] * size


def _share(counted: Any) -> float:
    """Of a launch's programs, the share that ran."""
    return min([1.0, *(each.ran / each.programs for each in counted.launches if each.sampled)])
