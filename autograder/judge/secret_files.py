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
    for exercise in chapter.exercises:
        for function in parts.functions_of(exercise.part):
            code = parts.python_function(function).__code__
            file = Path(code.co_filename).relative_to(package)
            for copy in [root / file for root in roots]:
                secret |= {copy, *copy.parent.glob(f"__pycache__/{copy.stem}.*")}
    return frozenset(str(path.resolve()) for path in secret if path.exists())
