"""Which notebook a magic is run in, as a file that the judge can read.

Colab hands over the notebook as it stands on the screen. Elsewhere there is only the file as it was
last saved; what can be known about how old that is, is said.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course import notebook
from autograder.course.layout import Chapter, Course, UsageError, chapter_of, find_workbook

COLAB_SECONDS = 20  # for Colab's page to answer; large notebooks take it a while
SAVED_LONG_AGO = 60  # seconds


@dataclass
class Found:
    """A workbook to judge. `name` is the reader's for it; `folder` holds a copy of a live one."""

    chapter: Chapter
    path: Path
    name: str
    notes: list[str] = field(default_factory=list)
    folder: tempfile.TemporaryDirectory | None = None


def find(shell: Any, course: Course, requested: str = "") -> Found:
    """The workbook `requested` (a path, a chapter), or the notebook that the shell belongs to.

    Raises UsageError, NotebookError.
    """
    if requested.endswith(".ipynb"):
        path = Path(requested)
        return _saved(shell, chapter_of(course, path), path, is_this=False)
    chapter = course.chapter(requested) if requested else None
    live = _colab_notebook() if "google.colab" in sys.modules else None
    if live is not None:
        return _live(live, course, chapter)
    path = path_of(shell)
    if path is not None:
        here = _chapter_of(notebook.read(path), course, path.name)
        if here is not None and chapter in (None, here[0]):
            if here[1]:
                return _saved(shell, here[0], path, is_this=True)
            chapter = here[0]
    if chapter is None:
        return _only_workbook(shell, course)
    return _workbook_of(shell, course, chapter, told=path is not None)


def path_of(shell: Any) -> Path | None:
    """The file of the notebook that the shell belongs to, where the frontend says so."""
    told = shell.user_ns.get("__vsc_ipynb_file__")  # set by VS Code
    session = os.environ.get("JPY_SESSION_NAME", "")  # set by jupyter-server
    for name in (told, session):
        if isinstance(name, str) and name.endswith(".ipynb"):
            # an old server gives the path from its own root, which lies above this folder
            for folder in [Path.cwd(), *Path.cwd().parents]:
                if (folder / name).is_file():
                    return folder / name
    return None


def _chapter_of(book: notebook.Notebook, course: Course, name: str) -> tuple[Chapter, bool] | None:
    """The chapter that a notebook belongs to, and whether it holds exercises of it."""
    for cell in book.cells:
        match = re.match(r"ch(\d\d)-", cell.id)
        if match and f"chapter{match[1]}" in course.chapters():
            return course.chapter(match[1]), True
    match = re.search(r"chapter\d\d", name)
    if not match or match[0] not in course.chapters():
        return None
    chapter = course.chapter(match[0])
    functions = "|".join(exercise.function for exercise in chapter.exercises)
    answers = re.compile(rf"^(?:(?:def|class)\s+|%%cpp[ \t]+)(?:{functions})\b", re.M)
    return chapter, any(answers.search(cell.source) for cell in book.cells)


def _workbook_of(shell: Any, course: Course, chapter: Chapter, told: bool) -> Found:
    path, made = find_workbook(course, chapter)
    found = _saved(shell, chapter, path, is_this=False)
    if made:
        found.notes.insert(0, f"a fresh workbook was put at {path}")
    elif told:
        found.notes.insert(0, f"this notebook is not {chapter.name}'s workbook: judged {path}")
    return found


def _only_workbook(shell: Any, course: Course) -> Found:
    """The only notebook with exercises in the working folder."""
    found = []
    for path in sorted(Path.cwd().glob("*.ipynb")):
        if not path.name.endswith(".backup.ipynb"):
            try:
                here = _chapter_of(notebook.read(path), course, path.name)
            except notebook.NotebookError:
                continue
            if here is not None and here[1]:
                found.append((here[0], path))
    if len(found) != 1:
        names = ", ".join(path.name for _, path in found) or "none"
        raise UsageError(
            "cannot tell which notebook this is: say its chapter or file, as in "
            f"%autograder check chapter05 (workbooks in {Path.cwd()}: {names})"
        )
    return _saved(shell, *found[0], is_this=False)


# ---- Colab --------------------------------------------------------------------------------------


def _colab_notebook() -> dict:
    """The notebook as it stands on Colab's page. Raises UsageError."""
    from google.colab import _message  # pyright: ignore[reportMissingImports]

    try:
        answer = _message.blocking_request("get_ipynb", request="", timeout_sec=COLAB_SECONDS)
    except Exception as error:
        raise UsageError(f"Colab did not hand over the notebook: {error}") from None
    data = answer.get("ipynb") if isinstance(answer, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        raise UsageError(
            f"Colab did not hand over the notebook within {COLAB_SECONDS} s: run the cell again"
        )
    return data


def _live(data: dict, course: Course, chapter: Chapter | None) -> Found:
    metadata = data.get("metadata")
    colab = metadata.get("colab") if isinstance(metadata, dict) else None
    name = str(colab.get("name") if isinstance(colab, dict) else "") or "this notebook"
    folder = tempfile.TemporaryDirectory(prefix="autograder-")
    path = Path(folder.name) / "live.ipynb"
    path.write_text(json.dumps(data), encoding="utf-8")
    here = _chapter_of(notebook.read(path), course, name)
    if here is not None and here[1] and chapter in (None, here[0]):
        return Found(here[0], path, name, folder=folder)
    folder.cleanup()
    chapter = chapter or (here[0] if here else None)
    if chapter is None:
        raise UsageError(
            f"{name} holds no exercises of a chapter: "
            "say which one, as in %autograder check chapter05"
        )
    return _workbook_of(None, course, chapter, told=True)


# ---- a saved file -------------------------------------------------------------------------------


def _saved(shell: Any, chapter: Chapter, path: Path, is_this: bool) -> Found:
    """The file, with what can be said of its age; `is_this` if it is the shell's own notebook."""
    try:
        seconds = max(0.0, time.time() - path.stat().st_mtime)
    except OSError:
        raise notebook.NotebookError(f"{path}: no such file") from None
    saved, notes = f"saved {ago(seconds)}", []
    if is_this and (older := _unsaved(shell, chapter, notebook.read(path))):
        notes.append(f"{older} (the file was {saved})")
    elif seconds > SAVED_LONG_AGO:
        notes.append(f"judged as {saved}: what you have changed since then is not in it")
    return Found(chapter, path, f"{path}, {saved}", notes)


def _unsaved(shell: Any, chapter: Chapter, book: notebook.Notebook) -> str:
    """What shows that the file and the notebook differ, or nothing."""
    run = [str(text).strip() for text in shell.history_manager.input_hist_raw]
    saved = {cell.source.strip() for cell in book.cells}
    if run and run[-1] and run[-1] not in saved:
        return "the file is older than this notebook: save it, and run this cell again"
    for exercise in chapter.exercises:
        name = re.escape(exercise.function)
        defines = re.compile(rf"^(?:(?:def|class)\s+|%%cpp[ \t]+){name}\b", re.M)
        answers = [text for text in run if defines.search(text)]
        if answers and answers[-1] not in saved:
            return (
                f"the {exercise.function} that you ran last is not the one in the file: "
                "if you have not saved the notebook since, save it, and run this cell again"
            )
    return ""


def ago(seconds: float) -> str:
    """A time that has passed, in words.

    >>> ago(3), ago(200), ago(7200)
    ('3 s ago', '3 minutes ago', '2 hours ago')
    """
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return f"{seconds:.0f} s ago"
