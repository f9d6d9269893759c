"""What the reader has done so far, in one small file that a person can read.

The file is `.autograder/progress.json` beside the workbooks. It is replaced whole, by a rename, so
that a kill at any moment leaves either the old one or the new one; a lock lets one process at a
time change it. A file that is damaged, or is something else, is moved aside and never overwritten.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from autograder.course.layout import Course, UsageError

EMPTY = '{"version": 1, "start": null, "chapters": {}, "hints": {}, "asked": [], "predictions": {}}'
MEDALS = [None, "bronze", "silver", "gold"]


def home(course: Course) -> Path:
    """The folder where progress is kept: the checkout, or the one that holds the workbooks."""
    if course.is_checkout:
        return course.root
    here = Path.cwd()
    for folder in [here, *here.parents[:2]]:
        if file_in(folder).exists():
            return folder
    inside = re.fullmatch(r"chapter\d\d", here.name) and here.parent.name == "exercises"
    return here.parents[1] if inside else here


def file_in(root: Path) -> Path:
    return root / ".autograder" / "progress.json"


# ---- the file -----------------------------------------------------------------------------------


def load(root: Path) -> dict[str, Any]:
    """The progress kept under `root`. Raises UsageError where it cannot be read."""
    path = file_in(root)
    if not path.exists():
        return json.loads(EMPTY)
    with _locked(path.parent):
        return _read(path)


@contextlib.contextmanager
def changing(root: Path) -> Iterator[dict[str, Any]]:
    """The progress to change in a `with`; it is kept at the end. Raises UsageError.

    No other process changes it meanwhile. An exception in the body changes nothing.
    """
    path = file_in(root)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path.parent}: no progress can be kept: {error.strerror}") from None
    with _locked(path.parent):
        data = _read(path)
        yield data
        try:
            _write(path, data)
        except OSError as error:
            raise UsageError(f"{path}: no progress can be kept: {error.strerror}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return json.loads(EMPTY)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and _is_ours(data):
        return {**json.loads(EMPTY), **data}
    aside, number = path.with_suffix(".damaged.json"), 1
    while aside.exists():
        number += 1
        aside = path.with_suffix(f".damaged-{number}.json")
    os.rename(path, aside)
    print(
        f"autograder: {path} is damaged or no file of ours: moved to {aside.name}", file=sys.stderr
    )
    return json.loads(EMPTY)


def _is_ours(data: dict) -> bool:
    """Whether the file's content has the shape that every function here relies on."""
    if data.get("version", 1) != 1:
        return False
    if not isinstance(data.get("chapters"), dict) or not isinstance(data.get("asked", []), list):
        return False
    hints, predictions = data.get("hints", {}), data.get("predictions", {})
    if not isinstance(hints, dict) or not all(type(used) is int for used in hints.values()):
        return False
    if not isinstance(predictions, dict) or not all(
        isinstance(kept, dict)
        and type(kept.get("guess")) in (int, float)
        and type(kept.get("measured")) in (int, float, type(None))
        for kept in predictions.values()
    ):
        return False
    try:
        if (start := data.get("start")) is not None:
            date.fromisoformat(start)
    except (TypeError, ValueError):
        return False
    return all(
        isinstance(chapter, dict)
        and all(
            isinstance(entry, dict)
            and type(entry.get("points")) in (int, float)
            and isinstance(entry.get("status"), str)
            and entry.get("medal") in MEDALS
            for entry in chapter.values()
        )
        for chapter in data["chapters"].values()
    )


def _write(path: Path, data: dict[str, Any]) -> None:
    """Replace the file. Under the lock, so what other writers left behind when killed can go."""
    for left in path.parent.glob(".progress-*"):
        left.unlink(missing_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".progress-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(data, file, indent=2, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time; the system takes the lock back from one that is killed."""
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read: {error.strerror}") from None
    try:
        with contextlib.suppress(OSError):  # a file system without locks: one reader, one process
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# ---- what is kept -------------------------------------------------------------------------------


def record(root: Path, report: Any) -> None:
    """Keep the best of what each exercise has reached."""
    with changing(root) as data:
        chapter = data["chapters"].setdefault(report.chapter, {})
        for exercise in report.exercises:
            before = chapter.get(exercise.name, {"points": 0, "medal": None})
            if exercise.earned >= before["points"]:
                chapter[exercise.name] = {
                    "points": exercise.earned,
                    "possible": exercise.possible,
                    "status": exercise.status,
                    "medal": max(exercise.medal, before.get("medal"), key=MEDALS.index),
                    "on": before.get("on")
                    if before.get("status") == "passed"
                    else str(date.today()),
                }


def passed(root: Path, chapter: str, exercise: str) -> bool:
    return load(root)["chapters"].get(chapter, {}).get(exercise, {}).get("status") == "passed"


def next_hint(root: Path, chapter: str, exercise: str, available: int) -> int:
    """The number (from 0) of the next hint to show; the last one repeats. Counted in the file."""
    key = f"{chapter}/{exercise}"
    with changing(root) as data:
        used = data["hints"].get(key, 0)
        data["hints"][key] = min(used + 1, available)
    return min(used, available - 1)


def asked_before(root: Path, chapter: str, exercise: str) -> bool:
    """Whether the solution was asked for before; remembers that it was asked for now."""
    key = f"{chapter}/{exercise}"
    with changing(root) as data:
        if known := key in data["asked"]:
            return known
        data["asked"].append(key)
    return False


def begin(root: Path, start: date) -> None:
    """Keep the day on which the reader's first week begins."""
    with changing(root) as data:
        data["start"] = str(start)
