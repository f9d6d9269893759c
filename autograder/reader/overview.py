"""What has been done, chapter by chapter, and where that is in the plan of 28 weeks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from autograder.course import notebook
from autograder.course.layout import Chapter, Course
from autograder.report.results import STARS

WEEKS = 28  # one chapter a week
DONE = "passed"


def overview(course: Course, data: dict[str, Any], today: date) -> dict[str, Any]:
    """The progress `data` as `autograder progress --json` prints it.

    Points and medals are the best so far. Raises notebook.NotebookError.
    """
    chapters = [_chapter(course.chapter(name), data) for name in course.chapters()]
    return {
        "start": data["start"],
        "points": sum(chapter["points"] for chapter in chapters),
        "possible": sum(chapter["possible"] for chapter in chapters),
        "hints": sum(chapter["hints"] for chapter in chapters),
        "predictions": _predictions(data),
        "plan": None if data["start"] is None else _plan(chapters, data["start"], today),
        "chapters": chapters,
    }


def _chapter(chapter: Chapter, data: dict[str, Any]) -> dict[str, Any]:
    kept = data["chapters"].get(chapter.name, {})
    cells = [cell for cell in notebook.read(chapter.source).cells if cell.is_test]
    exercises = []
    for exercise in chapter.exercises:
        entry = kept.get(exercise.name, {})
        points = [cell.points for cell in cells if cell.id.startswith(exercise.cell + "-")]
        exercises.append(
            {
                "name": exercise.name,
                "title": exercise.title,
                "status": entry.get("status", "not started"),
                "points": entry.get("points", 0.0),
                "possible": sum(points),
                "medal": entry.get("medal"),
                "hints": data["hints"].get(f"{chapter.name}/{exercise.name}", 0),
            }
        )
    first = None if data["start"] is None else week_of(chapter.name, data["start"])
    return {
        "name": chapter.name,
        "title": chapter.title,
        "week": None if first is None else str(first),
        "done": all(exercise["status"] == DONE for exercise in exercises),
        "points": sum(exercise["points"] for exercise in exercises),
        "possible": sum(exercise["possible"] for exercise in exercises),
        "hints": sum(exercise["hints"] for exercise in exercises),
        "exercises": exercises,
    }


def _predictions(data: dict[str, Any]) -> dict[str, int]:
    """How many guesses were made, compared with a measurement, and within a factor of 2 of it."""
    kept = data["predictions"].values()
    pairs = [(one["guess"], one["measured"]) for one in kept if one.get("measured") is not None]
    near = [
        guess == measured or (guess * measured > 0 and 0.5 <= guess / measured <= 2)
        for guess, measured in pairs
    ]
    return {"made": len(kept), "compared": len(pairs), "near": sum(near)}


# ---- the plan -----------------------------------------------------------------------------------


def week_of(chapter: str, start: str) -> date:
    """The first day of a chapter's week: chapter 1 has the one that begins at `start`."""
    return date.fromisoformat(start) + timedelta(weeks=int(chapter[-2:]) - 1)


def _plan(chapters: list[dict], start: str, today: date) -> dict[str, Any]:
    """The current week (below 1 before the start) and the chapters done too late or early.

    `behind` are those whose week is over and that are not done; `ahead` are those done before their
    week is over. A chapter that has no exercises is in neither.
    """

    def is_over(chapter: dict) -> bool:
        return date.fromisoformat(chapter["week"]) + timedelta(weeks=1) <= today

    return {
        "week": (today - date.fromisoformat(start)).days // 7 + 1,
        "weeks": WEEKS,
        "last_day": str(date.fromisoformat(start) + timedelta(weeks=WEEKS, days=-1)),
        "behind": [c["name"] for c in chapters if is_over(c) and not c["done"]],
        "ahead": [c["name"] for c in chapters if c["done"] and not is_over(c)],
    }


# ---- in words -----------------------------------------------------------------------------------


def in_words(seen: dict[str, Any], today: date) -> str:
    """The overview as the terminal shows it."""
    lines = [_plan_in_words(seen, today), ""]
    for chapter in seen["chapters"]:
        week = f"   week of {chapter['week']}" if chapter["week"] else ""
        points = f"{chapter['points']:g} of {chapter['possible']:g} points"
        lines.append(f"{chapter['name']} · {chapter['title']}: {points}{week}")
        for exercise in chapter["exercises"]:
            notes = [exercise["status"], medal(exercise), counted(exercise["hints"], "hint")]
            lines.append(f"  {exercise['name']:24} {'  '.join(note for note in notes if note)}")
    lines += ["", total(seen)]
    return "\n".join(lines)


def medal(exercise: dict[str, Any]) -> str:
    return f"{exercise['medal']} {STARS[exercise['medal']]}" if exercise["medal"] else ""


def counted(number: int, one: str, many: str = "") -> str:
    """The number with its noun, "1 hint" or "2 hints"; nothing for 0."""
    return f"{number} {one if number == 1 else many or one + 's'}" if number else ""


def total(seen: dict[str, Any]) -> str:
    """All points, hints, and guesses in one line."""
    parts = [f"{seen['points']:g} of {seen['possible']:g} points", counted(seen["hints"], "hint")]
    made, compared, near = seen["predictions"].values()
    parts.append(counted(made, "guess", "guesses"))
    if compared:
        parts.append(f"{near} of {compared} within a factor of 2")
    return ", ".join(part for part in parts if part)


def _plan_in_words(seen: dict[str, Any], today: date) -> str:
    plan = seen["plan"]
    if plan is None:
        return f"No start date yet: autograder progress --start {today} plans the {WEEKS} weeks"
    week = plan["week"]
    if week < 1:
        days = (date.fromisoformat(seen["start"]) - today).days
        where = f"Week 1 of {WEEKS} begins on {seen['start']}, in {counted(days, 'day')}"
    elif week > WEEKS:
        where = f"The {WEEKS} weeks ended on {plan['last_day']}"
    else:
        where = f"Week {week} of {WEEKS}, chapter{week:02}; the last ends on {plan['last_day']}"
    said = [where]
    if plan["behind"]:
        said.append(f"Behind the plan: {', '.join(plan['behind'])}")
    if plan["ahead"]:
        said.append(f"Ahead of the plan: {', '.join(plan['ahead'])}")
    return ". ".join(said)
