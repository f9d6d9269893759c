"""Threads over time."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tern.draw.timeline import timeline


def test_a_piece_is_as_wide_as_it_is_long() -> None:
    panels = {"static": [(0, 0, 10, "0"), (1, 0, 40, "1")], "dynamic": [(0, 10, 20, "<a>")]}
    figure = timeline(panels, 2, "ms")
    root = ElementTree.fromstring(figure.html)
    rects = [node for node in root.iter() if node.tag.endswith("rect")]
    x, wide = ([float(node.get(name)) for node in rects] for name in ("x", "width"))
    assert wide[1] == pytest.approx(4 * wide[0], abs=0.5) and wide[2] == wide[0]
    assert x[0] == x[1] and x[2] == pytest.approx(x[0] + wide[0], abs=0.5)
    assert rects[0].get("style") == rects[2].get("style") != rects[1].get("style")
    texts = [node.text for node in root.iter() if node.tag.endswith("text")]
    assert texts.count("thread 2") == 2 and "<a>" in texts and "time (ms)" in texts
    assert repr(figure) == (
        "static: thread 1 10, thread 2 40; all done after 40 ms\n"
        "dynamic: thread 1 10, thread 2 0; all done after 20 ms"
    )


def test_the_last_end_is_marked_in_each_panel() -> None:
    figure = timeline({"a": [(0, 0, 10, "")], "b": [(0, 0, 5, "")]}, 1, "s")
    root = ElementTree.fromstring(figure.html)
    ends = [float(node.get("x1")) for node in root.iter() if node.get("class") == "end"]
    assert len(ends) == 2 and ends[1] < ends[0]


def test_it_needs_a_piece() -> None:
    with pytest.raises(ValueError, match="at least one piece"):
        timeline({"empty": []}, 2, "s")
