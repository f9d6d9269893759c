"""Planted faults: each is found, named, and located, and right kernels have none."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch

from tern.gpu import Fault, measure
from tests.tern.gpu import faulty, kernels


def marked(kernel: object) -> int:
    """The line of a kernel's source that `# here` marks."""
    lines, first = inspect.getsourcelines(kernel.fn)
    return first + next(number for number, line in enumerate(lines) if "# here" in line)


def faults(launcher: Callable, *arguments: object, **how: object) -> tuple[Fault, ...]:
    return measure(launcher, *arguments, **how).faults


ROW = torch.arange(1000, dtype=torch.float32) + 1
ROWS = torch.ones(3, 100)


@pytest.mark.parametrize(
    "launcher, kernel, kind, message, program, count",
    [
        (
            "no_mask",
            "no_mask_kernel",
            "missing mask",
            "reads 24 .* 'x', .* index 1,000",
            (3, 0, 0),
            24,
        ),
        (
            "no_store_mask",
            "no_store_mask_kernel",
            "missing mask",
            "writes 24 .* 'out'",
            (3, 0, 0),
            24,
        ),
        ("wrong_mask", "wrong_mask_kernel", "out of bounds", "reads 1 of 233 .* 'x'", (3, 0, 0), 1),
        (
            "stored_undefined",
            "stored_undefined_kernel",
            "missing other",
            "are stored",
            (0, 0, 0),
            1,
        ),
        (
            "overlap",
            "overlap_kernel",
            "race",
            "program number 0 writes .* element 255 of 'out'",
            (1, 0, 0),
            3,
        ),
        (
            "in_place",
            "in_place_kernel",
            "race",
            "program number 0 reads .* element 256 of 'x'",
            (1, 0, 0),
            3,
        ),
        (
            "uninitialized",
            "accumulate_kernel",
            "uninitialized read",
            "'out' that nothing wrote",
            (0, 0, 0),
            1000,
        ),
        (
            "empty_hang",
            "empty_hang_kernel",
            "endless loop",
            "more than 5,000 iterations",
            (0, 0, 0),
            1,
        ),
        ("hang", "hang_kernel", "endless loop", "more than 5,000 iterations", (0, 0, 0), 1),
    ],
)
def test_a_fault_is_found_named_and_located(
    launcher: str, kernel: str, kind: str, message: str, program: tuple, count: int
) -> None:
    (fault,) = faults(getattr(faulty, launcher), ROW.clone(), max_iterations=5000)
    assert (fault.kind, fault.line) == (kind, marked(getattr(faulty, kernel)))
    assert (fault.file, fault.program, fault.count) == ("faulty.py", program, count)
    assert re.search(message, fault.message), fault.message
    assert str(fault).startswith(f"faulty.py:{fault.line}: {kind}: ") and "\n" not in str(fault)


def test_missing_other_that_enters_a_reduction() -> None:
    (fault,) = faults(faulty.no_other, ROWS)
    line = marked(faulty.no_other_kernel)
    assert (fault.kind, fault.line, fault.count) == ("missing other", line, 3)
    assert (
        f"enter a reduction in line {line + 1}, and are stored in line {line + 2}" in fault.message
    )


def test_a_sum_without_atomics_races_twice() -> None:
    found = faults(faulty.race, ROW)
    assert {fault.kind for fault in found} == {"race"}
    assert {fault.line for fault in found} == {marked(faulty.race_kernel)}


def test_two_lanes_of_one_store() -> None:
    (fault,) = faults(faulty.two_lanes, ROW)
    assert (fault.kind, fault.line, fault.count) == ("race", marked(faulty.two_lanes_kernel), 500)
    assert not faults(faulty.two_lanes, torch.ones(1000)), "the same value twice does no harm"


def test_a_wrong_grid_leaves_the_end_unwritten() -> None:
    (fault,) = faults(faulty.wrong_grid, ROW)
    assert (fault.kind, fault.count) == ("unwritten output", 232)
    assert (
        "232 of the 1,000 elements of 'out': the first is [768] (grid (3, 1, 1))" in fault.message
    )


def test_what_no_kernel_wrote() -> None:
    (fault,) = faults(faulty.torch_only, ROW)
    assert fault.kind == "not by a kernel"


def test_an_undefined_index_is_an_undefined_address() -> None:
    (fault,) = (
        fault
        for fault in faults(faulty.undefined_address, ROW, torch.arange(100))
        if fault.kind == "undefined address"
    )
    assert fault.line == marked(faulty.gather_kernel)


def test_device_assert_asserts() -> None:
    (fault,) = faults(faulty.asserting, torch.tensor([1.0, -1.0]))
    assert (fault.kind, fault.line) == ("device assert", marked(faulty.asserting_kernel))
    assert fault.message == "only positive numbers have a root"
    assert not faults(faulty.asserting, torch.ones(2))


def test_an_error_in_a_kernel_is_a_fault_in_its_line() -> None:
    (fault,) = faults(faulty.raising, ROW[:64])
    assert (fault.kind, fault.line) == ("error", marked(faulty.raising_kernel))
    assert "\n" not in str(fault)


def test_a_python_function_around_a_device_function_is_a_stranger() -> None:
    (fault,) = faults(faulty.stranger, ROW)
    assert (fault.kind, fault.line) == ("not Triton", marked(faulty.stranger_kernel))
    assert fault.message.startswith("in_python is not Triton's")


def test_right_kernels_have_no_fault() -> None:
    for rows, columns in ((1, 1), (5, 100), (7, 128)):
        x = torch.randn(rows, columns)
        traffic = measure(faulty.careful, x)
        assert not traffic.faults
        expected = x.sum(1) + x.clamp(min=0).sum(1)
        torch.testing.assert_close(traffic.results[0], expected)
    assert not faults(faulty.atomic, ROW)
    for n in (1, 1000, 1024, 1025):
        assert not faults(kernels.add, torch.randn(n), torch.randn(n))


def test_a_tensor_between_others_has_bounds_of_its_own() -> None:
    """A slice ends where it ends, though memory goes on, and so does a row of a wider matrix."""
    whole = torch.ones(2000)
    (fault,) = faults(faulty.no_mask, whole[:1000])
    assert (fault.kind, fault.count) == ("missing mask", 24)
    wide = torch.ones(4, 200)[:, :100]
    (fault,) = [f for f in faults(kernels.fused, wide) if f.kind == "out of bounds"]
    assert fault.message.startswith("reads 100 of 100 lanes outside of 'x'")


def test_a_sample_says_what_it_does_not_look_for() -> None:
    traffic = measure(faulty.overlap, torch.ones(100 * 255), max_programs=10)
    assert traffic.sampled and traffic.unchecked and not traffic.faults
    assert "10 of 100 programs" in traffic.how()
    traffic = measure(faulty.overlap, torch.ones(10 * 255), max_programs=None)
    assert not traffic.sampled and not traffic.unchecked and traffic.faults


def test_arguments_that_are_results_begin_unwritten() -> None:
    def launch(x: torch.Tensor, out: torch.Tensor) -> None:
        faulty.double_kernel[(3,)](x, out, x.numel(), BLOCK=256)

    out = torch.zeros(1000)
    (fault,) = faults(launch, ROW, out, outputs=[out])
    assert (fault.kind, fault.count) == ("unwritten output", 232)


@pytest.mark.parametrize(
    "mine, others, message",
    [
        ("store", "atomic", "updates what program number 0 writes"),
        ("atomic", "store", "writes what program number 0 updates"),
        ("load", "atomic", "updates what program number 0 reads"),
        ("atomic", "load", "reads what program number 0 updates"),
        ("atomic", "atomic", None),
        ("load", "load", None),
    ],
)
def test_an_atomic_beside_a_plain_access(mine: str, others: str, message: str | None) -> None:
    found = faults(faulty.mixed, mine, others)
    assert [fault.kind for fault in found[:1]] == (["race"] if message else [])
    if message:
        end = "in the same launch: element 0 of 'out', and only one of the two accesses is atomic"
        assert found[0].message == f"{message} {end}" and found[0].program == (1, 0, 0)


def test_an_atomic_whose_result_is_not_used_orders_nothing() -> None:
    found = faults(faulty.beside_an_atomic, torch.ones(5), False)
    line = marked(faulty.beside_an_atomic_kernel)
    assert {(each.kind, each.line) for each in found} == {("race", line), ("race", line + 1)}
    assert not faults(faulty.beside_an_atomic, torch.ones(5), True)


def test_a_race_for_a_part_of_an_element() -> None:
    (fault,) = faults(faulty.upper_halves, torch.zeros(8))
    assert (fault.kind, fault.count) == ("race", 8)


def test_programs_that_write_the_same() -> None:
    (fault,) = faults(faulty.last_block, ROW)
    assert (fault.kind, fault.count) == ("race", 24)
    assert fault.message.endswith("element 744 of 'out', the same values this time")
    assert not any(
        "same values" in fault.message for fault in faults(faulty.mixed, "load", "store")
    )


def test_a_grid_that_no_gpu_of_nvidia_takes() -> None:
    for grid in ((1, 65_536), (1, 1, 65_536), (2**31,)):
        (fault,) = faults(lambda: faulty.wide_grid(*grid) if grid[0] == 1 else over(grid))  # noqa: B023
        assert fault.kind == "grid too large"
        assert "take at most (2,147,483,647, 65,535, 65,535)" in str(fault)
        assert str(grid[-1]) in str(fault) and "\n" not in str(fault)
    assert not faults(lambda: faulty.wide_grid(1, 65_535), max_programs=3)


def over(grid: tuple) -> torch.Tensor:
    out = torch.empty(1)
    faulty.wide_grid_kernel[grid](out)
    return out
