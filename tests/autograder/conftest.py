"""What the tests of the autograder share."""

import functools
import sys

import pytest

from autograder import check
from autograder.judge.workers import ForkServer
from tests.autograder import small_parent


@pytest.fixture(autouse=True)
def same_inputs_in_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdicts on the inputs of other seeds are what `autograder verify --seed` is for."""
    monkeypatch.setenv("AUTOGRADER_SEED", "1")


@pytest.fixture
def few_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Properties are tried on five inputs: where the verdict is not about a subtle mistake."""
    forall = check.forall

    @functools.wraps(forall)
    def short(strategy, holds, examples=100, because=""):
        return forall(strategy, holds, min(examples, 5), because)

    monkeypatch.setattr(check, "forall", short)


@pytest.fixture
def small_forks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork servers are forked off a small process, which has imported what chapter 05 needs."""
    if sys.platform == "linux" and request.node.get_closest_marker("own_fork") is None:
        monkeypatch.setattr(ForkServer, "_fork", small_parent.fork)
