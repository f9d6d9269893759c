"""By how much the book's own solutions clear their bars, again and again beside competitors.

    python -m benchmarks.margins chapter13 [--runs 20]

Grades a chapter's source notebook as `autograder check` does while other processes load every core
and the memory, and prints each bar's margins: how many times better than the bar the figure was.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import defaultdict

from autograder.author.verify import MARGIN
from autograder.course.layout import find_course
from autograder.judge import judge
from benchmarks.competitors import COMPETITORS


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("chapter")
    parser.add_argument("exercise", nargs="*")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--idle", action="store_true", help="without competitors")
    options = parser.parse_args()
    course = find_course()
    chapter = course.chapter(options.chapter)
    only = [chapter.exercise(name).name for name in options.exercise] or None
    margins: dict[str, list[float]] = defaultdict(list)
    others = [] if options.idle else ["core", "memory"] * (os.cpu_count() or 1)
    running = [subprocess.Popen([sys.executable, "-c", COMPETITORS[one]]) for one in others]
    failed = 0
    try:
        for run in range(options.runs):
            report = judge.grade(course, chapter, chapter.source, only)
            for exercise in report.exercises:
                for test in exercise.tests:
                    if test.status != "passed":
                        failed += 1
                        print(
                            f"run {run + 1}: {test.cell} {test.status}: {test.message}", flush=True
                        )
                    for number, m in enumerate(test.measurements, 1):
                        margins[f"{test.cell} {number} ({m.kind})"].append(m.margin())
    finally:
        for process in running:
            process.kill()
            process.wait()
    for name, found in margins.items():
        clear = sum(value >= MARGIN for value in found)
        print(
            f"{name:50} least margin {min(found):.2f}×, "
            f"{clear} of {len(found)} by {MARGIN}× or more"
        )
    print(f"{failed} tests did not pass in {options.runs} runs")


if __name__ == "__main__":
    main()
