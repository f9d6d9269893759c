"""What all tests share: nothing is measured or remembered from one run of the tests to the next."""

import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "slow: takes more than a minute; leave out with -m 'not slow'"
    )


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader's environment variables change verdicts: none may leak into a test."""
    for name in list(os.environ):
        if name.startswith("AUTOGRADER_"):
            monkeypatch.delenv(name)
