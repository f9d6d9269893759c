"""One figure of a machine, and a table of them: measured, dated, saved, and shown."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

VERSION = 1  # of the file


@dataclass(frozen=True)
class Figure:
    """What was found out about a machine.

    `value` is None where it could not be found out, and `why` says why. `spread` says how far the
    middle run was above the best, as a share of it: 0 is a quiet machine, 1 a very noisy one.
    `claimed` is what the operating system says of the same thing, in the same unit, if it does.
    """

    name: str
    what: str
    unit: str
    value: float | None
    spread: float = 0.0
    why: str = ""
    claimed: float | None = None


def unknown(name: str, what: str, unit: str, why: str) -> Figure:
    """A figure that could not be found out."""
    return Figure(name, what, unit, None, why=why)


@dataclass(frozen=True)
class Table:
    """A machine in numbers. `measured` is a day, "2026-11-29"."""

    machine: str
    measured: str
    figures: tuple[Figure, ...]

    def __getitem__(self, name: str) -> Figure:
        """The figure called `name`. KeyError if there is none."""
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise KeyError(f"no figure is called {name!r}")

    def value(self, name: str) -> float:
        """The value of a figure. ValueError, with the reason, if it could not be found out."""
        figure = self[name]
        if figure.value is None:
            raise ValueError(f"{figure.what}: could not find out: {figure.why}")
        return figure.value

    def __str__(self) -> str:
        wide = max(len(figure.what) for figure in self.figures)
        rows = [f"{self.machine}, measured {self.measured}"]
        return "\n".join([*rows, *(line(figure, wide) for figure in self.figures)])


def line(figure: Figure, wide: int) -> str:
    """A figure as a row: what, value, unit, spread, and what the system says."""
    if figure.value is None:
        return f"{figure.what:{wide}}  could not find out: {figure.why}"
    told = f"{figure.what:{wide}}  {short(figure.value):>7} {figure.unit:9}"
    notes = [f"±{figure.spread:.0%}"] if figure.spread >= 0.05 else []
    notes += [f"the system says {short(figure.claimed)}"] if figure.claimed is not None else []
    return f"{told} {'; '.join(notes)}".rstrip()


def short(value: float) -> str:
    """Three digits, without an exponent: 0.25, 14.2, 1,024."""
    if value >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def least(work: Callable[[], object], runs: int = 7, wall: bool = False) -> tuple[float, float]:
    """The seconds of the best of several runs, and how far the middle one was above it.

    CPU seconds of this thread, which don't count what else the machine does; with `wall`, seconds
    of the clock, for what several threads do. Other work can only make a run slower, so the best
    is nearest to what the machine can do. One run before them is not counted.
    """
    clock = time.perf_counter if wall else time.thread_time
    work()
    times = []
    for _ in range(runs):
        start = clock()
        work()
        times.append(clock() - start)
    best, middle = min(times), sorted(times)[len(times) // 2]
    return best, middle / best - 1 if best else 0.0


# ---- what the system says of itself -------------------------------------------------------------


def machine_name() -> str:
    """The processor's name, as the system has it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    names = [each.partition(":")[2].strip() for each in text.splitlines() if "model name" in each]
    return names[0] if names else platform.machine()


def claimed_cache(level: int, kind: str = "") -> dict[str, int]:
    """What Linux says of a cache of the first CPU: bytes, ways, line; empty elsewhere.

    `kind` is "Data" or "Unified" where a level has several.
    """
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            says = {each: (folder / each).read_text().strip() for each in FILES}
        except OSError:
            continue
        if says["level"] == str(level) and (not kind or says["type"] == kind):
            size = int(says["size"].rstrip("KM")) << (20 if says["size"].endswith("M") else 10)
            return {
                "bytes": size,
                "ways": int(says["ways_of_associativity"]),
                "line": int(says["coherency_line_size"]),
            }
    return {}


FILES = ("level", "type", "size", "ways_of_associativity", "coherency_line_size")


def cpus() -> int:
    """The CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# ---- the file -----------------------------------------------------------------------------------


def save(table: Table, path: Path) -> None:
    """Write the table, whole or not at all."""
    data = {"version": VERSION, **asdict(table)}
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


def load(path: Path) -> Table | None:
    """The table in a file; None if there is none, or it can't be read as one."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["version"] != VERSION:
            return None
        figures = tuple(Figure(**each) for each in data["figures"])
        day = date.fromisoformat(data["measured"]).isoformat()
        return Table(str(data["machine"]), day, figures)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_current(table: Table, days: int) -> bool:
    """Whether the table is of this processor, and at most so many days old."""
    age = (date.today() - date.fromisoformat(table.measured)).days
    return table.machine == machine_name() and 0 <= age <= days
