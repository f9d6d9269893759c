"""What all tests share: nothing is measured or remembered from one run of the tests to the next."""

import os

import hypothesis
import pytest

hypothesis.settings.register_profile("no clock", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("no clock")

pytest_plugins = ["tests.turns"]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader's environment variables change verdicts: none may leak into a test."""
    for name in list(os.environ):
        if name.startswith("AUTOGRADER_"):
            monkeypatch.delenv(name)
