"""check.pipeline and check.pipeline_speed: in a plain notebook, and in trusted workers."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch_mlir.execution_engine", reason="pipelines are MLIR's")

from autograder import check
from autograder.check.mlir import bench, replay
from tests.autograder.check.mlir.test_modules import in_a_session, judged, server

__all__ = ["judged", "server"]  # fixtures

N = 48
T, M = f"tensor<{N}x{N}xf32>", f"memref<{N}x{N}xf32>"
PROGRAM = f"""
func.func @matmul(%A: {M}, %B: {M}, %C: {M}) {{
  %a = bufferization.to_tensor %A restrict : {M} to {T}
  %b = bufferization.to_tensor %B restrict : {M} to {T}
  %c = bufferization.to_tensor %C restrict writable : {M} to {T}
  %zero = arith.constant 0.0 : f32
  %0 = linalg.fill ins(%zero : f32) outs(%c : {T}) -> {T}
  %1 = linalg.matmul ins(%a, %b : {T}, {T}) outs(%0 : {T}) -> {T}
  bufferization.materialize_in_destination %1 in restrict writable %C : ({T}, {M}) -> ()
  return
}}
"""
TILED = """one-shot-bufferize, func.func(convert-linalg-to-affine-loops),
    func.func(affine-loop-tile{tile-size=16})"""
SCRIPT = """
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %0 = transform.structured.match ops{["linalg.matmul"]} in %m
        : (!transform.any_op) -> !transform.any_op
    %1, %l:3 = transform.structured.tile_using_for %0 tile_sizes [16, 16, 16]
        : (!transform.any_op)
        -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
"""


def matrices(rng: random.Random) -> tuple:
    draw = np.random.default_rng(rng.getrandbits(32)).standard_normal
    return (*[draw((N, N)).astype("f4") for _ in range(2)], np.empty((N, N), "f4"))


def asked(passes: Any, script: str = "") -> Any:
    def fast_matmul() -> Any:
        return (passes, script) if script else passes

    return fast_matmul


def judge(passes: Any, script: str = "") -> None:
    check.pipeline(asked(passes, script), of=PROGRAM, name="matmul", on=matrices, because="So.")


def test_right_pipelines() -> None:
    judge(f"transform-interpreter, {replay.LOOPS}", SCRIPT)
    with in_a_session():
        judge(TILED)
        judge(f"transform-interpreter, {replay.LOOPS}", SCRIPT)
    counts = replay.operations(PROGRAM, f"transform-interpreter, {replay.LOOPS}", SCRIPT)
    assert counts["scf.for"] == 8 and not any(name.startswith("transform") for name in counts)


PAYLOAD = """
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    transform.yield
  }
  func.func private @sgemm()
}
"""
WRONG = {
    "MLIR knows no such passes: 'make-it-fast'": ("make-it-fast", ""),
    "gives passes as a text, or a pair of passes and a script, not None": (None, ""),
    "after the passes linalg.fill is left": ("one-shot-bufferize", ""),
    "a script is of the transform dialect, and not func.func": ("canonicalize", PAYLOAD),
    "MLIR refuses the pipeline: .*expected": ("canonicalize", "transform.named_sequence"),
    "MLIR refuses the pipeline: .*named sequence": ("transform-interpreter", ""),
}


@pytest.mark.parametrize("says", WRONG)
def test_wrong_pipelines(says: str, judged: None) -> None:
    with pytest.raises(check.CheckFailed, match=says) as caught:
        judge(*WRONG[says])
    assert "\n" not in caught.value.message


def test_other_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass that drops the zeros, say."""
    program = PROGRAM.replace("outs(%0 :", "outs(%c :")
    real = replay.lowered

    def lowered(text: str, name: str, passes: str, script: str = "") -> str:
        return real(text if passes == replay.LOOPS else program, name, passes, script)

    assert program != PROGRAM
    monkeypatch.setattr(replay, "lowered", lowered)
    with in_a_session(), pytest.raises(check.CheckFailed, match="numbers differ"):
        judge(TILED)


DEEP = """
func.func @matmul(%A: memref<2xf32>, %B: memref<2xf32>, %C: memref<2xf32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %many = arith.constant 100000 : index
  scf.for %i = %zero to %many step %one {
    %0 = memref.alloca() : memref<100000xf32>
    %1 = memref.load %A[%zero] : memref<2xf32>
    memref.store %1, %0[%i] : memref<100000xf32>
    %at = arith.fptosi %1 : f32 to i64
    %j = arith.index_cast %at : i64 to index
    %2 = memref.load %0[%j] : memref<100000xf32>
    memref.store %2, %C[%zero] : memref<2xf32>
  }
  return
}
"""


@pytest.mark.parametrize("where", ["plain", "judged"])
def test_code_that_crashes_costs_the_check_alone(where: str) -> None:
    """As passes may make it: an alloca in a loop, until there is no stack."""
    with in_a_session() if where == "judged" else contextlib.nullcontext():
        with bench.Bench(DEEP, "matmul") as one, pytest.raises(replay.PipelineError) as caught:
            one.result("", "", [np.zeros(2, "f4") for _ in range(3)])
        judge(TILED)
    assert str(caught.value).startswith("the code that the passes make crashes: ")
    assert "SIGSEGV" in str(caught.value)


def test_passes_that_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    forever = """func.func @matmul(%A: memref<2xf32>, %B: memref<2xf32>, %C: memref<2xf32>) {
      %zero = arith.constant 0 : index
      scf.while : () -> () {
        %0 = memref.load %A[%zero] : memref<2xf32>
        %more = arith.cmpf oeq, %0, %0 : f32
        memref.store %0, %C[%zero] : memref<2xf32>
        scf.condition(%more)
      } do {
        scf.yield
      }
      return
    }"""
    monkeypatch.setattr(bench, "SECONDS", 4.0)
    with bench.Bench(forever, "matmul") as one:
        with pytest.raises(replay.PipelineError, match="make was still at work: after 4 s"):
            one.result("", "", [np.zeros(2, "f4") for _ in range(3)])


def test_passes_write_no_files(tmp_path: Path, judged: None) -> None:
    """Some of MLIR's do, wherever they are told to."""
    writes = "snapshot-op-locations{filename=%s}"
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    replay.lowered(PROGRAM, "matmul", f"{writes % mine}, {replay.LOOPS}")
    assert mine.exists()
    with pytest.raises(check.CheckFailed, match="MLIR refuses the pipeline"):
        judge(f"{writes % theirs}, {replay.LOOPS}")
    assert not theirs.exists()


OPTIONS = {"of": PROGRAM, "name": "matmul", "on": matrices}


def test_speed() -> None:
    """By so wide a margin that no noise of a machine decides."""
    check.pipeline_speed(asked(TILED), at_least=0.02, **OPTIONS)


def test_speed_in_two_workers(judged: None) -> None:
    check.pipeline_speed(asked(TILED), at_least=0.02, **OPTIONS)
    with pytest.raises(check.CheckFailed, match="plain loops"):
        check.pipeline_speed(asked(replay.LOOPS), at_least=50, **OPTIONS)
