"""check.verifies and its kin: in a plain notebook, and apart from the judge."""

from __future__ import annotations

import contextlib
import ctypes
import random
import signal
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch_mlir.ir", reason="modules are MLIR's")

from autograder import check
from autograder.check import arrays, session
from autograder.check.mlir import apart, job
from autograder.judge import workers
from autograder.judge.session import JudgeSession

CHAPTER = SimpleNamespace(preload=(), exercises=())
DOUBLE = """
#map = affine_map<(d0) -> (d0)>
func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%x : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = arith.addf %in, %in : f32
    linalg.yield %1 : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
"""


@pytest.fixture(params=["plain", "judged"])
def anywhere(request: pytest.FixtureRequest) -> Iterator[None]:
    """In a plain notebook, or in the session of a judge."""
    if request.param == "plain":
        yield
    else:
        with in_a_session():
            yield


@contextlib.contextmanager
def in_a_session() -> Iterator[None]:
    with workers.ForkServer(frozenset()) as server:
        with session.use(JudgeSession(server, CHAPTER, [], frozenset())):  # type: ignore[arg-type]
            yield


@pytest.fixture(scope="module")
def server() -> Iterator[workers.ForkServer]:
    with workers.ForkServer(frozenset()) as server:
        yield server


@pytest.fixture
def judged(server: workers.ForkServer) -> Iterator[None]:
    """In the session of a judge: a fork takes less time than a new process."""
    with session.use(JudgeSession(server, CHAPTER, [], frozenset())):  # type: ignore[arg-type]
        yield


def doubled(rng: random.Random) -> tuple[tuple, list]:
    draw = np.random.default_rng(rng.getrandbits(32))
    arrays = [draw.standard_normal(rng.randrange(9)).astype("f4") for _ in range(2)]
    return (), [((array,), array + array) for array in arrays]


# ---- what is right ------------------------------------------------------------------------------


def test_a_right_module(anywhere: None) -> None:
    """The arguments stay what they were, although `outs` is one of them."""
    check.lowers(lambda: DOUBLE, on=doubled, examples=3)
    check.verifies(DOUBLE, only="func arith linalg", at_most={"linalg.generic": 1})


def test_what_is_counted(judged: None) -> None:
    assert check.operations(DOUBLE)["linalg.generic"] == 1
    assert check.operations(DOUBLE, passes="func.func(convert-linalg-to-loops)")["scf.for"] == 0
    memory = check.bufferized(DOUBLE)
    assert (memory["memref.alloc"], memory["memref.copy"]) == (0, 0)
    kept = DOUBLE.replace("%x: tensor<?xf32>", "%x: tensor<?xf32> {bufferization.writable = false}")
    memory = check.bufferized(kept)
    assert memory["memref.alloc"] == 1


def test_several_results_numbers_and_every_type(judged: None) -> None:
    text = """func.func @f(%a: tensor<2x0xi8>, %b: f64, %c: i1, %d: tensor<f16>)
        -> (tensor<2x0xi8>, f64, i1, tensor<f16>) {
      %0 = arith.addf %b, %b : f64
      return %a, %0, %c, %d : tensor<2x0xi8>, f64, i1, tensor<f16>
    }"""
    given = (np.zeros((2, 0), "i1"), 0.5, True, np.array(2.5, "f2"))

    def on(rng: random.Random) -> tuple[tuple, list]:
        return (), [(given, (given[0], 1.0, True, given[3]))]

    def same(actual: Any, expected: Any) -> None:
        check.true(bool(np.all(actual == expected)), f"{actual}")
        check.equal(type(actual), type(expected))

    check.lowers(lambda: text, on=on, same=same)


def test_a_module_of_mlirs_own() -> None:
    from torch_mlir import ir

    with ir.Context():
        module = ir.Module.parse(DOUBLE)
        check.verifies(module)
        check.lowers(lambda: module, on=doubled)


def test_an_array_comes_back_as_it_was() -> None:
    for value in (np.arange(6, dtype="f2").reshape(2, 3), np.zeros((0, 2), bool), 3, True, 0.1):
        back = arrays.unpacked(arrays.packed(value))
        assert np.array_equal(back, value) and type(back) is type(value)
        assert getattr(back, "dtype", None) == getattr(value, "dtype", None)
    for forged in (None, "f4", ["object", [1], ""], ["int8", [1 << 40], ""], ["int8", [2], "AA"],
                   ["int8", [-1], ""], {"float": "x"}, [1, 2]):  # fmt: skip
        with pytest.raises(ValueError):
            arrays.unpacked(forged)


# ---- what is wrong ------------------------------------------------------------------------------

WRONG = {
    "3 of 3 numbers differ|numbers differ": DOUBLE.replace("addf", "mulf"),
    "MLIR refuses the module: custom op 'arith.addg' is unknown": DOUBLE.replace("addf", "addg"),
    "MLIR refuses the module: .*indexing_map #0": DOUBLE.replace('["par', '["parallel", "par'),
    "the module has no function @f": DOUBLE.replace("@f(", "@g("),
    "calls @sgemm, which it only declares": DOUBLE + "func.func private @sgemm(tensor<?xf32>)",
    "llvm.func is not of affine": "llvm.func @f(%x: i64) { llvm.return }",
    "@f takes 2 arguments, and the test has 1": DOUBLE.replace("%x: t", "%y: i1, %x: t", 1),
    "@f does not take what the test has": DOUBLE.replace("?xf32", "?xf64").replace("f32", "f64"),
    "the function gives 0 results, and not 1": "func.func @f(%x: tensor<?xf32>) { return }",
}  # fmt: skip


@pytest.mark.parametrize("says", WRONG)
def test_a_wrong_module(says: str, judged: None) -> None:
    def on(rng: random.Random) -> tuple[tuple, list]:
        array = np.array([1, 3, 5], "f4")
        return (), [((array,), array + array)]

    with pytest.raises(check.CheckFailed, match=says) as caught:
        check.lowers(lambda: WRONG[says], on=on, because="It is so.")
    labels = [label for label, _ in caught.value.details]
    assert "module" in labels and "why" in labels


def test_an_error_is_told_with_its_line(judged: None) -> None:
    with pytest.raises(check.CheckFailed) as caught:
        check.verifies(DOUBLE.replace("arith.addf %in, %in", "arith.addf %in, %on"))
    assert caught.value.message == "MLIR refuses the module: use of undeclared SSA value name"
    (line,) = [text for label, text in caught.value.details if label == "line 7"]
    assert line == "\n    %1 = arith.addf %in, %on : f32\n                         ^"


def test_what_a_module_holds(judged: None) -> None:
    for options, says in [
        ({"without": ("linalg",)}, "1 linalg.(generic|yield) left: nothing of linalg may be"),
        ({"only": "func linalg"}, "arith.addf is not of func, linalg"),
        ({"at_most": {"arith.addf": 0}}, "1 arith.addf, 0 are enough"),
    ]:
        with pytest.raises(check.CheckFailed, match=says):
            check.verifies(DOUBLE, **options)
    with pytest.raises(check.CheckFailed, match="expected a module of MLIR, or its text, got None"):
        check.verifies(None)
    typed = 'func.func private @g() attributes {x = !mat.dense<2>, y = "!mat.quoted"}'
    with pytest.raises(check.CheckFailed, match="MLIR refuses the module: .*mat"):
        check.verifies(typed)


TOY = "tests.autograder.check.mlir.toy:dialect"


def test_a_dialect_of_pythons() -> None:
    text = 'func.func @f(%x: i32) -> i32 {\n  %0 = "toy.twice"(%x) : (i32) -> i32\n'
    text += "  return %0 : i32\n}"
    check.verifies(text, dialect=TOY)
    with pytest.raises(check.CheckFailed, match="1 toy.twice left: nothing of toy may be"):
        check.verifies(text, dialect=TOY, without=("toy",))


def test_a_dialect_that_nobody_has(judged: None) -> None:
    text = 'func.func @f() {\n  "toy.nothing"() : () -> ()\n  return\n}'
    with pytest.raises(check.CheckFailed, match="MLIR refuses the module: .*unregistered"):
        check.verifies(text)
    assert check.operations(text, unregistered=True)["toy.nothing"] == 1


# ---- MLIR crashes, or never ends ----------------------------------------------------------------

FOREVER = """func.func @f(%x: tensor<?xf32>) -> index {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %0 = tensor.extract %x[%zero] : tensor<?xf32>
  %n = scf.while (%i = %zero) : (index) -> index {
    %more = arith.cmpf oeq, %0, %0 : f32
    scf.condition(%more) %i : index
  } do {
  ^bb0(%i: index):
    %next = arith.addi %i, %one : index
    scf.yield %next : index
  }
  return %n : index
}"""
OUTSIDE = """func.func @f(%x: tensor<?xf32>) -> f32 {
  %far = arith.constant 1000000000000 : index
  %0 = tensor.extract %x[%far] : tensor<?xf32>
  return %0 : f32
}"""


def fails_at_once(text: str) -> str:
    """What the check says, in one line; the next one is served."""
    with pytest.raises(check.CheckFailed) as caught:
        check.lowers(lambda: text, on=lambda rng: ((), [((np.ones(3, "f4"),), 1.0)]))
    assert dict(caught.value.details)["module"] == text
    check.verifies(DOUBLE)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_code_that_crashes(anywhere: None) -> None:
    said = fails_at_once(OUTSIDE)
    assert said.startswith("MLIR did not survive running it: the process ended early (")
    assert "SIGSEGV" in said or "signal 11" in said


def test_code_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SECONDS", 8.0)  # a slow machine imports MLIR first
    assert "MLIR did not survive running it: " in fails_at_once(FOREVER)


PLANTED: dict[str, Callable[[], Any]] = {
    "the process ended early (signal 11)": lambda: ctypes.string_at(0),
    "was still running after 2 s": lambda: signal.pause(),
}


@pytest.mark.parametrize("says", PLANTED)
def test_a_pass_that_crashes_or_never_ends(says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is planted in the process that the fork server forks, and costs this check alone."""
    real = job.counted

    def counted(module: Any) -> Any:
        if "planted" in str(module):
            PLANTED[says]()
        return real(module)

    monkeypatch.setattr(job, "counted", counted)
    monkeypatch.setattr(apart, "SECONDS", 2.0)
    with in_a_session():
        with pytest.raises(check.CheckFailed) as caught:
            check.operations("func.func @planted() { return }")
        check.verifies(DOUBLE)
    assert caught.value.message.startswith("MLIR did not survive reading and verifying it: ")
    assert says in caught.value.message


def test_without_mlir_it_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    from tern.targets.mlir import package

    monkeypatch.setattr(package, "find_spec", lambda name: None)
    with pytest.raises(check.CouldNotMeasure, match="not judged here: MLIR needs the package"):
        check.verifies(DOUBLE)
