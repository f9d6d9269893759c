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
import contextlib
import copy
import functools
import json
import os
import random
import re
import signal
import struct
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
from autograder.judge import workers as workers_of_the_judge
from autograder.worker import wire

COURSE = Course(Path(__file__).resolve().parents[1])
SECONDS = 60.0  # wall-clock time of one judgement, before it counts as hanging
PATIENCE = 1.0  # seconds for a damaged frame to come
EXAMPLES = 3  # of each property: what is tried is the way to the report
SOLVED = ("control-flow-graph", "frontiers")  # quick to check, so that damage is met on the way
ODD = [
    "\ud83d", "\udc00\ud800", "\0", "\u202e", "\x1b[2J", "\r", "\u2028", "\x85", "\ufeff", "\u200b",
    "(" * 300, "]" * 50, "'" * 3, '"""', "\\", "%%", "%time ", "!", "?", "# ", "\t", " " * 7, "\n",
    "-" * 5000, ".a" * 3000, "1+" * 5000, "lambda: " * 200, "@", "await ", "return ", "0x", "1e999",
    "def f(:\n", "exit()\n", "1/0\n", "raise KeyError('✓ x')\n", "import os; os._exit(3)\n",
    "from __future__ import braces\n", "while True: pass\n", "print('\\ud83d\\x1b[0m')\n",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, -1, 0, 1e999, float("nan"), 10**400, "", "x", "\ud83d", [], {}, [[]], [1, [None]],
    {"": 0}, "ch05-dominators", ["a", 1], {"nbgrader": 7}, "code", "markdown", -(2**63), 2**64,
]  # fmt: skip


# ---- damaged workbooks --------------------------------------------------------------------------


def workbook() -> dict:
    """Chapter 5's workbook with the answers that are quick to check."""
    chapter = COURSE.chapter("chapter05")
    data = json.loads(COURSE.stub(chapter).read_text(encoding="utf-8"))
    solutions = json.loads(chapter.source.read_text(encoding="utf-8"))
    answers = {_identity(cell): cell["source"] for cell in solutions["cells"]}
    for cell in data["cells"]:
        if _identity(cell) in {f"ch05-{name}" for name in SOLVED}:
            cell["source"] = answers[_identity(cell)]
    return data


def _identity(cell: dict) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def damaged(rng: random.Random, data: dict) -> bytes:
    """The bytes of the workbook after one to three kinds of damage."""
    data = copy.deepcopy(data)
    for _ in range(rng.randint(1, 3)):
        rng.choice([_cells, _sources, _sources, _metadata, _types])(rng, data)
    text = json.dumps(data, indent=rng.choice([None, 1]), ensure_ascii=rng.random() < 0.5)
    content = text.encode("utf-8", "surrogatepass" if rng.random() < 0.5 else "replace")
    return _bytes(rng, content) if rng.random() < 0.25 else content


def _cells(rng: random.Random, data: dict) -> None:
    """Cells are lost, copied, moved, merged, split."""
    cells = data.get("cells")
    if not isinstance(cells, list) or not cells:
        return
    here, there = rng.randrange(len(cells)), rng.randrange(len(cells))
    how = rng.randrange(6)
    if how == 0:
        del cells[here : here + rng.randint(1, 5)]
    elif how == 1:
        cells.insert(there, copy.deepcopy(cells[here]))
    elif how == 2:
        cells[here], cells[there] = cells[there], cells[here]
    elif how == 3:
        rng.shuffle(cells)
    elif how == 4:
        _set_source(cells[here], f"{_source(cells[here])}\n{_source(cells[there])}")
    else:
        lines = _source(cells[here]).splitlines(keepends=True)
        cut = rng.randint(0, len(lines))
        rest = copy.deepcopy(cells[here])
        _set_source(cells[here], "".join(lines[:cut]))
        _set_source(rest, "".join(lines[cut:]))
        cells.insert(here + 1, rest)


def _sources(rng: random.Random, data: dict) -> None:
    """Characters of a source are lost, doubled, exchanged; odd ones come in."""
    cells = data.get("cells")
    code = [c for c in cells if isinstance(c, dict)] if isinstance(cells, list) else []
    own = [c for c in code if re.search(r"^def ", _source(c), re.M)]
    if not code:
        return
    cell = rng.choice(own if own and rng.random() < 0.7 else code)
    text = _source(cell)
    for _ in range(rng.choice([1, 1, 2, 10])):
        at = rng.randint(0, len(text))
        end = min(len(text), at + rng.choice([0, 0, 1, 3, 40]))
        text = text[:at] + rng.choice([*ODD, text[at:end] * 2, ""]) + text[end:]
    _set_source(cell, text if rng.random() < 0.8 else text.splitlines(keepends=True))


def _metadata(rng: random.Random, data: dict) -> None:
    """Fields of the cells' metadata are lost, renamed, or hold something else."""
    cells = data.get("cells")
    code = [c for c in cells if isinstance(c, dict)] if isinstance(cells, list) else []
    for cell in rng.sample(code, min(len(code), rng.randint(1, 6))):
        info = cell.get("metadata")
        info = info.get("nbgrader", info) if isinstance(info, dict) else None
        if isinstance(info, dict) and info:
            key = rng.choice(list(info))
            value = info.pop(key)
            if rng.random() < 0.8:
                new = (
                    key if rng.random() < 0.8 else rng.choice(["grade_id", "points", "locked", ""])
                )
                info[new] = rng.choice([*VALUES, value, [value]])


def _types(rng: random.Random, data: dict) -> None:
    """A value anywhere in the JSON is replaced by one of another type."""
    place: Any = data
    for _ in range(rng.randint(1, 4)):
        inside = [
            (place, key)
            for key in (list(place) if isinstance(place, dict) else range(len(place)))
            if isinstance(place[key], dict | list)
        ]
        if not inside or rng.random() < 0.2:
            break
        holder, key = rng.choice(inside)
        place = holder[key]
    if place:
        key = rng.choice(list(place)) if isinstance(place, dict) else rng.randrange(len(place))
        place[key] = rng.choice(VALUES)


def _bytes(rng: random.Random, content: bytes) -> bytes:
    """The file is cut, or some of its bytes are lost, doubled, or others."""
    if rng.random() < 0.3:
        return content[: rng.randint(0, len(content))]
    damaged = bytearray(content)
    for _ in range(rng.choice([1, 3, 20])):
        at = rng.randint(0, len(damaged))
        end = at + rng.choice([0, 1, 1, 5])
        new = [bytes([rng.randrange(256)]), b"", b'"', b"}", b"[" * 2000, b"\xed\xa0\xbd", b"NaN"]
        damaged[at:end] = rng.choice([*new, b"<<<<<<< HEAD\n"])
    return bytes(damaged)


def _source(cell: Any) -> str:
    source = cell.get("source") if isinstance(cell, dict) else ""
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _set_source(cell: Any, source: Any) -> None:
    if isinstance(cell, dict):
        cell["source"] = source


# ---- damaged replies ----------------------------------------------------------------------------


class DamagedChannel(wire.Channel):
    """The judge's end of a channel: what comes from the worker is damaged, now and then."""

    rng = random.Random(0)
    every = 4  # on average one reply in so many
    judge = 0  # the process whose channels these are; its workers' ends are sound

    def receive(self, timeout: float | None = None) -> dict:
        if os.getpid() != self.judge or self.rng.randrange(self.every):
            return super().receive(timeout)
        soon = time.monotonic() + (timeout or PATIENCE)
        prefix = self._read(wire.PREFIX.size, soon)
        magic, size, payload = wire.PREFIX.unpack(prefix)
        if magic != wire.MAGIC or size + payload > wire.MAX_FRAME:  # it was damaged before
            self.buffer[:0] = prefix
            return super().receive(PATIENCE)
        text, rest = self._read(size, soon), self._read(payload, soon)
        how = self.rng.randrange(4)
        if how == 0:  # the header says something else, well-formed
            with contextlib.suppress(ValueError):
                text = json.dumps(_other(self.rng, json.loads(text))).encode()
        elif how == 1:  # any byte
            text = _bytes(self.rng, text)
        elif how == 2:  # the values' bytes
            rest = _bytes(self.rng, rest) if rest else rest
        head = bytearray(wire.PREFIX.pack(magic, len(text), len(rest)))
        if how == 3:  # the sizes
            number = self.rng.choice([0, 1, 2**31, 2**32 - 1, len(text) + 1, 120 << 20])
            struct.pack_into("<I", head, 4, number)
        self.buffer[:0] = bytes(head) + text + rest
        return super().receive(min(timeout or PATIENCE, PATIENCE))


def _other(rng: random.Random, value: Any, depth: int = 0) -> Any:
    """A JSON value in which something is another one."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        # the id stays in most, or nothing beyond it would be looked at
        keys = [key for key in value if key != "id"] or list(value)
        key = rng.choice(keys)
        changed = {**value, key: _other(rng, value[key], depth + 1)}
        return changed if rng.random() < 0.9 else {k: v for k, v in value.items() if k != key}
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = rng.randrange(len(value))
        return [*value[:at], _other(rng, value[at], depth + 1), *value[at + 1 :]]
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    kinds = ["tuple", "dict", "set", "bytes", "class", "array", "scalar", "error", "value"]
    shaped = {
        rng.choice(kinds): rng.choice([*VALUES, deep, ["<f8", [-1, 2**62], 0], ["O", [1], 0]])
    }
    return rng.choice([*VALUES, deep, shaped, [shaped] * 3, "x" * 100_000])


def damage_replies(seed: int) -> None:
    """In a fork: from now on this process's workers answer damaged frames."""
    DamagedChannel.rng, DamagedChannel.judge = random.Random(seed), os.getpid()
    workers_of_the_judge.wire.Channel = DamagedChannel  # type: ignore[misc]


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
    whole, found = workbook(), []
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
