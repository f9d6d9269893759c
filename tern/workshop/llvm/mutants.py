"""Tests for FileCheck, against outputs of a pass that are right and outputs of broken ones."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterable, Mapping
from importlib.util import find_spec

from tern.workshop.llvm.filecheck import compare


def verbatim(output: str) -> str:
    """The test that repeats an output, line by line."""
    blocks = output.strip().split("\n\n")
    return "".join("; CHECK: " + re.sub("\n", "\n; CHECK-NEXT: ", x) + "\n" for x in blocks)


def passes(test: str, outputs: Iterable[str]) -> list[bool]:
    """Of each output, whether a test passes."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return [not compare(test, output) for output in outputs]


def compared(
    tests: Mapping[str, str],
    right: Mapping[str, str],
    bugs: Mapping[str, str],
    more: Mapping[str, str],
) -> list[tuple[str, ...]]:
    """Rows of a table with a column for each test: whether it passes for what is right, whether it
    finds each bug, and how many more; without FileCheck, the one line that says how to get it."""
    if find_spec("filecheck") is None:
        return [("not run here: pip install filecheck==1.0.6", *[""] * len(tests))]
    rows = []
    for kind, outputs, words in (
        ("right", right, ("FAILS", "passes")),
        ("bug", bugs, ("found", "missed")),
    ):
        columns = [passes(test, outputs.values()) for test in tests.values()]
        told = [[words[passed] for passed in column] for column in columns]
        rows += [(f"{kind}: {what}", *row) for what, *row in zip(outputs, *told)]
    found = [passes(test, more.values()).count(False) for test in tests.values()]
    return [*rows, (f"{len(more)} more bugs", *(f"{count} found" for count in found))]
