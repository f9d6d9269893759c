"""Damaged workbooks and damaged replies: none brings the judge down, none keeps it for long.

    python benchmarks/damaged_workbooks.py --count 2000 --replies 500

Each workbook of chapter 5, and each judgement whose worker answers with damaged frames, goes the
whole way from the notebook's bytes to the report, in a fork of this process. Its exit code must be
0, 1, or 2 (a file that is no notebook), its report must be whole, and its time bounded. What fails
is kept, and its seed said: `--first SEED --count 1` repeats it. Properties are tried on few inputs,
and cells may take less time than a reader's may.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from autograder import check, cli
from autograder.course.layout import Course
from autograder.judge import cells as cells_of_the_judge
from autograder.judge import judge
from benchmarks.damage import damage_replies, damaged, workbook

COURSE = Course(Path(__file__).resolve().parents[1])
SECONDS = 60.0  # wall-clock time of one judgement, before it counts as hanging
EXAMPLES = 3  # of each property: what is tried is the way to the report


# ---- one judgement ------------------------------------------------------------------------------


def judged(path: Path, arguments: list[str], prepare: Callable[[], None]) -> tuple[int | None, str]:
    """The exit code of `autograder check`, None if it hung, and what it has printed."""
    with tempfile.TemporaryFile() as output:
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            code = 99
            try:
                os.setpgid(0, 0)
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
                sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
                sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
                prepare()
                code = cli.main(["check", str(path), *arguments])
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(code)
        deadline = time.monotonic() + SECONDS
        ended, status = os.waitpid(pid, os.WNOHANG)
        while not ended and time.monotonic() < deadline:
            time.sleep(0.01)
            ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    return (os.waitstatus_to_exitcode(status) if ended else None), text


def problem(code: int | None, text: str, as_json: bool) -> str:
    """What is wrong with a judgement, or nothing."""
    if code is None:
        return f"still running after {SECONDS:g} s"
    if code not in (0, 1, 2) or "Traceback (most recent call last)" in text:
        return f"exit code {code}: {text[-1500:]}"
    if code == 2 and text.count("\n") != 1:
        return f"not one line: {text[-1500:]!r}"
    if code < 2 and not as_json and " points" not in text:
        return f"no report: {text[-1500:]}"
    return ""


def hurry() -> None:
    """Let this process, and those that it forks, try little and wait for little."""
    forall = check.forall

    @functools.wraps(forall)
    def short(strategy: Any, holds: Any, examples: int = 100, because: str = "") -> None:
        forall(strategy, holds, min(examples, EXAMPLES), because)

    check.forall = short
    cells_of_the_judge.SCRATCH_SECONDS = cells_of_the_judge.GRACE = 0.5
    cells_of_the_judge.ANSWER_SECONDS = 1.0


def run(count: int, replies: int, first: int, keep: Path, tell: bool = True) -> list[str]:
    """The problems found, each with its seed."""
    judge.preload(COURSE.chapter("chapter05"))
    whole, found = workbook(COURSE), []
    begun, slowest, codes = time.monotonic(), (0.0, ""), {}
    kinds = [("workbook", seed) for seed in range(first, first + count)]
    kinds += [("replies", seed) for seed in range(first, first + replies)]
    os.environ.setdefault("AUTOGRADER_SEED", "1")
    with tempfile.TemporaryDirectory(prefix="damaged-") as folder:
        (Path(folder) / "_toc.yml").touch()  # progress is kept there
        os.symlink(COURSE.root / "solutions", Path(folder) / "solutions")
        os.symlink(COURSE.root / "exercises", Path(folder) / "exercises")
        before = Path.cwd()
        os.chdir(folder)
        try:
            for kind, seed in kinds:
                rng = random.Random(f"{kind} {seed}")
                path = Path(folder) / "chapter05.ipynb"
                as_json = rng.random() < 0.2
                arguments = ["--no-speed", *(["--json"] if as_json else [])]
                prepare: Callable[[], None] = lambda: None  # noqa: E731
                if kind == "workbook":
                    path.write_bytes(damaged(rng, whole))
                else:
                    path.write_text(json.dumps(whole), encoding="utf-8")
                    arguments = ["frontiers", *arguments]
                    prepare = lambda seed=seed: damage_replies(seed)  # noqa: E731
                start = time.monotonic()
                code, text = judged(path, arguments, prepare)
                slowest = max(slowest, (time.monotonic() - start, f"{kind} {seed}"))
                codes[kind, code] = codes.get((kind, code), 0) + 1
                if wrong := problem(code, text, as_json):
                    found.append(f"{kind} {seed}: {wrong}")
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{kind}-{seed}.ipynb").write_bytes(path.read_bytes())
                    if tell:
                        print(found[-1], flush=True)
        finally:
            os.chdir(before)
    if tell:
        told = ", ".join(f"{k} {c}: {n}" for (k, c), n in sorted(codes.items(), key=str))
        print(f"{len(kinds)} judgements in {time.monotonic() - begun:.0f} s; exit codes {told}")
        print(f"slowest: {slowest[0]:.1f} s ({slowest[1]}); {len(found)} problems")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="damaged workbooks")
    parser.add_argument("--replies", type=int, default=100, help="judgements with damaged replies")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--keep", type=Path, default=Path("/tmp/damaged"), help="for what fails")
    options = parser.parse_args()
    hurry()
    return bool(run(options.count, options.replies, options.first, options.keep))


if __name__ == "__main__":
    sys.exit(main())
