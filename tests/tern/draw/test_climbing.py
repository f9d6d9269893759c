"""The figure that steps through precedence climbing shows what tern's parser does."""

import sys
from xml.etree import ElementTree

import pytest

from tern.draw.climbing import climbing, syntax_tree, watch
from tern.text import Cursor, Diagnostic, Source, parse_expression


def test_it_shows_every_decision() -> None:
    states, tokens = watch("a - b * c - d")
    assert [state.position for state in states] == sorted(state.position for state in states)
    decisions = [s.note for s in states if s.note.startswith("`")]
    assert decisions == [
        "`-` binds with 5: that is at least 1, so take it.",
        "`*` binds with 6: that is at least 6, so take it.",
        "`-` binds with 5, less than 7: return.",
        "`-` binds with 5, less than 6: return.",
        "`-` binds with 5: that is at least 1, so take it.",
    ]
    deepest = max(states, key=lambda state: len(state.calls))
    assert deepest.calls == [(1, "a", "-  ..."), (6, "b", "*  ..."), (7, "", "")]
    assert states[-1].note == "Done: ((a - (b * c)) - d)."
    assert tokens[-1].kind == "end"


def test_it_is_well_formed_and_reads_without_scripts() -> None:
    figure = climbing("a < b and not (c == -d)")
    root = ElementTree.fromstring(figure.html)
    steps = [node for node in root.iter("section") if "step" in node.get("class", "").split()]
    assert len(steps) == len(watch("a < b and not (c == -d)")[0])
    assert all(step.get("data-title") and step.find(".//pre") is not None for step in steps)
    lines = {len(step.findall(".//pre/span")) for step in steps}
    assert len(lines) == 1  # one height for all steps
    assert "-- 1: Read an operand" in repr(figure)


def test_tracing_ends_even_by_an_error() -> None:
    before = sys.gettrace()
    with pytest.raises(Diagnostic):
        climbing("a + * b")
    assert sys.gettrace() is before


def test_a_syntax_tree_has_a_node_for_each_operator_and_operand() -> None:
    picture = syntax_tree(parse_expression(Cursor(Source("a - b * f(c, 1) - -d"))))
    labels = [node.text for node in ElementTree.fromstring(picture.html).iter() if node.text]
    for label in ("a", "b", "f(c, 1)", "d", "*"):
        assert label in labels
    assert labels.count("-") == 3
