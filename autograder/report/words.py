"""Values in words: how a failure shows them, and where two of them differ."""

from __future__ import annotations

import math
import reprlib
import sys
from typing import Any

from autograder.report import differences
from autograder.report.characters import shortened as _shortened

_repr = reprlib.Repr()
_repr.maxlist = _repr.maxtuple = _repr.maxset = _repr.maxdict = 20
_repr.maxstring = _repr.maxother = 400
_repr.maxlevel = 6


def show(value: Any) -> str:
    """A value as a failure shows it: IR (also MLIR's) as its text, else a shortened repr."""
    if type(value).__module__.split(".")[0] in ("tern", "torch_mlir"):
        text = "\n".join(map(shortened, str(value).split("\n")))
        return "\n" + text if "\n" in text.strip() else text
    if type(value) is tuple and any(type(v).__module__.startswith("tern.") for v in value):
        return ", ".join(show(item) for item in value)
    return _repr.repr(value)


LONGEST = 400  # characters of one line
SHORT = 120  # of a string that is seen at a glance


def shortened(line: str) -> str:
    """A line of generated text, without its middle if it is very long."""
    return _shortened(line, LONGEST)


def a_or_an(value: Any) -> str:
    """A value's kind in words. NumPy's scalars look like Python's: what they are is said with them.

    >>> a_or_an([1]), a_or_an(None)
    ('a list', 'None')
    """
    if value is None:
        return "None"
    if is_numpys(value):
        return f"NumPy's {type(value).__name__}, {value!r}"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def is_numpys(value: Any) -> bool:
    """Whether it is a scalar of NumPy's: np.False_, np.int64(3)."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)


def pythons(value: Any) -> Any:
    """Python's own scalar of the same value as one of NumPy's; None for anything else."""
    return value.item() if is_numpys(value) else None


def not_pythons(value: Any, kind: type) -> str:
    """What NumPy's scalar is where Python's own was expected: same value, another type."""
    return f"{a_or_an(value)}, not Python's {kind.__name__}"


def expected_and_actual(actual: Any, expected: Any) -> list[tuple[str, str]]:
    """Both values, or, where they are long and alike, how they differ."""
    texts = show(actual), show(expected)
    if type(actual) is type(expected) and not all(map(_is_whole, texts, (actual, expected))):
        if found := differences.of_lines(actual, expected):
            return [("difference", found)]
    return [("expected", texts[1]), ("got", texts[0])]


def _is_whole(text: str, value: Any) -> bool:
    """Whether the text is one line that shows all of the value."""
    if "\n" in text:
        return False
    if type(value).__module__.split(".")[0] in ("tern", "torch_mlir"):
        return len(text) <= LONGEST
    if type(value) is str:
        return len(value) <= SHORT
    try:
        return repr(value) == text
    except RecursionError:
        return False


def because_of(sentence: str) -> list[tuple[str, str]]:
    return [("why", sentence)] if sentence else []


def difference(actual: Any, expected: Any) -> str:
    """In words, where two values differ first; empty if they are the same."""
    return shortened(_difference(actual, expected, "the result"))


def _difference(actual: Any, expected: Any, path: str) -> str:
    kind = type(expected)
    if type(actual) is not kind:
        if actual is None and path == "the result":
            return "the result is None: is a `return` missing?"
        if (like := pythons(actual)) is not None and isinstance(like, kind):
            return f"{path} is {not_pythons(actual, kind)}"
        return f"{path} is {a_or_an(actual)}, expected {a_or_an(expected)}"
    if kind in (list, tuple):
        # lists of plain numbers and strings are the common and the large case
        if len(actual) != len(expected):
            return f"{path} has {len(actual)} items, expected {len(expected)}"
        for index, (one, other) in enumerate(zip(actual, expected, strict=True)):
            if one is not other and (found := _difference(one, other, f"{path}[{index}]")):
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
            if found := _difference(actual[key], other, f"{path}[{show(key)}]"):
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
        return _of_arrays(actual, expected, path, numpy)
    if kind.__module__.startswith("tern.ir"):
        texts = str(actual), str(expected)
        return "" if texts[0] == texts[1] else f"{path} differs{_first_difference(*texts)}"
    return "" if actual == expected else f"{path} differs"


def _of_arrays(actual: Any, expected: Any, path: str, numpy: Any) -> str:
    wrong = numpy.atleast_1d(actual != expected)
    if expected.dtype.kind in "fcmM":
        wrong &= numpy.atleast_1d(~(numpy.isnan(actual) & numpy.isnan(expected)))
    if not wrong.any():
        return ""
    if expected.size < 2:
        return f"{path} differs"
    at = tuple(int(i) for i in numpy.argwhere(wrong)[0])
    return (
        f"{path} differs in {int(wrong.sum()):,} of {expected.size:,} elements, "
        f"first at {list(at)}: expected {expected[at]}, got {actual[at]}"
    )


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
