"""A course of one chapter whose exercise is a header in C++, made for tests in a folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from autograder.author import release
from autograder.course.layout import Chapter, Course
from tests.autograder.check.cpp import vectors
from tests.autograder.workbooks import ROOT

NAME = "chapter07"
TOML = """
title = "C++ for compiler engineers"

[[exercise]]
name = "small-vec"
title = "A vector with room inside"
function = "small_vec"
header = "{header}"
cell = "ch07-small-vec"
minutes = 60
hints = ["Think of `moves`.", "    data_ = nullptr;  // C++", "Enough."]
explanation = "Because."
"""
STATEMENT = """## 1. A vector

**Goal.** Hold a few elements inside.

**Speed bar.** To be filled.
"""
SPEED = f"""WORK = r'''{vectors.WORK}'''
check.cpp_instructions(small_vec, WORK, per="push_back", at_most=60, n=4_000)  # on numbers
"""


def cell(identity: str, source: str, **kinds: bool) -> dict:
    about = {"grade": False, "locked": False, "solution": False, "task": False, **kinds}
    about |= {"grade_id": identity, "schema_version": 3} | ({"points": 5} if about["grade"] else {})
    return {
        "cell_type": "code",
        "id": identity,
        "metadata": {"nbgrader": about},
        "execution_count": None,
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def source_notebook() -> dict:
    """The source notebook; its solution cell is empty."""
    visible, hidden = vectors.TESTS.split("TEST(over_aligned)")
    tests = (
        f"check.cpp_tests(small_vec, r'''\n{visible}''')\n### BEGIN HIDDEN TESTS\n"
        f"check.cpp_tests(small_vec, r'''\ntemplate <class T> using V = SmallVec<T, 4>;\n"
        f"TEST(over_aligned){hidden}''')\n### END HIDDEN TESTS"
    )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
        "cells": [
            cell("ch07-setup", "from autograder import check, cpp", locked=True),
            {
                "cell_type": "markdown",
                "id": "text",
                "metadata": {},
                "source": STATEMENT.splitlines(keepends=True),
            },
            cell("ch07-small-vec", "", solution=True),
            cell("ch07-small-vec-tests", tests, grade=True, locked=True),
            cell("ch07-small-vec-speed", SPEED, grade=True, locked=True),
        ],
    }


def make(folder: Path) -> tuple[Course, Chapter]:
    """The course in `folder`, with the book's header in it, released."""
    shutil.copy(ROOT / "_toc.yml", folder)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    place = folder / "solutions" / NAME
    place.mkdir(parents=True)
    header = folder / "headers" / "small_vec.hpp"
    header.parent.mkdir()
    shutil.copy(vectors.HERE / "small_vec.hpp", header)
    (place / f"{NAME}.toml").write_text(TOML.format(header=header))
    course = Course(folder)
    chapter = course.chapter(NAME)
    filled = release.fill(chapter, source_notebook())
    chapter.source.write_text(release.to_text(filled))
    stub = course.stub(chapter)
    stub.parent.mkdir(parents=True)
    stub.write_text(release.workbook(chapter))
    return course, chapter


def write(path: Path, data: dict, source: str | None) -> Path:
    """A workbook with this text in the solution cell."""
    data = json.loads(json.dumps(data))
    for one in data["cells"]:
        if one["metadata"].get("nbgrader", {}).get("grade_id") == "ch07-small-vec" and source:
            one["source"] = source
    path.write_text(json.dumps(data), encoding="utf-8")
    return path
