"""Values in words: how a failure shows them, and where two of them differ."""

from __future__ import annotations

import math
import reprlib
import sys
from typing import Any

_repr = reprlib.Repr()
_repr.maxlist = _repr.maxtuple = _repr.maxset = _repr.maxdict = 20
_repr.maxstring = _repr.maxother = 400
_repr.maxlevel = 6


def show(value: Any) -> str:
    """A value as a failure shows it: IR as its text, everything else as a shortened repr."""
    if type(value).__module__.split(".")[0] == "tern":
        text = "\n".join(map(shortened, str(value).split("\n")))
        return "\n" + text if "\n" in text.strip() else text
    if type(value) is tuple and any(type(v).__module__.startswith("tern.") for v in value):
        return ", ".join(show(item) for item in value)
    return _repr.repr(value)


LONGEST = 400  # characters of one line


def shortened(line: str) -> str:
    """A line of generated text, without its middle if it is very long."""
    if len(line) <= LONGEST:
        return line
    left_out = len(line) - LONGEST
    return f"{line[: LONGEST // 2]} … ({left_out:,} characters) … {line[-LONGEST // 2 :]}"


def a_or_an(value: Any) -> str:
    name = type(value).__name__
    if value is None:
        return "None"
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def expected_and_actual(actual: Any, expected: Any) -> list[tuple[str, str]]:
    return [("expected", show(expected)), ("got", show(actual))]


def because_of(sentence: str) -> list[tuple[str, str]]:
    return [("why", sentence)] if sentence else []


def difference(actual: Any, expected: Any, path: str = "the result") -> str:
    """In words, where two values differ first; empty if they are the same."""
    if type(actual) is not type(expected):
        if actual is None and path == "the result":
            return "the result is None: is a `return` missing?"
        return f"{path} is {a_or_an(actual)}, expected {a_or_an(expected)}"
    kind = type(expected)
    if kind in (list, tuple):
        # lists of plain numbers and strings are the common and the large case
        if len(actual) != len(expected):
            return f"{path} has {len(actual)} items, expected {len(expected)}"
        for index, (one, other) in enumerate(zip(actual, expected, strict=True)):
            if one is not other and (found := difference(one, other, f"{path}[{index}]")):
                return found
        return ""
    if kind is dict:
        for key in expected:
            if key not in actual:
                return f"{path} has no key {show(key)}"
        for key in actual:
            if key not in expected:
                return f"{path} has a key {show(key)} that should not be there"
        for key, other in expected.items():
            if found := difference(actual[key], other, f"{path}[{show(key)}]"):
                return found
        return ""
    if kind is float:
        same = actual == expected or (math.isnan(actual) and math.isnan(expected))
        return "" if same else f"{path} differs"
    if kind is str:
        return "" if actual == expected else f"{path} differs{_first_difference(actual, expected)}"
    if (numpy := sys.modules.get("numpy")) is not None and kind is numpy.ndarray:
        if actual.dtype != expected.dtype:
            return f"{path} has dtype {actual.dtype}, expected {expected.dtype}"
        if actual.shape != expected.shape:
            return f"{path} has shape {actual.shape}, expected {expected.shape}"
        return "" if numpy.array_equal(actual, expected, equal_nan=True) else f"{path} differs"
    if kind.__module__.startswith("tern.ir"):
        return "" if str(actual) == str(expected) else f"{path} differs"
    return "" if actual == expected else f"{path} differs"


def _first_difference(actual: str, expected: str) -> str:
    """Where two texts of several lines begin to differ; empty for one line, seen whole."""
    if "\n" not in actual + expected:
        return ""
    if actual.rstrip("\n") == expected.rstrip("\n"):
        shorter = len(actual) < len(expected)
        wrong = "lacks a line break" if shorter else "has a line break too many"
        return f" in its end alone: it {wrong}"
    actual_lines, expected_lines = actual.split("\n"), expected.split("\n")
    at = next(
        (i for i, (a, b) in enumerate(zip(actual_lines, expected_lines)) if a != b),
        min(len(actual_lines), len(expected_lines)),
    )
    here, there = (
        repr(shortened(lines[at])) if at < len(lines) else "nothing"
        for lines in (actual_lines, expected_lines)
    )
    return f" from line {at + 1} on: expected {there}, got {here}"
