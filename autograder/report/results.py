"""What a judgement says: of a test cell, of an exercise, of a workbook."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.report.measurement import Measurement

PASSED, NOT_YET, USAGE, OWN_FAULT = 0, 1, 2, 3  # exit codes
Detail = tuple[str, str]  # a label and a text, shown below the message
WHOLE_REPORT = "whole report"  # the label of one that is only shown on demand, or folded
STARS = {"bronze": "●", "silver": "●●", "gold": "●●●"}


@dataclass
class TestResult:
    """One test cell. `status`: passed, failed, skipped, unmeasured."""

    cell: str
    points: float
    status: str
    message: str = ""
    details: list[Detail] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)

    @property
    def is_speed(self) -> bool:
        return self.cell.endswith("-speed")


@dataclass
class ExerciseResult:
    """One exercise. `status`: passed, failed, not started, unmeasured, correct (no speed yet)."""

    name: str
    title: str
    status: str
    earned: float
    possible: float
    tests: list[TestResult]
    printed: str = ""

    @property
    def medal(self) -> str | None:
        """The least of the medals won, once everything passes.

        A bar that has no medal beyond it doesn't keep others from theirs.
        """
        medals = [m for test in self.tests for m in test.measurements if m.medal]
        won = [str(m.medal) for m in [m for m in medals if m.has_levels()] or medals]
        order = ["bronze", "silver", "gold"]
        return min(won, key=order.index) if won and self.status == "passed" else None


@dataclass
class Report:
    chapter: str
    title: str
    workbook: str
    exercises: list[ExerciseResult]
    problems: list[str]
    seconds: float = 0.0

    @property
    def earned(self) -> float:
        return sum(exercise.earned for exercise in self.exercises)

    @property
    def possible(self) -> float:
        return sum(exercise.possible for exercise in self.exercises)

    @property
    def passed(self) -> bool:
        return all(exercise.status == "passed" for exercise in self.exercises)


def exit_code(result: Report, speed: bool) -> int:
    """What a judgement comes to; without `speed`, what is correct passes."""
    good = ("passed",) if speed else ("passed", "correct")
    return PASSED if all(exercise.status in good for exercise in result.exercises) else NOT_YET
