"""What the reader has done so far, in one small file that a person can read.

The file is `.autograder/progress.json` beside the workbooks. It is replaced whole, by a rename, so
that a kill at any moment leaves either the old one or the new one.
"""

from __future__ import annotations

import json
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

EMPTY: dict[str, Any] = {"version": 1, "chapters": {}, "hints": {}}


def file_in(root: Path) -> Path:
    return root / ".autograder" / "progress.json"


def load(root: Path) -> dict[str, Any]:
    """The progress kept under `root`; a damaged file is set aside, never overwritten."""
    path = file_in(root)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(data, dict) and isinstance(data.get("chapters"), dict):
            return {**EMPTY, **data}
    except FileNotFoundError:
        return json.loads(json.dumps(EMPTY))
    except (OSError, ValueError):
        pass
    os.replace(path, path.with_suffix(".damaged.json"))
    return json.loads(json.dumps(EMPTY))


def save(root: Path, data: dict[str, Any]) -> None:
    path = file_in(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".progress-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, path)


def record(root: Path, report: Any) -> None:
    """Keep the best of what each exercise has reached."""
    data = load(root)
    chapter = data["chapters"].setdefault(report.chapter, {})
    for exercise in report.exercises:
        before = chapter.get(exercise.name, {"points": 0})
        if exercise.earned >= before["points"]:
            chapter[exercise.name] = {
                "points": exercise.earned,
                "possible": exercise.possible,
                "status": exercise.status,
                "medal": exercise.medal or before.get("medal"),
                "on": before.get("on") if before.get("status") == "passed" else str(date.today()),
            }
    save(root, data)


def passed(root: Path, chapter: str, exercise: str) -> bool:
    return load(root)["chapters"].get(chapter, {}).get(exercise, {}).get("status") == "passed"


def next_hint(root: Path, chapter: str, exercise: str, available: int) -> int:
    """The number (from 0) of the next hint to show; the last one repeats. Counted in the file."""
    data = load(root)
    key = f"{chapter}/{exercise}"
    used = data["hints"].get(key, 0)
    data["hints"][key] = min(used + 1, available)
    save(root, data)
    return min(used, available - 1)


def asked_before(root: Path, chapter: str, exercise: str) -> bool:
    """Whether the solution was asked for before; remembers that it was asked for now."""
    data = load(root)
    asked = data.setdefault("asked", [])
    key = f"{chapter}/{exercise}"
    if key in asked:
        return True
    asked.append(key)
    save(root, data)
    return False
