"""Figures of hardware: well-formed, told in words, and true to what they are given."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from tern.cost import Roofline, systolic_frames
from tern.draw.roofline import roofline
from tern.draw.systolic import systolic
from tern.draw.warp import warps


def test_a_roofline_is_told_in_words() -> None:
    found = roofline({"core": Roofline(1e11, 1e10)}, {"sum": (0.25, 2e9), "product": (64, 9e10)})
    ElementTree.fromstring(found.html)
    assert "core: 100 GFLOP/s from 10 FLOP per byte on" in found.text
    assert "sum: 0.25 FLOP per byte, 2 GFLOP/s" in found.text
    with pytest.raises(ValueError, match="at least one machine"):
        roofline({}, {})


def test_an_array_is_shown_cycle_by_cycle() -> None:
    A, W = np.array([[1, 2], [3, 4]]), np.array([[10, 0], [1, 5]])
    sums, busy = systolic_frames(A, W, 2, 2)
    found = systolic(A, W, sums, busy)
    html = found.html[: found.html.index("<script>")] + "</div>"
    assert html.count("<section") == 4
    assert "3 of 4 cells work (75%)" in html and "↓ 34" in html and "3 →" in html
    assert found.text.startswith("cycle 0\n   10     0\n    0     0")


def test_a_warp_says_what_it_touches() -> None:
    found = warps({"in order": range(0, 128, 4), "far apart": range(0, 1024, 32)}, 32)
    ElementTree.fromstring(found.html)
    assert found.text == (
        "in order: 4 sectors, 100% of their bytes used\n"
        "far apart: 32 sectors, 12% of their bytes used"
    )
    with pytest.raises(ValueError, match="beyond 2 sectors"):
        warps({"too far": [0, 61]}, 2)
    with pytest.raises(ValueError, match="at least one pattern"):
        warps({}, 2)
