"""What the reader's code must not see."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.course.layout import Chapter, Course
from autograder.worker import parts


def secrets_of(course: Course, chapter: Chapter) -> frozenset[str]:
    """Files and folders closed to a worker: solutions, tests, history, the parts' own text."""
    import tern

    secret = {course.root / name for name in ("solutions", "tests", ".git")}
    package = Path(tern.__file__).parents[1]
    roots = {Path(__file__).parents[2], package, *map(Path, sys.path)}  # there may be two copies
    for root in roots:
        secret |= {root / "autograder" / "course" / name for name in ("solutions", "exercises")}
        secret |= {root / name for name in ("solutions", "tests", ".git")}  # another checkout's
    for name in {name for exercise in chapter.exercises for name in exercise.off}:
        if (path := parts.file_behind(name)) is None:
            continue
        for copy in [root / path.relative_to(package) for root in roots]:
            secret |= {copy, *copy.parent.glob(f"__pycache__/{copy.stem}.*")}
    for header in {exercise.header for exercise in chapter.exercises if exercise.header}:
        secret |= {root / "tern" / header for root in roots}
    return frozenset(str(path.resolve()) for path in secret if path.exists())
