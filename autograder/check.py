"""What a test cell says. The same cell runs in a plain kernel and under the judge.

    from autograder import check
    check.equal(tokenize("1+2"), ["1", "+", "2"])
    check.forall(programs(), lambda p: parse(show(p)) == p)
    check.keeps_up(tokenize, with_=tern.tokenize, within=3, on=source)
    check.grows(to_ssa, no_faster_than="n log n", sizes=[1_000, 4_000, 16_000], on=program)

Every check raises CheckFailed with a message that says what was asked, what came back, and, where
the author gave one, a sentence that teaches (`because=`). Nothing is returned.
"""

from __future__ import annotations

import contextlib
import math
import random
import re
import reprlib
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["CheckFailed", "equal", "close", "true", "raises", "forall", "keeps_up", "grows"]


class CheckFailed(AssertionError):
    """A check that did not hold. `details` are (label, text) pairs shown below the message."""

    def __init__(self, message: str, details: list[tuple[str, str]] | None = None):
        self.message, self.details = message, list(details or [])
        lines = [message] + [f"  {label}: {text}" for label, text in self.details]
        super().__init__("\n".join(lines))


class CouldNotMeasure(CheckFailed):
    """A speed verdict that the machine's noise did not allow: run again, nobody failed."""


# ---- values -------------------------------------------------------------------------------------


def equal(actual: Any, expected: Any, because: str = "") -> None:
    """`actual` has the type and value of `expected`, all the way down."""
    difference = _difference(actual, expected)
    if difference:
        raise CheckFailed(difference, _pair(actual, expected) + _because(because))


def true(holds: Any, message: str, because: str = "") -> None:
    """`holds` is True; `message` says what does not hold otherwise."""
    if holds is not True:
        raise CheckFailed(message, _because(because))


def close(actual: Any, expected: Any, rtol: float = 1e-5, atol: float = 0.0, because: str = "") -> None:
    """Numbers or arrays agree elementwise within atol + rtol·|expected|; NaN only matches NaN."""
    import numpy

    if type(actual) not in (int, float, numpy.ndarray) and not isinstance(actual, numpy.generic):
        raise CheckFailed(f"expected numbers, got {_a(actual)}", _because(because))
    got, want = numpy.asarray(actual), numpy.asarray(expected)
    if got.shape != want.shape:
        raise CheckFailed(f"expected shape {want.shape}, got {got.shape}", _because(because))
    if got.dtype != want.dtype:
        raise CheckFailed(f"expected dtype {want.dtype}, got {got.dtype}", _because(because))
    wrong = ~numpy.isclose(got, want, rtol=rtol, atol=atol, equal_nan=True)
    if wrong.any():
        at = tuple(int(i) for i in numpy.argwhere(wrong)[0])
        message = f"{int(wrong.sum())} of {wrong.size} numbers differ"
        details = [("first at", str(list(at)))] + _pair(got[at], want[at])
        raise CheckFailed(message, details + _because(because))


def raises(kind: str, function: Callable, *arguments: Any, match: str = "", because: str = "") -> None:
    """Calling `function` raises an exception whose class (or a base of it) is named `kind`."""
    try:
        result = function(*arguments)
    except Exception as error:
        kinds = getattr(error, "kinds", None)
        if kinds == []:  # not raised: something came back, but nothing that can be used
            raise
        kinds = kinds or [cls.__name__ for cls in type(error).__mro__]
        message = getattr(error, "message", None) or str(error)
        if kind not in kinds:
            detail = [("got", f"{kinds[0]}: {message}")]
            raise CheckFailed(f"expected {kind}, got {kinds[0]}", detail + _because(because)) from None
        if damaged := getattr(error, "damaged", ""):
            detail = [("damage", damaged)]
            raise CheckFailed(f"{kind} was raised too late: an argument is left damaged", detail) from None
        if match and not re.search(match, message):
            detail = [("message", message), ("should mention", match)]
            raise CheckFailed(f"{kind} was raised, with another message", detail) from None
        return
    raise CheckFailed(f"expected {kind}", [("got", show(result))] + _because(because))


# ---- properties ---------------------------------------------------------------------------------


class _SmallEnough(BaseException):
    """Ends Hypothesis's search for a smaller counterexample."""


SHRINK_SECONDS = 10.0  # wall-clock time spent on making a counterexample smaller


def forall(
    strategy: Any, holds: Callable[[Any], Any], examples: int = 100, because: str = ""
) -> None:
    """`holds(value)` for every value that Hypothesis finds in `strategy`.

    `holds` returns True or None, or raises CheckFailed; what fails is shrunk to the smallest input
    that still fails. The seed is new in every run and printed with a failure; AUTOGRADER_SEED sets it.
    """
    import os

    import hypothesis

    seed = int(os.environ.get("AUTOGRADER_SEED") or secrets.randbelow(1 << 32))
    smallest: tuple[str, Exception] | None = None  # the last failure: shrinking goes downhill
    stop_shrinking = math.inf

    def one(value: Any) -> None:
        nonlocal smallest, stop_shrinking
        if time.monotonic() > stop_shrinking:
            raise _SmallEnough
        shown = show(value)  # before the call, which may change it
        try:
            held = holds(value)
            if held is not True and held is not None:
                raise CheckFailed("the property does not hold")
        except Exception as error:
            if smallest is None:
                stop_shrinking = time.monotonic() + SHRINK_SECONDS
            smallest = (shown, error)
            raise

    quiet = hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    test = hypothesis.seed(seed)(quiet(hypothesis.given(strategy)(one)))
    try:
        with _no_notes():
            test()
    except (Exception, _SmallEnough):
        if smallest is None:
            raise
    if smallest is None:
        return
    shown, error = smallest
    details = [("smallest counterexample", shown)]
    if isinstance(error, CheckFailed):
        message = error.message
        details += error.details
    else:  # raised by the reader's code, or by the property over what it returned
        message = str(error) if hasattr(error, "kinds") else f"{type(error).__name__}: {error}"
    failed = CheckFailed(message, details + [("seed", str(seed))] + _because(because))
    failed.where = getattr(error, "where", [])
    raise failed from None


@contextlib.contextmanager
def _no_notes() -> Iterator[None]:
    """Hypothesis prints its falsifying example; the report does that better."""
    from hypothesis import reporting

    with reporting.with_reporter(lambda *_: None):
        yield


# ---- speed --------------------------------------------------------------------------------------

_judge: Any = None  # set by the judge: makes timers for stand-ins, and collects measurements
measurements: list = []


def keeps_up(
    function: Callable,
    *,
    with_: Callable,
    within: float,
    on: Callable[[random.Random], tuple],
    silver: float | None = None,
    gold: float | None = None,
    same: Callable[[Any, Any], Any] = equal,
) -> None:
    """`function` takes at most `within` times the CPU time of tern's own part `with_`.

    `on(rng)` makes a fresh tuple of arguments of fixed size; each pair of calls gets its own, and
    both results are compared with `same(actual, expected)` after every call.
    """
    from autograder import speed

    _measure(
        lambda: speed.keeps_up(
            _timer(function), _timer(with_), on, speed.Bars(within, silver, gold), same
        ),
        lambda: speed.once(_timer(function), _timer(with_), on(random.Random()), same),
    )


def grows(
    function: Callable,
    *,
    no_faster_than: str,
    sizes: list[int],
    on: Callable[[random.Random, int], tuple],
    with_: Callable | None = None,
    same: Callable[[Any, Any], Any] = equal,
    slack: float = 2.0,
) -> None:
    """From the smallest to the largest size, CPU time grows at most `slack` times the bound.

    `no_faster_than` is "n", "n log n", or "n^2". `on(rng, n)` makes fresh arguments of size n. With
    `with_`, tern's part computes the expected result of every timed call.
    """
    from autograder import speed

    reference = None if with_ is None else _timer(with_)
    _measure(
        lambda: speed.grows(_timer(function), reference, no_faster_than, sizes, on, same, slack),
        lambda: speed.once(_timer(function), reference, on(random.Random(), min(sizes)), same),
    )


def _timer(function: Callable) -> Any:
    from autograder import speed, values

    values.register_tern()
    return _judge.timer(function) if _judge is not None else speed.LocalTimer(function)


def _measure(run: Callable[[], Any], once: Callable[[], None]) -> None:
    """Measure, or, where speed is switched off, only check that one result is right."""
    import os

    if _judge is None and os.environ.get("AUTOGRADER_SPEED") == "off":
        once()
        print("speed: not measured (AUTOGRADER_SPEED=off)")
        return
    measurement = run()
    measurements.append(measurement)
    if measurement.verdict == "unmeasured":
        raise CouldNotMeasure(measurement.sentence())
    if measurement.verdict == "failed":
        raise CheckFailed(measurement.sentence())
    if _judge is None:
        print(measurement.sentence())


# ---- words --------------------------------------------------------------------------------------

_repr = reprlib.Repr()
_repr.maxlist = _repr.maxtuple = _repr.maxset = _repr.maxdict = 20
_repr.maxstring = _repr.maxother = 400
_repr.maxlevel = 6


def show(value: Any) -> str:
    """A value as a failure shows it: IR as its text, everything else as a shortened repr."""
    if type(value).__module__.split(".")[0] == "tern":
        text = str(value)
        return "\n" + text if "\n" in text.strip() else text
    if type(value) is tuple and any(type(v).__module__.startswith("tern.") for v in value):
        return ", ".join(show(item) for item in value)
    return _repr.repr(value)


def _a(value: Any) -> str:
    name = type(value).__name__
    if value is None:
        return "None"
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _pair(actual: Any, expected: Any) -> list[tuple[str, str]]:
    return [("expected", show(expected)), ("got", show(actual))]


def _because(sentence: str) -> list[tuple[str, str]]:
    return [("why", sentence)] if sentence else []


def _difference(actual: Any, expected: Any, path: str = "the result") -> str:
    """In words, the first place where two values differ; empty if they are the same."""
    if type(actual) is not type(expected):
        if actual is None and path == "the result":
            return "the result is None: is a `return` missing?"
        return f"{path} is {_a(actual)}, expected {_a(expected)}"
    kind = type(expected)
    if kind in (list, tuple):
        # lists of plain numbers and strings are the common and the large case
        if len(actual) != len(expected):
            return f"{path} has {len(actual)} items, expected {len(expected)}"
        for index, (one, other) in enumerate(zip(actual, expected, strict=True)):
            if one is not other and (difference := _difference(one, other, f"{path}[{index}]")):
                return difference
        return ""
    if kind is dict:
        for key in expected:
            if key not in actual:
                return f"{path} has no key {show(key)}"
        for key in actual:
            if key not in expected:
                return f"{path} has a key {show(key)} that should not be there"
        for key, other in expected.items():
            if difference := _difference(actual[key], other, f"{path}[{show(key)}]"):
                return difference
        return ""
    if kind is float:
        same = actual == expected or (math.isnan(actual) and math.isnan(expected))
        return "" if same else f"{path} differs"
    if (numpy := sys.modules.get("numpy")) is not None and kind is numpy.ndarray:
        if actual.dtype != expected.dtype:
            return f"{path} has dtype {actual.dtype}, expected {expected.dtype}"
        if actual.shape != expected.shape:
            return f"{path} has shape {actual.shape}, expected {expected.shape}"
        return "" if numpy.array_equal(actual, expected, equal_nan=True) else f"{path} differs"
    if kind.__module__.startswith("tern.ir"):
        return "" if str(actual) == str(expected) else f"{path} differs"
    return "" if actual == expected else f"{path} differs"
