"""A program in C++, watched line by line: its objects, the heap, and who points where.

The program runs, and what is drawn is what its memory held: each object's bytes are read after each
line. A word that has the address of another object, or of a block of the heap, is a pointer to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from tern.draw.memory import Box, Cell, Moment, memory
from tern.draw.picture import Picture
from tern.workshop.cpp.programs import run

Fields = Sequence[tuple[str, str, int]]
"""For each part of an object: its name, its kind (pointer, u32, i32, or skip), and its first byte.
The order is that of the figure."""

SMALL_VEC: Fields = (
    ("data", "pointer", 0),
    ("size", "u32", 8),
    ("capacity", "u32", 12),
    ("inside[0]", "i32", 16),
    ("inside[1]", "i32", 20),
)
"""Of a SmallVec<int, 2>, as small_vec.hpp has it."""
POINTER: Fields = (("points to", "pointer", 0),)
VALUE: Fields = (("first", "pointer", 0),)
USE: Fields = (("value", "pointer", 0), ("next", "pointer", 16), ("link", "pointer", 24))
"""Of what use_list.hpp has; the user is left out."""
NODE: Fields = (("previous", "pointer", 0), ("next", "pointer", 8))
"""Of an element of an intrusive list."""
LIST: Fields = (("last", "pointer", 0), ("first", "pointer", 8))
"""Of an IntrusiveList: its end, a node whose neighbors are the last and the first element."""

SIZES = {"pointer": 8, "u32": 4, "i32": 4}
HUES = {"first": 2, "next": 2, "link": 1, "last": 1, "previous": 1}
UNSET = bytes([0xFE])


@dataclass
class State:
    """What there is after a line: for each object and block, where it is and what it holds."""

    line: int = 0
    objects: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    blocks: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    events: list[tuple[str, str, int]] = field(default_factory=list)  # new or delete, whom, bytes


def trace(
    body: str,
    watched: Mapping[str, Fields],
    right: Sequence[str] = (),
    include: str = "small_vec.hpp",
    before: str = "",
    notes: Mapping[int, str] | None = None,
) -> Picture:
    """A slider over the lines of `body`, which are statements: what memory holds after each.

    `watched` names variables; each is declared where its name first appears. Those in `right` are
    in the right column, with the heap. `before` is what the program needs before it, and `notes`
    have words for lines, beside what was allocated and freed. CompilerError without a compiler.
    """
    states = read(run(instrumented(body, watched, include, before), options=["-O0", "-w"]))
    shown = [state for state in states if state.line]
    gone: dict[str, tuple[int, bytes]] = {}  # blocks that were freed
    moments = []
    for state, previous in zip(shown, [State(), *shown]):
        gone |= {name: block for name, block in previous.blocks.items() if name not in state.blocks}
        moments.append(_moment(state, gone, watched, right, (notes or {}).get(state.line, "")))
    lines = body.strip("\n")
    return memory(f"{lines}\n}} // the function ends", moments)


def instrumented(body: str, watched: Mapping[str, Fields], include: str, before: str) -> str:
    """The program that prints its own memory after each line of `body`."""
    lines, seen = [], set()
    for at, line in enumerate(body.strip("\n").split("\n"), 1):
        told = line
        for name in watched:
            if name not in seen and re.search(rf"\b{name}\b", line.partition("//")[0]):
                seen.add(name)
                told = told.partition("//")[0]
                told += f' trace::Watch watch_{name}("{name}", &{name}, sizeof {name});'
        told = told.partition("//")[0]
        lines.append(f"{told} trace::line({at});")
    ends = len(lines) + 1
    return "\n".join([
        '#include "trace.hpp"', f'#include "{include}"', "#include <memory>", before,
        "void body() {", *lines, "}",
        f"int main() {{ trace::unsetStack(); body(); trace::line({ends}); }}", "",
    ])  # fmt: skip


def read(output: str) -> list[State]:
    """What the program printed, a state for each line that ran."""
    states, now = [], State()
    for row in output.splitlines():
        kind, name, *rest = row.split(" ")
        if kind == "line":
            now.line = int(name)
            states.append(now)
            now = State()
        elif kind in ("new", "delete"):
            now.events.append((kind, f"#{name}", int(rest[0])))
        else:
            held = int(rest[0]), bytes.fromhex(rest[1])
            if kind == "block":
                now.blocks[name] = held
            else:
                now.objects["".join(takewhile(str.isalpha, name)) or name] = held
    return states


def _moment(
    state: State,
    gone: Mapping[str, tuple[int, bytes]],
    watched: Mapping[str, Fields],
    right: Sequence[str],
    words: str,
) -> Moment:
    known = {**gone, **state.blocks, **state.objects}
    boxes = [
        Box(name, f"{name}: {len(data)} bytes", _cells(data, watched[name], known, watched),
            name in right)
        for name, (_, data) in state.objects.items()
    ]  # fmt: skip
    pointed = {cell.target[0] for box in boxes for cell in box.cells if cell.target}
    freed = {name for kind, name, _ in state.events if kind == "delete"}
    for name, (_, data) in {**gone, **state.blocks}.items():
        ended = name in gone
        if ended and name not in pointed | freed:
            continue
        leaked = not ended and name not in pointed
        title = f"heap block {name}" + (", freed" if ended else ", leaked" if leaked else "")
        boxes.append(Box(name, title, [Cell(f"{len(data)} bytes", _ints(data))], True, ended))
    told = ", ".join(
        f"{'allocates' if kind == 'new' else 'frees'} {size} bytes ({name})"
        for kind, name, size in state.events
    )
    if not words:
        told = told or "allocates nothing, frees nothing"
        words = f"{told[0].upper()}{told[1:]}."
    return Moment(state.line, words, boxes)


def _cells(
    data: bytes,
    fields: Fields,
    known: Mapping[str, tuple[int, bytes]],
    watched: Mapping[str, Fields],
) -> list[Cell]:
    cells = []
    for name, kind, start in fields:
        raw = data[start : start + SIZES[kind]]
        if raw == UNSET * len(raw):
            cells.append(Cell(name, "·"))
        elif kind != "pointer":
            cells.append(Cell(name, str(int.from_bytes(raw, "little", signed=kind == "i32"))))
        else:
            address = int.from_bytes(raw, "little")
            target = _target(address, known, watched)
            text = "null" if not address else "●" if target else "?"
            cells.append(Cell(name, text, target, HUES.get(name, 0)))
    return cells


def _target(
    address: int, known: Mapping[str, tuple[int, bytes]], watched: Mapping[str, Fields]
) -> tuple[str, int] | None:
    """The object, and which of its cells, that an address belongs to."""
    for name, (start, data) in known.items():
        if start <= address < start + len(data):
            starts = [at for _, _, at in watched.get(name, ())]
            inside = address - start
            return name, starts.index(inside) if inside in starts else 0
    return None


def _ints(data: bytes) -> str:
    words = (data[at : at + 4] for at in range(0, len(data), 4))
    return " ".join(
        "·" if word == UNSET * len(word) else str(int.from_bytes(word, "little", signed=True))
        for word in words
    )
