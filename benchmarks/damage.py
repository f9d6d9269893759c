"""How workbooks, and the replies of workers, are damaged: damaged_workbooks.py has them judged."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import random
import re
import struct
import time
from typing import Any

from autograder.course.layout import Course
from autograder.judge import workers as workers_of_the_judge
from autograder.worker import wire

PATIENCE = 1.0  # seconds for a damaged frame to come
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


def workbook(course: Course) -> dict:
    """Chapter 5's workbook with the answers that are quick to check."""
    chapter = course.chapter("chapter05")
    data = json.loads(course.stub(chapter).read_text(encoding="utf-8"))
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
