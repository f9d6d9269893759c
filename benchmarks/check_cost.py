"""What the judge costs: CPU time of `autograder check`, over a plain script with the same cells.

    python benchmarks/check_cost.py [chapter05] [--pairs 7]

The script runs the solution's set-up, solution, and test cells one after another in one process,
without the speed cells; the check is `autograder check --no-speed` on the
same notebook, in two processes with everything that crosses between them. Both are measured as
whole processes with all their children (user and system time), alternately.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.course import notebook
from autograder.course.layout import find_course


def cpu_seconds(command: list[str], folder: str, expected: int) -> float:
    """CPU seconds of a command and its children. Raises if its exit code is another."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "AUTOGRADER_SEED": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != expected:
        raise SystemExit(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("chapter", nargs="?", default="chapter05")
    parser.add_argument("--pairs", type=int, default=7)
    options = parser.parse_args()
    chapter = find_course().chapter(options.chapter)
    cells = [c for c in notebook.read(chapter.source).cells if not c.id.endswith("-speed")]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "cells.py"
        script.write_text("\n\n".join(cell.source for cell in cells), encoding="utf-8")
        answered = Path(folder) / f"{chapter.name}.ipynb"
        answered.write_bytes(chapter.source.read_bytes())
        plain = [sys.executable, str(script)]
        check = [sys.executable, "-m", "autograder", "check", str(answered), "--no-speed"]
        empty = [sys.executable, "-c", ""]
        about = [sys.executable, "-m", "autograder", "--help"]
        cpu_seconds(plain, folder, 0), cpu_seconds(check, folder, 0)  # warm the file cache
        rows = {"plain script": [], "check --no-speed": [], "python -c ''": [], "--help": []}
        for _ in range(options.pairs):
            for name, command in zip(rows, [plain, check, empty, about]):
                rows[name].append(cpu_seconds(command, folder, 0))
    for name, seconds in rows.items():
        low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
        print(f"{name:18} {middle:6.3f} s CPU   (range {low:.3f}–{high:.3f})")
    ratios = [c / p for c, p in zip(rows["check --no-speed"], rows["plain script"])]
    middle = statistics.median(ratios)
    print(
        f"check / script     {middle:6.2f}×       (range {min(ratios):.2f}–{max(ratios):.2f}; "
        f"{options.pairs} pairs; of the least of each: "
        f"{min(rows['check --no-speed']) / min(rows['plain script']):.2f}×)"
    )


if __name__ == "__main__":
    main()
