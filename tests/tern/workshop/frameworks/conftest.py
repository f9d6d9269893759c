"""Seeds that no run before has seen."""

from __future__ import annotations

import random

import pytest


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """A new seed, told where the test fails. Its parameter counts the test's runs:
    `@pytest.mark.parametrize("seed", range(10), indirect=True)`."""
    drawn = random.getrandbits(32)
    print(f"seed {drawn}")
    return drawn
