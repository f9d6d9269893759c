"""What the figures of chapter 14 show. No time is tested."""

from __future__ import annotations

import pytest

from tern.cost.machine import AVX2, register_block
from tern.workshop.machine import pairs
from tern.workshop.machine.pairs import Pair
from tern.workshop.vectors import ROWS, figures


def test_each_multiply_add_of_a_step_starts_in_its_turn() -> None:
    kinds, starts = figures.block_steps(vectors=2, lanes=4)
    assert kinds[0] == [None, *[1] * 8] and kinds[1] == [2, *[0] * 8]
    assert starts[1] == [None, 1, 1, 1, 1, 2, 2, 2, 2]
    assert {number for row in starts for number in row} == {None, *range(1, 13)}


def test_tern_s_own_shape_is_the_smallest_of_the_largest() -> None:
    """Its block leaves a register free: as many sums as any other, and it reaches the peak."""
    found = figures.shapes(AVX2.registers)
    rows, columns = register_block(AVX2)
    (own,) = [shape for shape in found if shape[:2] == (rows, columns // AVX2.lanes())]
    assert own[4] == 1.0 and own[2] < AVX2.registers
    assert own[0] * own[1] == max(rows * vectors for rows, vectors, *_ in found)
    assert all(needed <= AVX2.registers for _, _, needed, _, _ in found)


def test_what_limits_a_shape() -> None:
    found = {shape[:2]: shape for shape in figures.shapes(16)}
    assert found[6, 2] == (6, 2, 15, 8, 1.0)
    assert found[4, 3][2:] == (16, 7, 1.0)
    assert found[4, 1][4] == 0.5  # four sums: latency
    assert found[8, 1][4] == pytest.approx(8 / 9)  # nine loads for eight sums
    assert (4, 4) not in found and (1, 2) not in found
    assert "6 × 2" in repr(figures.shapes_table())


def test_packing_makes_one_stream_of_what_the_kernel_reads() -> None:
    before, packed = figures.packing_order(14)
    assert [row[0] for row in before] == list(range(1, ROWS + 1))
    assert [at for row in packed for at in row] == list(range(1, 14 * ROWS + 1))
    assert "packed" in repr(figures.packing())
    assert "in registers all along" in repr(figures.register_block())


def test_minimax_spreads_its_error_and_taylor_does_not() -> None:
    errors = figures.polynomial_errors()
    assert errors["minimax"][50] == (0, 0) == errors["Taylor"][50]  # exp(0) is 1
    worst = {name: max(abs(e) for _, e in points) for name, points in errors.items()}
    middle = max(abs(e) for r, e in errors["Taylor"] if abs(r) < 0.15)
    assert worst["minimax"] < 0.1 < worst["Taylor"] and middle < 0.01
    ends = [abs(errors["minimax"][k][1]) for k in (0, -1)]
    assert min(ends) > worst["minimax"] / 2  # it's as large there as anywhere


def test_what_was_not_seen_has_no_rate_and_no_point(monkeypatch: pytest.MonkeyPatch) -> None:
    assert figures.rates("copy", Pair(100, 125, 9), 1000, "GB/s") == [
        "copy", "10 GB/s", "16 GB/s", "1.60×",
    ]  # fmt: skip
    assert figures.rates("copy", Pair(100, None, 0), 1000, "GB/s")[2:] == ["?", "?"]
    seen = [(16, Pair(5, 30, 9)), (64, Pair(5, None, 0))]
    unseen = [(16, Pair(1, None, 0)), (64, Pair(1, None, 0))]
    monkeypatch.setattr(pairs, "false_sharing", lambda _, atomic: seen if atomic else unseen)
    assert figures.sharing_curves([16, 64]) == {
        "atomic, together": [(16, 30)],
        "atomic, alone": [(16, 5), (64, 5)],
        "plain, alone": [(16, 1), (64, 1)],
    }


def test_the_wall_is_measured() -> None:
    shown = repr(figures.memory_wall(numbers=1 << 14, depth=32, seconds=0.05))
    assert "GB/s" in shown and "GFLOP/s" in shown


def test_multiply_adds_in_the_time_of_a_copied_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number takes 2 ns, in two threads 4; a multiply-add takes 1/32 ns in both."""
    both = {pairs.copy_piece: Pair(8192, 16384, 9)}
    adds = 32 * ROWS * figures.COLUMNS
    monkeypatch.setattr(
        pairs, "measure", lambda work, *_, **__: both.get(work, Pair(adds / 32, adds / 32, 9))
    )
    *_, last = repr(figures.memory_wall(numbers=1 << 14, piece=4096, depth=32)).splitlines()
    assert last.split(" | ")[1:3] == ["64", "128"]
