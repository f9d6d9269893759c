"""Counts that come from a process in which a reader's code has run."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("triton")

from autograder.check.triton.plain import from_plain, to_plain
from tern.gpu.meter import measure
from tern.gpu.traffic import Traffic
from tests.tern.gpu import kernels


def test_counts_survive_as_plain_data() -> None:
    found = measure(kernels.online, torch.randn(9, 300))
    assert from_plain(json.loads(json.dumps(to_plain(found)))) == found


@pytest.mark.parametrize(
    "change",
    [
        {"minimum": -1},
        {"minimum": True},
        {"launches": 3},
        {"launches": [{}]},
        {"faults": [{"kind": 3}]},
        {"unchecked": None},
    ],
)
def test_plain_data_that_is_none(change: dict) -> None:
    good = to_plain(Traffic((), (), 0))
    assert from_plain(good) == Traffic((), (), 0)
    with pytest.raises(ValueError, match="no counts"):
        from_plain({**good, **change})
    with pytest.raises(ValueError, match="no counts"):
        from_plain(None)
