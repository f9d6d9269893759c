"""Authors: references pass with a margin, rejected submissions fail, each for its reason.

A rejected submission is tests/rejected/chapterNN/EXERCISE/WHAT.py: the text of the solution cell,
after a header that says which test must fail and what the message must say:

    # fails: tests
    # says: regular expression
"""

from __future__ import annotations

import copy
import json
import math
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.author import hints
from autograder.course.layout import Chapter, Course, Exercise, find_course
from autograder.judge import judge
from autograder.report.measurement import Timed
from autograder.report.results import ExerciseResult

MARGIN = 1.3  # how far the reference must clear every bar
# CPU seconds of the reference's call: shorter ones are mostly messages and cold caches.
SHORTEST = 0.001


@dataclass(frozen=True)
class Rejected:
    """A submission that must fail: the test it fails (the end of the cell's id) and the message."""

    path: Path
    exercise: str
    fails: str
    says: str
    source: str


def run(names: list[str], measure_speed: bool = True, seed: int = 1) -> int:
    """Print one line for each reference and rejected submission; 0 if all are as they should be.

    The seed makes a run repeatable; other seeds try other inputs.
    """
    os.environ["AUTOGRADER_SEED"] = str(seed)
    course = find_course()
    wrong = 0
    for name in names or course.chapters():
        chapter = course.chapter(name)
        hints.check_sources(chapter)
        for label, problem in verify(course, chapter, measure_speed):
            print(
                f"{'ok  ' if not problem else 'WRONG'} {label}{': ' + problem if problem else ''}"
            )
            wrong += bool(problem)
    print(f"seed {seed}: ", end="")
    print(f"{wrong} wrong" if wrong else "every reference passes, every rejected submission fails")
    if not measure_speed:
        print("speed was not measured (--no-speed)")
    return 1 if wrong else 0


def verify(
    course: Course, chapter: Chapter, measure_speed: bool = True
) -> Iterator[tuple[str, str]]:
    """Yield (label, problem) for each reference and each rejected submission."""
    data = json.loads(chapter.source.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{chapter.name}.ipynb"
        path.write_text(json.dumps(data), encoding="utf-8")
        report = judge.grade(course, chapter, path, measure_speed=measure_speed)
        for result in report.exercises:
            label = f"{chapter.name} {result.name} reference"
            margins = [
                f"{m.margin():.2g}×"
                for t in result.tests
                for m in t.measurements
                if math.isfinite(m.margin())
            ]
            if margins:
                label += f" (clears its bars {', '.join(margins)})"
            yield label, _reference(result, measure_speed)
        for exercise in chapter.exercises:
            kept = rejected(course, chapter, exercise)
            if len(kept) < 3:
                yield f"{chapter.name} {exercise.name}", f"only {len(kept)} rejected submissions"
        for one in all_rejected(course, chapter):
            if one.fails == "speed" and not measure_speed:
                continue
            path.write_text(json.dumps(with_answer(chapter, data, one)), encoding="utf-8")
            report = judge.grade(course, chapter, path, [one.exercise], measure_speed)
            label = f"{chapter.name} {one.exercise} rejected {one.path.stem}"
            yield label, _rejection(report.exercises[0], one)


def rejected(course: Course, chapter: Chapter, exercise: Exercise) -> list[Rejected]:
    folder = course.root / "tests" / "rejected" / chapter.name / exercise.name
    return [_read(path, exercise.name) for path in sorted(folder.glob("*.py"))]


def all_rejected(course: Course, chapter: Chapter) -> list[Rejected]:
    return [one for exercise in chapter.exercises for one in rejected(course, chapter, exercise)]


def _read(path: Path, exercise: str) -> Rejected:
    text = path.read_text(encoding="utf-8")
    fails = re.search(r"^# fails: (.+)$", text, re.M)
    says = re.search(r"^# says: (.+)$", text, re.M)
    if not fails or not says:
        raise ValueError(f"{path}: needs the header lines `# fails:` and `# says:`")
    return Rejected(path, exercise, fails[1].strip(), says[1].strip(), text)


def with_answer(chapter: Chapter, data: dict, one: Rejected) -> dict:
    """The source notebook with one exercise's solution cell replaced."""
    data = copy.deepcopy(data)
    identity = chapter.exercise(one.exercise).cell
    for cell in data["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == identity:
            cell["source"] = one.source
    return data


def _reference(result: ExerciseResult, measure_speed: bool) -> str:
    for test in result.tests:
        if test.status != "passed" and (measure_speed or not test.is_speed):
            return f"{test.cell} {test.status}: {test.message} {test.details}"
        for m in test.measurements:
            if m.margin() < MARGIN and not m.exact:  # what is exact needs no room for noise
                return f"{test.cell} clears its bar by less than {MARGIN}: {m.sentence()}"
            if isinstance(m, Timed) and m.call < SHORTEST:
                return f"{test.cell}: a call of {m.call * 1e3:.2g} ms is too short to be measured"
    return ""


def _rejection(result: ExerciseResult, one: Rejected) -> str:
    if one.fails == "not started":
        return "" if result.status == "not started" else f"is {result.status}"
    failed = [test for test in result.tests if test.status == "failed"]
    if not failed:
        return f"was not rejected: it is {result.status}"
    test = failed[0]
    if not test.cell.endswith("-" + one.fails):
        return f"failed {test.cell}, expected {one.fails}: {test.message}"
    said = "\n".join([test.message, *(f"{label}: {text}" for label, text in test.details)])
    if not re.search(one.says, said):
        return f"failed {test.cell} as it should, but said: {said}"
    return ""
