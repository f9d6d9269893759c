"""Own times and hot spots of traces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tern.workshop.profiles import events_of, hot_spots, own_times, sample


def test_own_times() -> None:
    events = [
        ("step", 0, 0, 100),
        ("mm", 0, 10, 30),
        ("copy", 0, 15, 5),
        ("mm", 0, 50, 20),
        ("io", 1, 0, 7),
    ]
    assert own_times(events) == {"step": 50, "mm": 45, "copy": 5, "io": 7}
    assert own_times(events[::-1]) == own_times(events)
    assert own_times([]) == {}


def test_of_equal_events_the_first_is_the_outer_one() -> None:
    assert own_times([("a", 0, 0, 10), ("b", 0, 0, 10)]) == {"a": 0, "b": 10}
    assert own_times([("a", 0, 0, 10), ("b", 0, 10, 10)]) == {"a": 10, "b": 10}


def test_hot_spots() -> None:
    events = [("a", 0, 0, 60), ("c", 0, 60, 20), ("b", 0, 80, 20)]
    assert hot_spots(events, 0.5) == [("a", 60)]
    assert hot_spots(events, 0.7) == [("a", 60), ("b", 20)]
    assert hot_spots(events, 1) == [("a", 60), ("b", 20), ("c", 20)]
    assert hot_spots([], 0.5) == hot_spots([("a", 0, 5, 0)]) == []
    for share in (0, -1, 1.5):
        with pytest.raises(ValueError, match="share must be above 0"):
            hot_spots(events, share)


@st.composite
def nested(draw) -> list:
    """Events of two threads, made by cutting intervals into pieces."""
    events = []

    def inside(thread, start, end, depth):
        cuts = sorted(draw(st.lists(st.integers(start, end), max_size=4))) if depth < 3 else []
        for left, right in zip(cuts[::2], cuts[1::2]):
            if right > left:
                events.append((draw(st.sampled_from("abcd")), thread, left, right - left))
                inside(thread, left, right, depth + 1)

    for thread in (0, 1):
        inside(thread, 0, 1000, 0)
    if len({event[1:] for event in events}) == len(events):  # no two are alike
        return draw(st.permutations(events))
    return events


@given(nested())
def test_every_nanosecond_belongs_to_the_innermost_event(events) -> None:
    expected = dict.fromkeys((name for name, *_ in events), 0)
    for thread in (0, 1):
        for at in range(1000):
            around = [e for e in events if e[1] == thread and e[2] <= at < e[2] + e[3]]
            if around:  # of two equal intervals the later one is inside
                smallest = min(e[3] for e in around)
                expected[[e for e in around if e[3] == smallest][-1][0]] += 1
    assert own_times(events) == expected


def test_the_recorded_trace() -> None:
    events = sample()
    assert len(events) > 100 and all(len(event) == 4 for event in events)
    assert sum(own_times(events).values()) == sum(
        d for n, t, s, d in events if _is_outermost(s, d, t, events)
    )
    assert "aten::addmm" in dict(hot_spots(events))


def _is_outermost(start, duration, thread, events):
    return not any(
        t == thread and (s, d) != (start, duration) and s <= start and start + duration <= s + d
        for _, t, s, d in events
    )


def test_a_live_profile() -> None:
    torch = pytest.importorskip("torch")
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        torch.ones(100, 100) @ torch.ones(100, 100)
    events = events_of(profile)
    assert "aten::mm" in own_times(events) and all(type(e[2]) is int for e in events)
