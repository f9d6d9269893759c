"""Reads machine code's text: instructions, widths of memory accesses, registers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

SASS = re.compile(r"^\s*/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)", re.MULTILINE)
AMDGCN = re.compile(r"^\t([a-z]+_[a-z0-9_]+)", re.MULTILINE)
MATRIX = tuple(
    """HMMA IMMA BMMA QMMA OMMA DMMA HGMMA IGMMA QGMMA UTCHMMA UTCQMMA UTCIMMA
    v_mfma v_wmma v_smfmac""".split()
)
LOADS = ("LDG", "LDGSTS", "global_load", "buffer_load")
STORES = ("STG", "global_store", "buffer_store")
BITS = {"U8": 8, "S8": 8, "U16": 16, "S16": 16, "64": 64, "128": 128}
AMD_BITS = {
    "ubyte": 8,
    "sbyte": 8,
    "byte": 8,
    "ushort": 16,
    "sshort": 16,
    "short": 16,
    "dword": 32,
    "dwordx2": 64,
    "dwordx3": 96,
    "dwordx4": 128,
}


def opcodes(text: str) -> dict[str, int]:
    """How often each instruction stands in the text of nvdisasm, or in AMD's assembly."""
    found = SASS.findall(text) or AMDGCN.findall(text)
    return dict(sorted(Counter(found).items()))


def matrix_instructions(counts: dict[str, int]) -> dict[str, int]:
    return {each: n for each, n in counts.items() if each.split(".")[0].startswith(MATRIX)}


def load_widths(counts: dict[str, int]) -> dict[int, int]:
    return _widths(counts, LOADS)


def store_widths(counts: dict[str, int]) -> dict[int, int]:
    return _widths(counts, STORES)


def _widths(counts: dict[str, int], kinds: Iterable[str]) -> dict[int, int]:
    widths: Counter = Counter()
    for opcode, n in counts.items():
        for kind in kinds:
            first, *parts = opcode.split(".")
            if first == kind:
                widths[next((BITS[part] for part in parts if part in BITS), 32)] += n
            elif first.startswith(kind + "_"):
                part = first[len(kind) + 1 :].split("_")
                widths[next((AMD_BITS[each] for each in part if each in AMD_BITS), 32)] += n
    return dict(sorted(widths.items()))


def nvidia_resources(log: str) -> dict[str, int]:
    """Registers, stack and spills from what `ptxas -v` prints.

    ValueError if it says nothing of them.
    """
    registers = re.search(r"Used (\d+) registers", log)
    memory = re.search(
        r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", log
    )
    if not registers or not memory:
        raise ValueError("the assembler told no registers")
    stack, stores, loads = map(int, memory.groups())
    return {"registers": int(registers[1]), "stack": stack, "spills": stores + loads}


def amd_resources(text: str) -> dict[str, int]:
    """The same from the metadata in AMD's assembly."""

    def value(name: str) -> int:
        found = re.search(rf"\.{name}:\s+(\d+)", text)
        return int(found[1]) if found else 0

    spills = value("vgpr_spill_count") + value("sgpr_spill_count")
    return {
        "registers": value("vgpr_count"),
        "stack": value("private_segment_fixed_size"),
        "spills": spills,
    }
