"""Chapter 17's programs and parts: legal at every size, and what their docstrings promise."""

from __future__ import annotations

import doctest
import random
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from tern import parts
from tern.workshop import schedules
from tern.workshop.schedules import (
    CONV,
    DENSE,
    MATMUL,
    PROGRAMS,
    Program,
    cpu,
    gpu,
    space,
    tools,
)

pytest.importorskip(
    "autograder.check.tvm.without_torch", reason="schedules are TVM's"
)  # without PyTorch

import tvm

from autograder.check.tvm import replay
from autograder.check.tvm.plain_trace import plain

CASES = [
    (
        schedules.schedule_matmul,
        MATMUL,
        [(64, 64, 16), (1, 1, 1), (1, 40, 3), (40, 1, 3), (8, 3, 5)],
    ),
    (schedules.schedule_conv, CONV, [(8, 2, 3, 64), (1, 1, 1, 1), (5, 2, 3, 7)]),
    (schedules.fuse_epilogue, DENSE, [(64, 64, 16), (1, 1, 1), (1, 40, 3), (40, 1, 3), (8, 3, 5)]),
    (schedules.search_space, MATMUL, [(64, 64, 16), (1, 1, 1), (1, 40, 3), (40, 1, 3), (8, 3, 5)]),
]


def test_importing_the_package_imports_no_tvm() -> None:
    code = "import sys, tern.workshop.schedules; sys.exit('tvm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("module", [cpu, gpu, space])
def test_the_examples_of_the_docstrings(module: object) -> None:
    names = {**vars(module), **vars(schedules), "tvm": tvm}
    finder = doctest.DocTestFinder()
    found = [t for t in finder.find(module, globs=names, module=module) if t.examples]
    assert found
    for test in found:
        assert doctest.DocTestRunner().run(test).failed == 0, test.name


@pytest.mark.rotates(12)
@pytest.mark.parametrize(
    ("schedule", "program", "sizes"),
    [(f, program, sizes) for f, program, all_sizes in CASES for sizes in all_sizes],
)
def test_a_schedule_of_the_book_s(
    schedule: object, program: Program, sizes: tuple[int, ...]
) -> None:
    sch = tvm.s_tir.Schedule(program.module(*sizes), seed=1)
    assert schedule(sch) is None
    assert replay.agrees(program.name, list(sizes), plain(sch.trace), 1) == ""


@pytest.mark.parametrize(
    ("program", "sizes"), [(MATMUL, (3, 4, 5)), (CONV, (2, 3, 4, 5)), (DENSE, (3, 4, 5))]
)
def test_numpy_computes_what_the_program_does(program: Program, sizes: tuple[int, ...]) -> None:
    inputs = program.arguments(random.Random(1), *sizes)
    assert [array.shape for array in inputs] == list(program.shapes(*sizes))[:-1]
    ours, theirs = (replay.empty(program.shapes(*sizes)[-1]) for _ in range(2))
    program.numpy(*inputs, ours)
    replay.compiled(program.module(*sizes))(*inputs, theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_every_part_and_program_has_its_name() -> None:
    assert {name: program.name for name, program in PROGRAMS.items()} == {
        name: name for name in PROGRAMS
    }
    for name in (
        "schedule_matmul",
        "schedule_conv",
        "fuse_epilogue",
        "schedule_gpu",
        "search_space",
    ):
        assert parts.get(f"workshop.schedules.{name}") is getattr(schedules, name)
    assert MATMUL.say((1, 2, 3)) == "n = 1, m = 2, k = 3"


@pytest.mark.parametrize("shape", [(16, 32), (8, 16), (4, 32)])
def test_the_tile_of_a_product_fits(
    shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In registers, beside two vectors of B and a number of A; on the stack under 1,024 bytes."""
    monkeypatch.setattr(cpu, "vector_shape", lambda: shape)
    lanes, registers = shape
    sch = tvm.s_tir.Schedule(MATMUL.module(64, 64, 16))
    schedules.schedule_matmul(sch)
    sizes = replay.intermediates("MATMUL", [64, 64, 16], plain(sch.trace))
    assert 6 * 2 * lanes * 4 <= sizes["C_global"] <= min(1023, (registers - 3) * lanes * 4)


@pytest.mark.rotates(12)
@pytest.mark.parametrize("shape", [(8, 16), (4, 32)])
@pytest.mark.parametrize(
    ("schedule", "program", "sizes"),
    [
        (f, program, sizes)
        for f, program, all_sizes in CASES
        for sizes in (all_sizes[0], all_sizes[-1])
    ],
)
def test_a_schedule_for_another_machine_computes_the_same(
    schedule: Callable,
    program: Program,
    sizes: tuple,
    shape: tuple,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (cpu, space):
        monkeypatch.setattr(module, "vector_shape", lambda: shape)
    sch = tvm.s_tir.Schedule(program.module(*sizes), seed=1)
    schedule(sch)
    assert replay.agrees(program.name, list(sizes), plain(sch.trace), 1) == ""


@pytest.mark.parametrize(
    ("machine", "cpu", "shape"),
    [
        ("x86_64", "skylake-avx512", (16, 32)),
        ("AMD64", "haswell", (8, 16)),
        ("aarch64", "", (4, 32)),
    ],
)
def test_the_shape_of_the_vector_registers(
    machine: str, cpu: str, shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools.platform, "machine", lambda: machine)
    monkeypatch.setattr("tern.targets.tvm.host", lambda: {"kind": "llvm", "mcpu": cpu})
    assert schedules.vector_shape() == shape
