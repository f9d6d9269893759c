"""Where two values differ, as a difference of lines: the first that do, and two around them."""

from __future__ import annotations

import difflib
import pprint
import sys
import textwrap
from collections.abc import Iterable
from typing import Any

from autograder.report.characters import shortened

LEGEND = "- expected, + got"
AROUND = 2  # lines of context
SHOWN = 30  # lines of a difference
WINDOW = 300  # lines that are compared, from the first that differ on
WIDTH = 88  # columns of a value that is laid out
LONGEST = 400  # characters of one line
PIECE = 60  # characters of one long line, before and after where it differs


def of_lines(actual: Any, expected: Any) -> str:
    """The difference of two values of one type; empty if their texts are the same."""
    if type(actual) is str and "\n" not in actual + expected:
        return _of_one_line(actual, expected)
    got, wanted = lines_of(actual), lines_of(expected)
    same = _common(got, wanted)
    first = max(0, same - AROUND)
    got, wanted = got[first : same + WINDOW], wanted[first : same + WINDOW]
    found = list(difflib.unified_diff(wanted, got, n=AROUND, lineterm=""))[2:]
    if not found:
        return ""
    found = [row for row in found if row[:2] != "@@"]
    texts = textwrap.dedent("\n".join(row[1:] for row in found)).split("\n")
    rows = [shortened(f"{row[:1]} {text}", LONGEST) for row, text in zip(found, texts)]
    if len(rows) > SHOWN:
        rows = [*rows[:SHOWN], "…"]
    return "\n".join([f"{LEGEND}{f' (from line {first + 1} on)' if first else ''}", *rows])


def _common(one: list[str], other: list[str]) -> int:
    """How many lines the two begin with alike."""
    for number, (a, b) in enumerate(zip(one, other)):
        if a != b:
            return number
    return min(len(one), len(other))


def _of_one_line(actual: str, expected: str) -> str:
    at = _common(list(actual), list(expected))
    if actual == expected:
        return ""
    rows = [f"{LEGEND}, from character {at + 1} on"]
    for mark, text in (("-", expected), ("+", actual)):
        before = "…" if at > PIECE else ""
        after = "…" if len(text) > at + PIECE else ""
        rows.append(f"{mark} {before}{text[max(0, at - PIECE) : at + PIECE]!r}{after}")
    return "\n".join(rows)


def lines_of(value: Any) -> list[str]:
    """A value over several lines, an item on each."""
    kind = type(value)
    if kind is str or kind.__module__.split(".")[0] == "tern":
        return str(value).split("\n")
    numpy = sys.modules.get("numpy")
    if numpy is not None and kind is numpy.ndarray:
        return repr(value).split("\n")
    if kind is list:
        return ["[", *_items(value), "]"]
    if kind is tuple:
        return ["(", *_items(value), ")"]
    if kind is dict:
        pairs = [f"{key!r}: {line}" for key, item in value.items() for line in [_laid_out(item)]]
        return ["{", *(f"    {line}," for pair in pairs for line in pair.split("\n")), "}"]
    return _laid_out(value).split("\n")


def _items(values: Iterable[Any]) -> Iterable[str]:
    for item in values:
        *first, last = _laid_out(item).split("\n")
        yield from (f"    {line}" for line in first)
        yield f"    {last},"


def _laid_out(value: Any) -> str:
    """A value as Python writes it, over several lines if it is long."""
    if type(value).__module__.split(".")[0] == "tern" and "\n" in (text := str(value)):
        return text
    try:
        text = repr(value)
        if len(text) <= WIDTH or type(value) is str:
            return text
        return pprint.pformat(value, width=WIDTH, compact=True, sort_dicts=False)
    except RecursionError:
        return f"<a {type(value).__name__} too deep to be shown>"
