"""Bank conflicts of a compiled kernel, read from its PTX: which words the lanes of a warp touch.

Shared memory has 32 banks, and word w (4 bytes) lies in bank w % 32. A warp's access takes as many
turns, "wavefronts", as the busiest bank has different words to give. What the address of an access
depends on is the number of the thread, so a small evaluator runs the PTX's integer arithmetic for
all threads at once and reads off the addresses: no GPU, no profiler.

NVIDIA, "CUDA C++ Programming Guide", compute capability 5.x, shared memory; wide accesses are
served by half and quarter warps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from tern.gpu.coalescing import BANKS, WORD, warp_costs
from tern.gpu.ptx import Clock, Statement, Values, statements, unsure_at

SECONDS = 20.0  # of CPU time, for one kernel
WARP = 32
_ACCESS = re.compile(
    r"(?:ld|st|atom|red)[\w.]*\.shared[\w.:]*|(?:ld|st)matrix\.[\w.]*\.shared[\w.:]*"
)
_COPY = re.compile(r"cp\.async\.c[ag]\.shared[\w.:]*")
_ADDRESS = re.compile(r"[^\[]*\[\s*([%\w$]+)\s*(?:\+\s*(-?\d+)\s*)?\]")


@dataclass(frozen=True)
class SharedAccess:
    """One load or store of shared memory, of all warps of a program together.

    `wavefronts` is how many turns it takes, `min_wavefronts` how many it would if no bank were
    asked twice.
    """

    instruction: str
    line: int  # of the PTX
    wavefronts: int
    min_wavefronts: int

    @property
    def conflicts(self) -> int:
        return self.wavefronts - self.min_wavefronts


def bank_conflicts(ptx: str, warps: int) -> list[SharedAccess]:
    """The accesses to shared memory in the text of a kernel, in the order of the text.

    Counted are ld, st, atom, and red with .shared, ldmatrix and stmatrix of 8 by 8, and what
    cp.async writes. An access in a loop counts once, and what a branch may pass over counts as
    well; a thread that a predicate switches off takes no turn. Lanes that update one word of an
    atomic wait for each other, too, and that is not counted; nor are bulk copies and the matrix
    instructions that read shared memory themselves (cp.async.bulk, wgmma).

    Raises ValueError where an address depends on more than the number of the thread: on what was
    loaded, on which iteration of a loop it is, or on an instruction that tern/gpu/ptx.py does not
    model; and where the text is none, or takes longer than SECONDS.
    """
    clock = Clock(SECONDS)
    values, program, found = Values(warps * WARP), list(statements(ptx, clock)), []
    unsure = unsure_at(program, clock)
    for each in program:
        clock.look()
        if each.label:
            values.forget(unsure.get(each.label, set()))
            continue
        if _ACCESS.fullmatch(each.opcode) or _COPY.fullmatch(each.opcode):
            found.append(_access(each, values))
        try:
            values.run(each)
        except (TypeError, IndexError, OverflowError):  # too few operands, or too large ones
            raise ValueError(f"line {each.line} of the PTX is none: {each.opcode}") from None
    return found


def _access(statement: Statement, values: Values) -> SharedAccess:
    what, active = statement.opcode, values.active(statement)
    if active is None:  # it may hold in every thread
        active = values.everywhere
    address = _ADDRESS.match(statement.rest)
    base = values.known(address[1]) if address else None
    where = f"line {statement.line} of the PTX"
    if base is None:
        raise ValueError(f"{where}: where {what} goes is not known: {statement.rest}")
    width = _bytes_of_a_lane(statement)
    if width is None:
        raise ValueError(f"{where}: how many bytes a lane of {what} moves is not known")
    offset = int(address[2] or 0)
    if abs(offset) >> 31 or base.size % WARP:
        raise ValueError(f"{where}: {what} goes too far: {offset}")
    addresses = base + offset
    # A matrix of 8 rows, 16 bytes each: every 8 lanes give the addresses of one.
    group = 8 if "matrix" in what else max(1, WARP * WORD // max(width, WORD))
    lanes, on = addresses.reshape(-1, WARP), active.reshape(-1, WARP)
    if "matrix" in what:
        lanes, on = lanes[:, : 8 * _matrices(what)], on[:, : 8 * _matrices(what)]
    lanes, on = lanes.reshape(-1, group), on.reshape(-1, group)
    turns = int(warp_costs(lanes, on, "banks", width).sum())
    words = [lanes // WORD + k for k in range(max(1, width // WORD))]
    different = warp_costs(np.hstack(words), np.hstack([on] * len(words)), "paths")
    fewest = int((-(-different // BANKS)).sum())
    return SharedAccess(what, statement.line, turns, fewest)


def _matrices(what: str) -> int:
    number = re.search(r"\.x([124])", what)
    return int(number[1]) if number else 1


def _bytes_of_a_lane(statement: Statement) -> int | None:
    """1, 2, 4, 8, or 16; None where it cannot be told."""
    width = _width(statement)
    return width if width in (1, 2, 4, 8, 16) else None


def _width(statement: Statement) -> int | None:
    what = statement.opcode
    if "matrix" in what:
        return 16 if re.search(r"\.m8n8\.x[124]\.", what) else None
    if _COPY.fullmatch(what):  # [to], [from], bytes
        size = re.match(r"[^\]]*\][^\]]*\]\s*,\s*(\w+)", statement.rest)
        return int(size[1], 0) if size else None
    vector = int(m[1]) if (m := re.search(r"\.v(\d)", what)) else 1
    bits = re.search(r"\.[a-z]+(\d+)(x2)?$", what)
    return vector * int(bits[1]) * (2 if bits[2] else 1) // 8 if bits else None
