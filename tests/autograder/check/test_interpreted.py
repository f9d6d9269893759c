"""check.interpreted: what IR computes, which may go on for ever."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from autograder import check
from autograder.check import interpreter, session
from autograder.judge import workers
from autograder.judge.session import JudgeSession
from autograder.worker import codecs
from tern.ir import parse
from tern.ir.errors import OutOfSteps

codecs.register_tern()
CHAPTER = SimpleNamespace(preload=(), exercises=())
DOUBLE = """func.func @f(%x: tensor<3xf32>, %n: i32) -> (tensor<3xf32>, i32) {
  %0 = arith.addf %x, %x : tensor<3xf32>
  return %0, %n : tensor<3xf32>, i32
}"""
FOREVER = """func.func @f() {
  cf.br ^loop
^loop:
  cf.br ^loop
}"""
LARGE = """func.func @f() -> tensor<70000x70000xf32> {
  %0 = arith.constant dense<1.0> : tensor<70000x70000xf32>
  return %0 : tensor<70000x70000xf32>
}"""


@pytest.fixture(scope="module")
def judged() -> Iterator[JudgeSession]:
    with workers.ForkServer(frozenset()) as server:
        one = JudgeSession(server, CHAPTER, [], frozenset())  # type: ignore[arg-type]
        with session.use(one):
            yield one
        one.close()


def doubles() -> None:
    found, number = check.interpreted(parse(DOUBLE), "f", np.arange(3, dtype="f4"), 7)
    assert found.tolist() == [0, 2, 4] and number == 7


def test_in_a_plain_notebook() -> None:
    doubles()
    with pytest.raises(OutOfSteps):
        check.interpreted(parse(FOREVER), "f")


def test_in_one_worker(judged: JudgeSession) -> None:
    doubles()
    worker = judged.interprets
    doubles()
    assert worker is not None and judged.interprets is worker and worker.alive


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (FOREVER, "it cannot be run: .*the function takes too many steps"),
        (LARGE, "it cannot be run: .*allocate"),
        (DOUBLE, "it cannot be run: .*@f takes 2 arguments, not 0"),
        (DOUBLE.replace("@f", "@g"), "it cannot be run: "),
    ],
)
def test_what_gives_nothing(text: str, says: str, judged: JudgeSession) -> None:
    with pytest.raises(check.CheckFailed, match=says):
        check.interpreted(parse(text), "f")


def test_what_takes_its_time(judged: JudgeSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is ended, and the next one is another one."""
    monkeypatch.setattr(interpreter, "SECONDS", 0.2)
    lines = ["%0 = arith.constant dense<1.0> : tensor<900x900xf32>"]
    matmul = "linalg.matmul ins(%0, %0 : T, T) outs(%0 : T) -> T".replace(
        "T", "tensor<900x900xf32>"
    )
    lines += [f"%{n} = {matmul}" for n in range(1, 900)]
    text = "func.func @f() {\n" + "\n".join(lines) + "\nreturn\n}"
    with pytest.raises(check.CheckFailed, match="it was still running after 0.2 s"):
        check.interpreted(parse(text), "f")
    monkeypatch.undo()
    doubles()
