"""Figures of the chapter on tiling: the cache slider, the ladder, the iterations of two loops."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from tern.cost import Cache, live_lines
from tern.draw.cache import cache
from tern.draw.ladder import ladder
from tern.draw.space import iterations

ARRAYS = {"A": range(128), "B": range(128, 192)}
SMALL = Cache(size=64, ways=4, line=16)
TRACE = np.array([0, 16, 32, 128, 0, 144, 160, 176, 112], np.int64)


def test_the_slider_has_the_lines_of_the_model() -> None:
    figure = cache({"one": TRACE}, ARRAYS, SMALL, row=4, steps=9)
    root = ElementTree.fromstring(figure.html)
    panel = next(node for node in root.iter("div") if node.get("class") == "panel")
    steps = json.loads(panel.get("data-steps"))
    assert len(steps) == 10
    for s, (live, _, text) in enumerate(steps):
        prefix = TRACE[: round((s / 9) ** 2 * len(TRACE))]
        bits = {i for i in range(12) if int(live[i // 4], 16) >> (i % 4) & 1}
        model = live_lines(prefix, SMALL, ARRAYS)
        assert bits == {*model["A"], *(8 + line for line in model["B"])}
        assert text == f"{len(prefix)} accesses, {SMALL.misses(prefix)} misses"
    assert steps[-1][1] == [7, 10, 11]  # the last three accesses: 160, 176, 112


def test_without_scripts_the_last_step_is_drawn() -> None:
    root = ElementTree.fromstring(cache({"one": TRACE}, ARRAYS, SMALL, row=4).html)
    kinds = [node.get("class") for node in root.iter() if node.tag.endswith("rect")]
    assert len(kinds) == 12
    assert [i for i, kind in enumerate(kinds) if "live" in kind] == [7, 9, 10, 11]
    assert [i for i, kind in enumerate(kinds) if "used" in kind] == [7, 10, 11]


def test_the_text_of_the_slider() -> None:
    figure = cache({"a & b": TRACE, "two": TRACE[:3]}, ARRAYS, SMALL, row=4)
    assert figure.text == "a & b: 9 accesses, 8 misses\ntwo: 3 accesses, 3 misses"


def test_a_slider_needs_a_trace() -> None:
    with pytest.raises(ValueError, match="at least one trace"):
        cache({}, ARRAYS, SMALL, row=4)


def bars_of(figure) -> list[float]:
    root = ElementTree.fromstring(figure.html)
    return [float(node.get("width")) for node in root.iter() if node.tag.endswith("rect")]


def test_equal_factors_are_equal_distances() -> None:
    first, second, third = bars_of(ladder({"a": 1, "b": 10, "c": 100}, {"best": 1000}, "GFLOP/s"))
    assert third - second == pytest.approx(second - first, abs=2.2)  # the first is 2 px at least
    assert third > second > first


def test_the_ladder_in_words() -> None:
    figure = ladder({"a": 0.5, "b & c": 20}, {"NumPy": 40}, "GFLOP/s")
    assert figure.text == "a: 0.5 GFLOP/s\nb & c: 20 GFLOP/s\nNumPy: 40 GFLOP/s"
    ElementTree.fromstring(figure.html)


@pytest.mark.parametrize("bound, anchor", [(100, "start"), (13, "end")])
def test_a_value_stands_clear_of_a_bound(bound, anchor) -> None:
    root = ElementTree.fromstring(ladder({"a": 0.1, "b": 12.5}, {"best": bound}, "s").html)
    anchors = [n.get("text-anchor") for n in root.iter() if n.text == "12.5"]
    assert anchors == [anchor]


@pytest.mark.parametrize("rungs, bounds", [({}, {"a": 1}), ({"a": 0}, {}), ({"a": 1}, {"b": -1})])
def test_a_ladder_needs_positive_values(rungs, bounds) -> None:
    with pytest.raises(ValueError, match="positive"):
        ladder(rungs, bounds, "GFLOP/s")


ROWS_FIRST = [(i, j) for i in range(3) for j in range(3)]
COLUMNS_FIRST = [(i, j) for j in range(3) for i in range(3)]


def test_arrows_that_go_back_are_marked() -> None:
    figure = iterations({"rows": ROWS_FIRST, "columns": COLUMNS_FIRST}, [(1, -1)])
    assert figure.text == "rows: 0 dependences broken\ncolumns: 4 dependences broken"
    root = ElementTree.fromstring(figure.html)
    paths = [node.get("class") for node in root.iter() if node.tag.endswith("path")]
    assert paths == ["wait"] * 4 + ["wait broken"] * 4


def test_each_point_once() -> None:
    with pytest.raises(ValueError, match="each of its points once"):
        iterations({"twice": [(0, 0), (0, 0)]}, [(1, 0)])
