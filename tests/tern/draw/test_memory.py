"""Objects in memory, and listings of C++."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tern.draw import cpp
from tern.draw.memory import Box, Cell, Moment, memory

OWNER = Box("v", "v: 8 bytes", [Cell("data", "●", ("#0", 0))])
BLOCK = Box("#0", "heap block #0", [Cell("4 bytes", "7")], right=True)
GONE = Box("#0", "heap block #0, freed", [Cell("4 bytes", "7")], right=True, ended=True)


def by_class(html: str, name: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(html)
    return [node for node in root.iter() if name in (node.get("class") or "").split()]


def test_a_pointer_is_an_arrow_only_where_its_target_is() -> None:
    with_block = memory("a\nb", [Moment(1, "one", [OWNER, BLOCK])])
    without = memory("a\nb", [Moment(1, "one", [OWNER])])
    assert len(by_class(with_block.html, "pointer")) == 1
    assert by_class(without.html, "pointer") == []


def test_what_has_changed_is_lit_and_what_is_gone_is_dashed() -> None:
    steps = [Moment(1, "one", [OWNER, BLOCK]), Moment(2, "two", [OWNER, GONE])]
    figure = memory("a\nb", steps)
    assert len(by_class(figure.html, "ended")) == 1
    assert by_class(figure.html, "changed") == []  # the owner is as it was
    appears = memory("a\nb", [Moment(1, "one", [OWNER]), Moment(2, "two", [OWNER, BLOCK])])
    assert len(by_class(appears.html, "changed")) == 1
    lit = ["".join(line.itertext()) for line in by_class(figure.html, "lit")]
    assert lit == ["a", "b"]
    assert figure.text == "after line 1: one\nafter line 2: two"


def test_objects_keep_their_position() -> None:
    other = Box("w", "w: 4 bytes", [Cell("", "1"), Cell("", "2")])
    figure = memory("a", [Moment(1, "", [other, OWNER]), Moment(1, "", [OWNER])])
    titles = [
        (node.get("x"), node.get("y"))
        for node in ElementTree.fromstring(figure.html).iter()
        if node.tag.endswith("text") and node.text == OWNER.title
    ]
    assert len(titles) == 2 and titles[0] == titles[1]


def test_no_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        memory("a", [])


def test_cpp_is_colored_and_its_text_is_kept() -> None:
    text = '#include <new>\nint a = 1; // "no" <string>\nauto s = "x";'
    root = ElementTree.fromstring(cpp(text, highlight=[2]).html)
    lines = ["".join(node.itertext()) for node in by_class(cpp(text).html, "line")]
    assert lines == text.split("\n")
    spans = [(node.get("class"), "".join(node.itertext())) for node in root.iter("span")]
    assert ("c", '// "no" <string>') in spans and ("s", '"x"') in spans and ("n", "1") in spans


def test_a_figure_that_is_still_arriving_is_left_for_its_own_script() -> None:
    """The last element of a figure is what its script waits for: all steps come before it."""
    html = memory("a", [Moment(1, "", [OWNER]), Moment(1, "", [BLOCK])]).html
    arrives = html.index('class="now-at"')
    assert html.rindex('class="step') < arrives < html.index("<script>")
    assert html.index("if (!said) return") < html.index('classList.add("on")')
