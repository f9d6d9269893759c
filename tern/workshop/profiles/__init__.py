"""Where the time of a program goes, from the trace that a profiler recorded.

A trace is a list of events, tuples of plain data: the name of what ran, the number of the thread
it ran on, and its start and its duration in nanoseconds. On one thread events nest: of two, one
lies within the other, or they do not overlap.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tern.parts import part

__all__ = ["Event", "events_of", "hot_spots", "own_times", "sample"]

Event = tuple[str, int, int, int]


def own_times(events: Sequence[Event]) -> dict[str, int]:
    """For each name, the time in its events but in no event inside these, in ns. O(n log n)."""
    own: dict[str, int] = {}
    open_events: list[tuple[str, int, int]] = []  # on the present thread: name, thread, end
    # What begins earlier comes first, and of what begins together the longer: outer before inner.
    for name, thread, start, duration in sorted(events, key=lambda e: (e[1], e[2], -e[3])):
        while open_events and (
            open_events[-1][1] != thread or open_events[-1][2] < start + duration
        ):
            open_events.pop()
        if open_events:
            own[open_events[-1][0]] -= duration
        own[name] = own.get(name, 0) + duration
        open_events.append((name, thread, start + duration))
    return own


@part("workshop.profiles.hot_spots", helpers=(own_times,))
def hot_spots(events: Sequence[Event], share: float = 0.8) -> list[tuple[str, int]]:
    """The fewest names whose own times add up to `share * total` or more, each with its own time.

    `total` is the own time of all names together. An event's own time is its duration without that
    of the events directly inside it; a name's is that of all its events together, in ns. The
    largest comes first, and of equal ones the name that is first in the alphabet. Events come in
    any order; of two with the same thread, start, and duration the first in the list is the outer
    one. Names without own time are left out. An empty trace has no hot spots. O(n log n).

    Raises:
        ValueError: `share` is not in 0 < share <= 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, not {share}")
    own = own_times(events)
    required = share * sum(own.values())
    found: list[tuple[str, int]] = []
    reached = 0
    for name, time in sorted(own.items(), key=lambda item: (-item[1], item[0])):
        if reached >= required or time == 0:
            break
        found.append((name, time))
        reached += time
    return found


def events_of(profile: Any) -> list[Event]:
    """The events on the CPU that a torch.profiler.profile has recorded."""
    return [
        (
            event.name,
            event.thread,
            round(1000 * event.time_range.start),
            round(1000 * event.time_range.elapsed_us()),
        )
        for event in profile.events()
    ]


def sample() -> list[Event]:
    """The trace of one training step of a small network, recorded by torch.profiler."""
    text = Path(__file__).with_name("training_step.json").read_text(encoding="utf-8")
    return [tuple(event) for event in json.loads(text)["events"]]
