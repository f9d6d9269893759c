"""The emulated Colab: made once for a run of the tests that ask for it with `-m colab`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.colab import machine


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `colab` unless the marker is named.

    It downloads 150 MB, and 400 for Triton.
    """
    if "colab" in (config.option.markexpr or ""):
        return
    left_out = [item for item in items if item.get_closest_marker("colab")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return machine.repository(tmp_path_factory.mktemp("repository") / "book")


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> machine.Machine:
    """A machine as Colab lends it, without the book."""
    return machine.Machine(tmp_path_factory.mktemp("colab"))


@pytest.fixture(scope="session")
def with_triton(tmp_path_factory: pytest.TempPathFactory) -> machine.Machine:
    """The same with a real torch and Colab's Triton."""
    return machine.Machine(tmp_path_factory.mktemp("colab-triton"), real_torch=True)
