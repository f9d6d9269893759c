"""Python's garbage collector, and why large programs are better built without it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Do not look for garbage in cycles while something large is built that will be kept.

    The collector runs again and again as objects become more, each time through many of them,
    and finds nothing: most of the time of parsing 100,000 operations would be its.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            due = gc.get_count()[0] > gc.get_threshold()[0]
            if due and gc.get_freeze_count() == 0:  # that count walks through all it counts
                # Make the new objects old ones, without a look at them: otherwise whoever
                # allocates next pays for the collections that did not happen here.
                gc.freeze()
                gc.unfreeze()
            gc.enable()
