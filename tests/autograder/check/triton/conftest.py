"""A judge's session for the checks of Triton kernels."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.check import session
from autograder.judge import workers
from autograder.judge.session import JudgeSession

CELL = "from __future__ import annotations\nimport torch, triton\nimport triton.language as tl\n"


@pytest.fixture
def judged() -> Iterator[Callable]:
    """Stands a function in for one that these cells define, as the judge does."""
    with workers.ForkServer(frozenset()) as server, contextlib.ExitStack() as lent:

        def stand_in(name: str, source: str) -> Any:
            cells = [{"id": "set-up", "source": CELL}, {"id": "ch19-answer", "source": source}]
            chapter = SimpleNamespace(preload=(), exercises=())
            lent.enter_context(session.use(JudgeSession(server, chapter, cells, frozenset())))
            return SimpleNamespace(__name__=name)

        yield stand_in
