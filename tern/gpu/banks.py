"""Bank conflicts of a compiled kernel, read from its PTX: which words the lanes of a warp touch.

Shared memory has 32 banks, and word w (4 bytes) lies in bank w % 32. A warp's access takes as many
turns, "wavefronts", as the busiest bank has different words to give. What the address of an access
depends on is the number of the thread, so a small evaluator runs the PTX's integer arithmetic for all
threads at once and reads off the addresses: no GPU, no profiler.

NVIDIA, "CUDA C++ Programming Guide", compute capability 5.x, shared memory; wide accesses are served
by half and quarter warps.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

BANKS, WORD, WARP = 32, 4, 32
_ACCESS = re.compile(
    r"(?P<what>(?:ld|st)\.shared[\w.]*|ldmatrix[\w.]*shared[\w.]*|stmatrix[\w.]*shared[\w.]*)\s+(?P<rest>.*)"
)
_PLACE = re.compile(r"\[\s*([%\w$]+)\s*(?:\+\s*(-?\d+))?\s*\]")


@dataclass(frozen=True)
class SharedAccess:
    """One load or store of shared memory, of all warps of a program together.

    `wavefronts` is how many turns it takes, `least` how many it would if no bank were asked twice.
    """

    instruction: str
    line: int  # of the PTX
    wavefronts: int
    least: int

    @property
    def conflicts(self) -> int:
        return self.wavefronts - self.least


def bank_conflicts(ptx: str, warps: int) -> list[SharedAccess]:
    """Every access to shared memory in the text of a kernel, in the order of the text.

    An access in a loop counts once. A thread that a predicate switches off takes no turn. Raises ValueError where an address depends on more than
    the number of the thread: on what was loaded, for instance.
    """
    values = _Values(warps * WARP)
    found = []
    for number, line in enumerate(ptx.splitlines(), 1):
        text = line.strip().rstrip(";")
        active = values.everywhere
        if guard := re.match(r"@(!?)(%p\d+)\s+", text):
            text, holds = text[guard.end() :], values.known(guard[2])
            if holds is not None:  # else it may hold in every thread
                active = (holds == 0) if guard[1] else (holds != 0)
        if access := _ACCESS.match(text):
            found.append(_access(access["what"], access["rest"], number, values, active))
        elif not text.startswith(("//", ".", "$", "{", "}")):
            values.run(text)
    return found


def _access(
    what: str, rest: str, line: int, values: _Values, active: np.ndarray
) -> SharedAccess:
    place = _PLACE.search(rest)
    base = values.known(place[1]) if place else None
    if base is None:
        raise ValueError(f"line {line} of the PTX: where {what} goes is not known: {rest}")
    addresses = base + int(place[2] or 0)
    width = _bytes_of_a_lane(what)
    # A matrix of 8 rows, 16 bytes each: every 8 lanes give the places of one.
    group = 8 if "matrix" in what else max(1, WARP * WORD // max(width, WORD))
    turns = least = 0
    for warp, on in zip(addresses.reshape(-1, WARP), active.reshape(-1, WARP)):
        if "matrix" in what:
            warp, on = warp[: 8 * _matrices(what)], on[: 8 * _matrices(what)]
        for lanes, taking in zip(warp.reshape(-1, group), on.reshape(-1, group)):
            places = lanes[taking] // WORD
            words = {int(place) + k for place in places for k in range(max(1, width // WORD))}
            taken = np.bincount([word % BANKS for word in words], minlength=BANKS)
            turns += int(taken.max())
            least += -(-len(words) // BANKS)
    return SharedAccess(what, line, turns, least)


def _matrices(what: str) -> int:
    return int(re.search(r"\.x([124])", what)[1])


def _bytes_of_a_lane(what: str) -> int:
    if "matrix" in what:
        return 16
    vector = int(m[1]) if (m := re.search(r"\.v(\d)", what)) else 1
    return vector * int(re.search(r"\.[busf](\d+)$", what)[1]) // 8


# ---- the integer arithmetic of PTX -------------------------------------------------------------------


class _Values:
    """Registers, for every thread of a program. What is not known is missing."""

    def __init__(self, threads: int):
        zero = np.zeros(threads, np.int64)
        self.everywhere = np.ones(threads, bool)
        self.registers = {"%tid.x": np.arange(threads), "global_smem": zero}

    def known(self, name: str) -> np.ndarray | None:
        if re.fullmatch(r"-?(0x[0-9a-fA-F]+|\d+)", name):
            return np.full_like(self.registers["%tid.x"], int(name, 0))
        return self.registers.get(name)

    def run(self, text: str) -> None:
        """One instruction: what it writes is known if its operands are, and the instruction is."""
        match = re.match(r"([\w.:]+)\s+(.*)", text)
        if not match:
            return
        opcode, (target, *operands) = match[1], [each.strip() for each in match[2].split(",")]
        given = [self.known(each) for each in operands]
        kind, compute = opcode.split(".")[0], None
        if all(each is not None for each in given):
            compute = _COMPUTE.get(kind)
        if compute is None:
            self.registers.pop(target, None)
            return
        result = compute(opcode, *given)
        if not opcode.endswith("64") and ".wide" not in opcode:
            result = _narrow(result)
        self.registers[target] = result


def _narrow(value: np.ndarray) -> np.ndarray:
    return value.astype(np.int64).astype(np.uint32).astype(np.int32).astype(np.int64)


def _unsigned(opcode: str, value: np.ndarray) -> np.ndarray:
    return value & 0xFFFFFFFF if not opcode.endswith("64") else value


def _shift_right(opcode: str, value: np.ndarray, by: np.ndarray) -> np.ndarray:
    return value >> by if ".s" in opcode else _unsigned(opcode, value) >> by


def _extract(opcode: str, value: np.ndarray, start: np.ndarray, length: np.ndarray) -> np.ndarray:
    field = (_unsigned(opcode, value) >> start) & ((1 << length) - 1)
    if ".s" in opcode:  # the field's highest bit is its sign
        field = np.where(field >> (length - 1) & 1, field - (1 << length), field)
    return field


def _compare(opcode: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if re.search(r"\.[ub]\d", opcode):
        a, b = _unsigned(opcode, a), _unsigned(opcode, b)
    compare = getattr(np, _COMPARISONS[opcode.split(".")[1]])
    return compare(a, b).astype(np.int64)


_COMPARISONS = {
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
    "lo": "less", "ls": "less_equal", "hi": "greater", "hs": "greater_equal",
}  # fmt: skip


def _lop3(opcode: str, a: np.ndarray, b: np.ndarray, c: np.ndarray, table: np.ndarray) -> np.ndarray:
    result = np.zeros_like(a)
    for bit in range(8):
        if int(table[0]) >> bit & 1:
            x, y, z = (each if bit >> k & 1 else ~each for each, k in ((a, 2), (b, 1), (c, 0)))
            result |= x & y & z
    return result


_COMPUTE: dict[str, Callable[..., np.ndarray]] = {
    "mov": lambda opcode, a: a,
    "cvt": lambda opcode, a: a,
    "not": lambda opcode, a: ~a,
    "add": lambda opcode, a, b: a + b,
    "sub": lambda opcode, a, b: a - b,
    "mul": lambda opcode, a, b: a * b,
    "mad": lambda opcode, a, b, c: a * b + c,
    "and": lambda opcode, a, b: a & b,
    "or": lambda opcode, a, b: a | b,
    "xor": lambda opcode, a, b: a ^ b,
    "shl": lambda opcode, a, by: a << by,
    "shr": _shift_right,
    "bfe": _extract,
    "lop3": _lop3,
    "neg": lambda opcode, a: -a,
    "min": lambda opcode, a, b: np.minimum(a, b),
    "max": lambda opcode, a, b: np.maximum(a, b),
    "selp": lambda opcode, a, b, holds: np.where(holds != 0, a, b),
    "setp": _compare,
}
