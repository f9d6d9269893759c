"""Checks of values: a result is equal or close to what was expected, or an exception was raised."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from autograder.check.failures import CheckFailed
from autograder.report.words import (
    a_or_an,
    because_of,
    difference,
    expected_and_actual,
    not_pythons,
    pythons,
    show,
)

# Raised by code that is not finished or mistyped: no reason of an author's is about that.
UNFINISHED = frozenset(("NotImplementedError", "NameError", "ImportError", "SyntaxError"))


def equal(actual: Any, expected: Any, because: str = "") -> None:
    """`actual` has the type and value of `expected`, all the way down."""
    if found := difference(actual, expected):
        if actual is None:  # a missing `return` has another reason
            because = ""
        raise CheckFailed(found, expected_and_actual(actual, expected) + because_of(because))


def true(holds: Any, message: str, because: str = "") -> None:
    """`holds` is True; `message` says what does not hold otherwise."""
    if holds is True:
        return
    if holds is False:
        raise CheckFailed(message, because_of(because))
    if isinstance(pythons(holds), bool):
        got = [("got", not_pythons(holds, bool))]
        raise CheckFailed(message, got + because_of("" if holds else because))
    raise CheckFailed(message, [("expected", "True"), ("got", show(holds))])


def close(
    actual: Any, expected: Any, rtol: float = 1e-5, atol: float = 0.0, because: str = ""
) -> None:
    """Numbers or arrays agree elementwise within atol + rtol·|expected|; NaN only matches NaN."""
    import numpy

    if type(actual) not in (int, float, numpy.ndarray) and not isinstance(actual, numpy.generic):
        raise CheckFailed(f"expected numbers, got {a_or_an(actual)}")
    actual, expected = numpy.asarray(actual), numpy.asarray(expected)
    if actual.shape != expected.shape:
        raise CheckFailed(f"expected shape {expected.shape}, got {actual.shape}")
    if actual.dtype != expected.dtype:
        raise CheckFailed(f"expected dtype {expected.dtype}, got {actual.dtype}")
    wrong = ~numpy.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=True)
    if wrong.any():
        at = tuple(int(i) for i in numpy.argwhere(wrong)[0])
        message = f"{int(wrong.sum())} of {wrong.size} numbers differ"
        details = [("first at", str(list(at)))] + expected_and_actual(actual[at], expected[at])
        raise CheckFailed(message, details + because_of(because))


def raises(
    kind: str,
    function: Callable,
    *arguments: Any,
    match: str = "",
    location: str = "",
    because: str = "",
) -> None:
    """Calling `function` raises an exception whose class (or a base of it) is named `kind`.

    `match` is a regular expression that its message has to match, and `location` what its attribute
    of that name has to say.
    """
    try:
        result = function(*arguments)
    except Exception as error:
        kinds = getattr(error, "kinds", None)
        if kinds == []:  # not raised: something came back, but nothing that can be used
            raise
        # A worker's error has its text in `message`; a library's own may leave out the most.
        message = (getattr(error, "message", None) if kinds else None) or str(error)
        kinds = kinds or [cls.__name__ for cls in type(error).__mro__]
        if kind not in kinds:
            detail = [("got", f"{kinds[0]}: {message}")]
            if not UNFINISHED.isdisjoint(kinds):
                because = ""
            raise CheckFailed(
                f"expected {kind}, got {kinds[0]}", detail + because_of(because)
            ) from None
        if damaged := getattr(error, "damaged", ""):
            detail = [("damage", damaged)]
            raise CheckFailed(
                f"{kind} was raised too late: an argument is left damaged", detail
            ) from None
        if match and not re.search(match, message):
            detail = [("message", message), ("should mention", match)]
            raise CheckFailed(f"{kind} was raised, with another message", detail) from None
        said = str(getattr(error, "location", None) or "nowhere")
        if location and said != location:
            detail = [("expected", location), ("got", said)]
            raise CheckFailed(f"{kind} was raised, with another location", detail) from None
        return
    raise CheckFailed(f"expected {kind}", [("got", show(result))] + because_of(because))
