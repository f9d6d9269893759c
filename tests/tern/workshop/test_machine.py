"""A machine in numbers: what is read off curves, kept in files, and told. No time is tested."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from autograder import cli
from tern.workshop import machine
from tern.workshop.machine import core, figures, memory
from tern.workshop.machine.figures import Figure, Table, unknown

TABLE = Table(
    figures.machine_name(),
    date.today().isoformat(),
    (
        Figure("peak", "multiply-adds", "GFLOP/s", 96.0, 0.02),
        Figure("bandwidth", "bandwidth", "GB/s", 12.0, 0.2),
        Figure("l1_size", "level 1", "KB", 48.0, claimed=48.0),
        unknown("memory_latency", "main memory", "ns", "the cache is larger than what was tried"),
    ),
)


def curve(levels: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Latencies of a machine with these levels, (bytes, ns), and a slope after each."""
    points = []
    for size in memory.sizes(8 << 10, 64 << 20):
        fits = [ns for capacity, ns in levels if size <= capacity]
        points.append((size, fits[0]))
    return points


def test_capacities_are_read_off_a_curve() -> None:
    points = curve([(48 << 10, 1.7), (2 << 20, 5.2), (32 << 20, 22.0), (1 << 40, 95.0)])
    assert memory.capacities(points) == [(48 << 10, 1.7), (2 << 20, 5.2), (32 << 20, 22.0)]


def test_a_soft_step_counts_up_to_halfway() -> None:
    points = curve([(32 << 10, 1.0), (1 << 20, 4.0), (1 << 40, 36.0)])
    softer = [(size, 8.0 if size == 5 << 18 else ns) for size, ns in points]  # 1.25 MB
    assert memory.capacities(softer) == [(32 << 10, 1.0), (5 << 18, 4.0)]


def test_a_flat_curve_has_no_caches_and_says_so() -> None:
    found = memory.cache_figures([(size, 2.0) for size in memory.sizes(1 << 13, 1 << 20)], 3.0)
    unknowns = [figure for figure in found if figure.value is None]
    assert {"l1_size", "l2_size"} <= {figure.name for figure in unknowns}
    assert all(figure.why for figure in unknowns)


def test_one_disturbed_time_is_no_rise() -> None:
    places = [1, 2, 3, 4, 5]
    assert memory.first_rise(places, [1.0, 1.1, 5.0, 1.0, 1.2]) is None
    assert memory.first_rise(places, [1.0, 1.1, 1.0, 3.0, 3.2]) == 3
    assert memory.first_rise(places, [1.0, 9.0, 1.0, 3.0, 2.9]) == 3


def test_of_several_sweeps_the_least_counts() -> None:
    disturbed = iter([1.0, 9.0, 3.0, 7.0, 2.0, 3.0])
    assert memory.swept(lambda place: next(disturbed), [10, 20, 30], sweeps=2) == [1.0, 2.0, 3.0]


def test_a_cycle_goes_through_every_place_once() -> None:
    arena, places = np.zeros(64, np.uint64), np.arange(0, 64, 8)
    at = memory.cycle(places, arena, np.random.default_rng(1))
    seen = []
    for _ in places:
        seen.append(at)
        at = int(arena[at])
    assert sorted(seen) == places.tolist() and at == seen[0]


def test_kernels_compute_what_they_say() -> None:
    assert core.mix(5, 3, 2) == ((((5 + 3) ^ 0) + 3) ^ 1)
    assert core._adder(3)(10, 0.5) == 3 * 5.0 + 0 + 1 + 2
    out = np.empty(4, np.int64)
    assert core.pick(np.array([3, 60, 4, 70]), 50, out) == 2 and out[:2].tolist() == [0, 2]
    a, b, c = np.zeros(5), np.ones(5), np.full(5, 2.0)
    memory.triad_alone(a, b, c)
    assert a.tolist() == [7.0] * 5
    vector = core.vector_bits()
    assert vector.value in (None, 128, 256, 512) and (vector.value or vector.why)


def test_a_table_is_kept_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "machine.json"
    figures.save(TABLE, path)
    assert figures.load(path) == TABLE
    assert machine.numbers(path) == TABLE
    assert figures.load(tmp_path / "none.json") is None
    for damaged in (
        "",
        "[]",
        '{"version": 1}',
        path.read_text().replace('"version": 1', '"version": 0'),
    ):
        path.write_text(damaged)
        assert figures.load(path) is None


@pytest.mark.parametrize(
    "stale",
    [
        dataclasses.replace(TABLE, machine="another one"),
        dataclasses.replace(TABLE, measured=(date.today() - timedelta(100)).isoformat()),
    ],
)
def test_what_is_stale_is_measured_anew(tmp_path: Path, monkeypatch, stale: Table) -> None:
    path = tmp_path / "machine.json"
    figures.save(stale, path)
    monkeypatch.setattr(machine, "measure", lambda: TABLE)
    assert machine.numbers(path) == TABLE and figures.load(path) == TABLE


def test_a_folder_that_cannot_be_written_to_costs_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(machine, "measure", lambda: TABLE)
    (tmp_path / "file").write_text("in the way")
    assert machine.numbers(tmp_path / "file" / "machine.json") == TABLE


def test_a_roofline_of_the_machine() -> None:
    roof = machine.roofline(TABLE)
    assert (roof.peak_flops, roof.bandwidth, roof.ridge) == (96e9, 12e9, 8.0)
    with pytest.raises(ValueError, match="could not find out: the cache is larger"):
        TABLE.value("memory_latency")
    with pytest.raises(KeyError, match="no figure is called 'l9'"):
        TABLE["l9"]


def test_a_table_is_read_by_people() -> None:
    text = str(TABLE)
    assert "48 KB        the system says 48" in text
    assert "main memory    could not find out: the cache is larger" in text
    assert "±20%" in text and "±2%" not in text


def test_doctor_measures_the_machine(tmp_path: Path, monkeypatch, capsys) -> None:
    from autograder.reader import doctor

    monkeypatch.setattr(machine, "measure", lambda: TABLE)
    monkeypatch.setattr(doctor, "home", lambda course: tmp_path)
    assert cli.main(["doctor", "--machine"]) == 0
    said = capsys.readouterr().out
    assert "multiply-adds" in said and f"kept in {tmp_path}" in said
    assert figures.load(tmp_path / machine.PLACE) == TABLE
