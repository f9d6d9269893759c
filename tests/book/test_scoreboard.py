"""The scoreboard: what it gathers of runs, what it draws, and that tern's own entry is right."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from importlib.util import find_spec

import numpy as np
import pytest

from book.scoreboard.__main__ import gathered, table
from book.scoreboard.contestants import BASELINE, CONTESTANTS, tern_run
from book.scoreboard.measure import TOLERANCE
from book.scoreboard.workloads import WORKLOADS
from tern.draw.board import figure
from tern.workshop.recorded import recorded


def run(ratio: float) -> dict:
    row = {"ratio": ratio, "ms": 2.0 / ratio, "compile_s": 0.5, "error": 1e-6, "cpu_over_wall": 0.9}
    rows = {name: dict(row) for name in CONTESTANTS}
    rows["TVM"] = {"missing": "the package apache-tvm is not there"}
    return {
        "board": {work.name: rows for work in WORKLOADS},
        "bound": {"flops": 1e11, "bytes": 1e10},
    }


def test_runs_are_gathered_to_a_median_and_a_range() -> None:
    found = gathered([run(1.0), run(3.0), run(2.0)])
    row = found["workloads"]["mlp"]["rows"]["tern"]
    assert (row["ratio"], row["least"], row["most"]) == (2.0, 1.0, 3.0)
    assert found["workloads"]["mlp"]["bound"] > 0
    assert "TVM not here: the package apache-tvm is not there" in table(found)


@pytest.mark.parametrize("found", [gathered([run(2.0)]), recorded("scoreboard")], ids=["", "own"])
def test_the_figure_has_a_bar_for_everyone(found) -> None:
    root = ElementTree.fromstring(figure(found).html)
    bars = [each for each in root.iter() if each.get("class") == "bar-mark"]
    rows = [row for work in found["workloads"].values() for row in work["rows"].values()]
    assert len(bars) == sum("ratio" in row for row in rows)
    assert found["baseline"] == BASELINE


@pytest.mark.skipif(find_spec("llvmlite") is None, reason="needs the package llvmlite")
@pytest.mark.parametrize("work", WORKLOADS, ids=lambda work: work.name)
def test_terns_own_entry_is_right(work) -> None:
    given = work.arguments(3)
    exact = work.reference(*[each.astype("f8") for each in given])
    assert exact.shape == work.result
    found = tern_run(work, given)()
    assert np.abs(found - exact).max() <= TOLERANCE * np.abs(exact).max()
