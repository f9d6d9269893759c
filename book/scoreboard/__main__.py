"""The book's scoreboard: one workload through every compiler that is here.

    python -m book.scoreboard [--runs 3] [--rounds 9] [--json FILE] [--figure FILE.html]

Each run is a process of its own, on one CPU (book/scoreboard/measure.py). The table has the median
of the runs, and the least and the most. Exit code 1 if more than one thread was at work, or if
what somebody computed is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from book.scoreboard.contestants import BASELINE, CONTESTANTS, missing, version
from book.scoreboard.workloads import WORKLOADS
from tern.cost import Roofline

ONE_THREAD = {
    **dict.fromkeys(
        ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"], "1"
    ),
    "TVM_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
    "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1",
    "PYTHONWARNINGS": "ignore",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
"""What every library is asked, besides the one CPU that it gets."""

AT_MOST = 1.05
"""CPU time over the clock's, of one thread: what a clock's resolution adds is less."""


def one_run(rounds: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "book.scoreboard.measure", str(rounds)]
    done = subprocess.run(
        command, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"a run ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def gathered(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The runs as one board: medians, and the least and the most ratio of each contestant."""
    roof = {key: max(run["bound"][key] for run in runs) for key in ("flops", "bytes")}
    workloads = {}
    for work in WORKLOADS:
        rows = {name: _row([run["board"][work.name][name] for run in runs]) for name in CONTESTANTS}
        base = rows[BASELINE].get("ms")
        bound = 0.0
        if base and min(roof.values()) > 0:
            least = Roofline(roof["flops"], roof["bytes"]).seconds(work.flops, work.bytes)
            bound = base / (1e3 * least)
        workloads[work.name] = {
            "name": work.name, "what": work.what, "bound": bound, "rows": rows,
        }  # fmt: skip
    here = {name: version(name) for name in CONTESTANTS if not missing(name)}
    return {
        "baseline": BASELINE,
        "date": date.today().isoformat(),
        "machine": platform.machine(),
        "versions": here,
        "runs": len(runs),
        "roof": roof,
        "workloads": workloads,
    }


def _row(rows: list[dict[str, Any]]) -> dict[str, Any]:
    if any("ratio" not in row for row in rows):
        return next(row for row in rows if "ratio" not in row)
    ratios = [row["ratio"] for row in rows]
    middle = {key: statistics.median(row[key] for row in rows) for key in ("ms", "compile_s")}
    worst = {key: max(row[key] for row in rows) for key in ("error", "cpu_over_wall")}
    spread = {"least": min(ratios), "most": max(ratios)}
    return {"ratio": statistics.median(ratios), **spread, **middle, **worst}


def table(found: dict[str, Any]) -> str:
    lines = []
    for work in found["workloads"].values():
        lines += ["", f"{work['what']} (bound: {work['bound']:.1f})"]
        titles = ("", "ratio", "least", "most", "ms", "compile, s", "error", "CPU/clock")
        lines.append("".join(f"{title:>11}" for title in titles))
        for name, row in work["rows"].items():
            if "ratio" not in row:
                lines.append(f"{name:>11} not here: {row['missing']}")
                continue
            numbers = [f"{row[key]:.2f}" for key in ("ratio", "least", "most")]
            numbers += [f"{row['ms']:.3f}", f"{row['compile_s']:.2f}", f"{row['error']:.0e}"]
            numbers.append(f"{row['cpu_over_wall']:.2f}")
            lines.append(f"{name:>11}" + "".join(f"{number:>11}" for number in numbers))
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path, help="where the numbers go")
    parser.add_argument("--figure", type=Path, help="where the figure goes, as HTML")
    options = parser.parse_args()
    runs = []
    for number in range(options.runs):
        print(f"run {number + 1} of {options.runs}", file=sys.stderr, flush=True)
        runs.append(one_run(options.rounds))
    found = gathered(runs)
    print(f"times as fast as {BASELINE}, in one thread, by CPU time, {found['runs']} runs")
    print(table(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if options.figure:
        from tern.draw.board import figure

        options.figure.write_text(figure(found)._repr_html_(), encoding="utf-8")
    rows = [row for work in found["workloads"].values() for row in work["rows"].values()]
    wrong = any("wrong" in row.get("missing", "") for row in rows)
    return int(wrong or any(row.get("cpu_over_wall", 0) > AT_MOST for row in rows))


if __name__ == "__main__":
    sys.exit(main())
