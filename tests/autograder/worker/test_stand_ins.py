"""What is printed of warnings where cells are judged: the cells' own, and not the libraries'."""

from __future__ import annotations

import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytest

import tern
from autograder.worker import stand_ins
from tests import cases
from tests.autograder.workbooks import DOMINATORS, autograder, graded, workbook


@pytest.mark.parametrize(
    ("file", "category", "is_shown"),
    [
        ("<ch05-dominators>", UserWarning, True),
        ("/tmp/scratch/helper.py", DeprecationWarning, True),
        (np.__file__, UserWarning, False),
        (tern.__file__, UserWarning, False),
        (textwrap.__file__, DeprecationWarning, False),
        (np.__file__, RuntimeWarning, True),  # a mean of nothing
    ],
)
def test_a_warning_is_whose_line_it_names(
    file: str, category: type[Warning], is_shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[object] = []
    monkeypatch.setattr(warnings, "showwarning", lambda *given: shown.append(given[0]))
    stand_ins._no_warnings_of_libraries()
    warnings.showwarning("careful", category, file, 3)
    assert shown == ["careful"] * is_shown


def test_only_warnings_of_the_cells_are_what_the_code_printed(
    tmp_path: Path, few_examples: None, small_forks: None
) -> None:
    source = textwrap.dedent("""
        import json
        import warnings

        def immediate_dominators(successors):
            warnings.warn("mine")
            warnings.warn_explicit("not mine", UserWarning, json.__file__, 326)
            return []
    """)
    found = graded(tmp_path, workbook({DOMINATORS: source}), DOMINATORS)[DOMINATORS]
    assert "UserWarning: mine" in found.printed
    assert "not mine" not in found.printed


SHARES = """
# ---- ch14-reduce ----
@njit(parallel=True)
def parallel_sum(x, threads):
    total = np.float32(0)
    for i in prange(x.size):
        total += x[i]
    return total
"""


def test_a_parallel_loop_may_not_lock_here_and_nobody_is_told(tmp_path: Path) -> None:
    """Numba warns at the first of them, since a worker has no place for semaphores."""
    pytest.importorskip("numba")
    case = tmp_path / "shares-chapter14.py"
    case.write_text(SHARES)
    path = cases.write_workbook(tmp_path, case)
    done = autograder("check", path, "reduce", "--no-speed", cwd=tmp_path, seconds=300)
    assert "reduce  0/10 points" in done.stdout, done.stderr[-2000:]
    assert "your code printed" not in done.stdout, done.stdout
