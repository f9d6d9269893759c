"""Looks through what stands beside the exercises: hints, explanations, and no stray files."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

from autograder.course.layout import Chapter, Exercise, UsageError

HINTS = 3
FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```[ \t]*$", re.M | re.S)
INDENTED = re.compile(r"(?:\A\n*|\n[ \t]*\n)((?: {4}[^\n]*\n?|[ \t]*\n(?= {4}))+)")
# What a fragment may need around it to be Python.
AROUND = (
    "{code}",
    "def function():\n{indented}",
    "match value:\n{indented}",
    "if condition:\n    pass\n{code}",
    "try:\n    pass\n{code}",
)


def check_sources(chapter: Chapter) -> None:
    """Stop at the first thing that readers would stumble over. Raises UsageError, one line."""
    for path in sorted(chapter.folder.iterdir()):
        known = path.name in (f"{chapter.name}.ipynb", f"{chapter.name}.toml")
        if not known and not path.name.startswith((".", "__pycache__")):
            raise UsageError(f"{path}: belongs to no exercise: remove it, or move it elsewhere")
    for exercise in chapter.exercises:
        for problem in problems(exercise):
            file = chapter.folder / f"{chapter.name}.toml"
            raise UsageError(f"{file}: {exercise.name}: {problem}")


def problems(exercise: Exercise) -> Iterator[str]:
    """What is wrong with an exercise's hints and explanation, a line each."""
    if len(exercise.hints) != HINTS:
        yield f"has {len(exercise.hints)} hints: write {HINTS}, from a nudge to nearly the code"
    texts = {f"hint {number}": hint for number, hint in enumerate(exercise.hints, start=1)}
    texts["the explanation"] = exercise.explanation
    for name, text in texts.items():
        if not text.strip():
            yield f"{name} is empty: write it"
        for code in () if exercise.header else code_in(text):  # C++ is not looked at
            if wrong := misspelled(code):
                yield (
                    f"the code in {name} is no Python ({wrong}): mend it; "
                    "what it leaves out is a comment"
                )


def code_in(text: str) -> list[str]:
    """The Python in a text: its indented blocks, and fenced ones of no other language."""
    fenced = [code for language, code in FENCED.findall(text) if language in ("", "python")]
    rest = FENCED.sub("", text)
    return [*fenced, *(textwrap.dedent(block) for block in INDENTED.findall(rest))]


def misspelled(code: str) -> str:
    """Why a fragment is no Python, whatever stands around it; empty if it is."""
    why = ""
    for template in AROUND:
        indented = textwrap.indent(code, "    ")
        try:
            ast.parse(template.format(code=code, indented=indented))
        except SyntaxError as error:
            why = why or f"{error.msg}: {(error.text or '').strip()}"
        else:
            return ""
    return why
