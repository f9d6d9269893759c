"""The figure of a pipeline: a mark for each run, and the counts as text."""

from __future__ import annotations

import re

import pytest

from tern.draw.passes import passes

ROWS = [("[module]", 0), ("f", 2), ("loops in f", 3)]


def test_there_is_a_mark_for_each_run_in_its_row() -> None:
    svg = passes(ROWS, [0, 1, 2, 2, 1, 0])._repr_html_()
    marks = re.findall(r'<rect style="--hue: [^"]+" x="([\d.]+)" y="([\d.]+)"', svg)
    assert len(marks) == 6
    assert [float(x) for x, _ in marks] == sorted(float(x) for x, _ in marks)
    heights = [float(y) for _, y in marks]
    assert heights[0] == heights[5] < heights[1] == heights[4] < heights[2] == heights[3]


def test_its_text_says_how_often_each_was_run() -> None:
    told = repr(passes(ROWS, [0, 1, 2, 2]))
    assert told == "4 runs of passes; [module]: 1, f: 1, loops in f: 2"


def test_names_are_text_not_markup() -> None:
    assert "<b>" not in passes([("<b>", 0)], [0])._repr_html_()


def test_a_pipeline_without_a_run_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pass"):
        passes(ROWS, [])
