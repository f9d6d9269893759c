"""Courses of chapters of one page each, with the repository's own front matter and look."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from book.ext import course
from book.ext.syllabus import CHAPTERS, Chapter

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = 15  # as many as the longest lesson has
TOML = 'title = {title}\n[[exercise]]\nname = "a"\nminutes = 40\n[[exercise]]\nminutes = 60\n'


def write_notebook(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cell = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": text}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    data = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(data), encoding="utf-8")


def write_chapter(root: Path, chapter: Chapter) -> None:
    """A chapter's folder and lesson: all that it takes to be in the book."""
    lesson, toml, source, workbook = course.files(root, chapter.name)
    sections = "".join(f"\n\n## The `section` of number {n}\n\nx" for n in range(SECTIONS))
    write_notebook(lesson, f"# {chapter.heading}{sections}")
    for path in (source, workbook):
        title = f"# Chapter {chapter.number:02} · Workbook: {chapter.title}"
        write_notebook(path, f"{title}\n\n## 1. First\n\nx\n\n## 2. Second\n\nx")
    toml.write_text(TOML.format(title=json.dumps(chapter.title)), encoding="utf-8")


def write_course(root: Path, chapters: tuple[Chapter, ...] = CHAPTERS) -> Path:
    """The repository's front matter and look, with chapters of one page each."""
    for name in ("_config.yml", "README.md"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "book", root / "book", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "chapters").mkdir()
    for path in ROOT.glob("chapters/*.md"):
        shutil.copy(path, root / "chapters")
    for chapter in chapters:
        write_chapter(root, chapter)
    return root
