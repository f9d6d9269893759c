"""Memory as cells."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tern.draw.cells import cells


def test_each_cell_has_its_group() -> None:
    figure = cells(
        {"a": [[0, 1, None], [1, -1, 0]]}, ["one", "two"], labels={"a": [[7, None, 8], [None] * 3]}
    )
    root = ElementTree.fromstring(figure.html)
    rects = [node for node in root.iter() if node.tag.endswith("rect")]
    assert [node.get("class") for node in rects] == [None, None, "none", None, "none off", None]
    assert rects[0].get("style") == rects[5].get("style") != rects[1].get("style")
    assert [node.text for node in root.iter() if node.tag.endswith("text")] == ["7", "8"]
    assert [node.text for node in root.iter("span")] == ["one", "two"]
    assert repr(figure) == "a: one: 2, two: 2"


def test_what_it_refuses() -> None:
    with pytest.raises(ValueError, match="'empty' has no cells"):
        cells({"empty": []}, ["one"])
    with pytest.raises(ValueError, match="7 groups are more than the 6 colors"):
        cells({"a": [[0]]}, list("1234567"))
