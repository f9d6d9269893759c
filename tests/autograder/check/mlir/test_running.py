"""check.counted_modules and check.modules_run: what is counted or timed has to be right as well."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch_mlir.ir", reason="modules are MLIR's")

from autograder import check
from autograder.check import session
from autograder.check.mlir.running import Found
from tern.workshop import mlir  # noqa: F401  (before the fork server is forked, as for a chapter)
from tests.autograder.check.mlir.test_modules import DOUBLE, in_a_session
from tests.autograder.check.test_counted_costs import Recording


@pytest.fixture(scope="module", autouse=True)
def judged() -> Iterator[None]:
    with in_a_session():
        yield


GENERIC = """"builtin.module"() ({
  "func.func"() <{function_type = (tensor<?xf32>) -> tensor<?xf32>, sym_name = "f"}> ({
  ^bb0(%x: tensor<?xf32>):
    %0 = "linalg\\2Egeneric"(%x, %x) <{
      indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = [#linalg.iterator_type<parallel>],
      operandSegmentSizes = array<i32: 1, 1>}> ({
    ^bb0(%in: f32, %out: f32):
      %1 = "arith\\2Eaddf"(%in, %in) : (f32, f32) -> f32
      "linalg.yield"(%1) : (f32) -> ()
    }) : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    "func.return"(%0) : (tensor<?xf32>) -> ()
  }) : () -> ()
}) : () -> ()
"""
WHOLE = """func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = arith.addf %x, %x : tensor<?xf32>
  return %0 : tensor<?xf32>
}"""
EMPTY = "module { // linalg.generic\n}"
WRONG = DOUBLE.replace("arith.addf", "arith.mulf")


def doubled(seed: int) -> list:
    x = np.random.default_rng(seed).standard_normal(5).astype("f4")
    return [((x,), x + x)]


def seen(*texts: str) -> list[Found]:
    made = [((seed,), DOUBLE, text) for seed, text in enumerate(texts)]
    found = check.counted_modules(doubled, some=24)(made)
    assert [arguments for arguments, _, _ in found] == [arguments for arguments, _, _ in made]
    assert all(book == found[0][1] for _, book, _ in found)
    return [one for _, _, one in found]


def test_mlir_counts() -> None:
    """A name may be spelled with escapes, and a comment is none."""
    one, spelled, whole = seen(DOUBLE + "// linalg.generic", GENERIC, WHOLE)
    assert one == spelled
    assert one.operations["linalg.generic"] == one.operations["arith.addf"] == 1
    assert one.on_tensors == {"linalg.generic": 1}
    assert whole.on_tensors == {"arith.addf": 1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (EMPTY, "the module cannot be run: the module has no function @f"),
        (WRONG, "numbers differ"),
        (DOUBLE + "}", "MLIR refuses the module"),
        ("func.func private @g()" + DOUBLE, "the module calls @g, which it only declares"),
    ],
)
def test_what_is_counted_is_right(text: str, says: str) -> None:
    with pytest.raises(check.CheckFailed, match=says):
        seen(DOUBLE, text)


def test_some_of_many_run() -> None:
    made = [((seed,), DOUBLE, WRONG if seed else DOUBLE) for seed in range(8)]
    with pytest.raises(check.CheckFailed, match="numbers differ"):
        check.counted_modules(doubled, some=2)(made)  # one of the wrong ones at least
    asked = []

    def calls(seed: int) -> list:
        asked.append(seed)
        return doubled(seed)

    check.counted_modules(calls, some=2)([((seed,), DOUBLE, DOUBLE) for seed in range(8)])
    assert len(set(asked)) == len(asked) == 2


def test_costs_go_through_it() -> None:
    numbers = iter(range(100))
    recording = Recording()
    recording.processes = session.current().processes  # type: ignore[assignment]
    with session.use(recording):  # type: ignore[arg-type]
        check.costs(
            lambda seed: GENERIC,
            with_=lambda seed: DOUBLE,
            within=1.2,
            on=lambda rng: (next(numbers),),
            through=check.counted_modules(doubled, some=1),
            cost=lambda seed, found: found.operations["linalg.generic"],
            what="linalg.generic",
            inputs=5,
        )
    assert recording.measured[0].verdict == "passed"


class Timers:
    """A session that measures no speed: one call of each function is compared."""

    measures_speed = False

    def __init__(self) -> None:
        self.processes = session.current().processes
        self.timer = session.LocalSession().timer


@pytest.mark.parametrize(
    ("text", "says"), [(GENERIC, ""), (WRONG, "numbers differ"), (EMPTY, "has no function @f")]
)
def test_what_is_timed_runs_afterwards(text: str, says: str) -> None:
    def timed(function: Callable[[int], str]) -> None:
        same: Any = check.modules_run(doubled, some=8)
        with session.use(Timers()):  # type: ignore[arg-type]
            draw: Callable[[random.Random], tuple] = lambda rng: (rng.randrange(99),)  # noqa: E731
            check.keeps_up(function, with_=lambda seed: DOUBLE, within=9, on=draw, same=same)
        assert same.made == []

    if not says:
        timed(lambda seed: text)
        return
    with pytest.raises(check.CheckFailed, match=says):
        timed(lambda seed: text)


def test_several_modules_in_one_process() -> None:
    names = [each["arith.addf"] for each in check.all_operations([DOUBLE, EMPTY, WHOLE])]
    assert names == [1, 0, 1]
