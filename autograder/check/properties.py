"""Checks of properties: what has to hold for every input."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

from autograder.check.failures import CheckFailed, fail
from autograder.check.session import seed_of_inputs
from autograder.check.values import true
from autograder.report.words import because_of, show


class _SmallEnough(BaseException):
    """Ends Hypothesis's search for a smaller counterexample."""


SHRINK_SECONDS = 15.0  # wall-clock time spent on making a counterexample smaller


def forall(
    strategy: Any, holds: Callable[[Any], Any], examples: int = 100, because: str = ""
) -> None:
    """`holds(value)` for every value that Hypothesis finds in `strategy`.

    `holds` returns True or None, or raises CheckFailed; what fails is shrunk to the smallest input
    that still fails. The seed is new in every run and printed with a failure; AUTOGRADER_SEED sets
    it.
    """
    import hypothesis

    seed = seed_of_inputs()
    smallest: tuple[str, Exception] | None = None  # the last failure: shrinking goes downhill
    stop_shrinking = math.inf

    def one(value: Any) -> None:
        nonlocal smallest, stop_shrinking
        if time.monotonic() > stop_shrinking:
            raise _SmallEnough
        shown = show(value)  # before the call, which may change it
        try:
            held = holds(value)
            if held is not None:
                true(held, "the property does not hold")
        except Exception as error:
            if smallest is None:
                stop_shrinking = time.monotonic() + SHRINK_SECONDS
            smallest = (shown, error)
            raise

    all_checks: Any = hypothesis.HealthCheck
    phases = hypothesis.Phase
    quiet = hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(all_checks),
        # not "explain", which would go on calling when the smallest is found: the report explains
        phases=[phases.generate, phases.shrink],
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
        if any(label == "why" for label, _ in error.details):  # it knows better
            because = ""
    else:  # raised by the reader's code, or by the property over what it returned
        message = str(error) if hasattr(error, "kinds") else f"{type(error).__name__}: {error}"
        because = ""  # which is about wrong results
    details += [("seed", str(seed)), *because_of(because)]
    fail(message, details, getattr(error, "where", []))


@contextlib.contextmanager
def _no_notes() -> Iterator[None]:
    """Hypothesis prints its falsifying example; the report does that better."""
    from hypothesis import reporting

    with reporting.with_reporter(lambda *_: None):
        yield
