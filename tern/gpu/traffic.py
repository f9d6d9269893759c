"""What the meter finds: it says what was counted, and what was not looked at."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Any

from tern.gpu.tally import Plan, Tally

OPTIONS = ("num_warps", "num_stages", "num_ctas")
SECTOR = 32  # bytes: what a GPU's memory moves at least


def source_name(path: str) -> str:
    """What a source file is called in messages: its name, or "cell" for a notebook's cell."""
    return (
        "cell"
        if re.search(r"ipykernel_\d+|<ipython-input", path)
        else os.path.basename(path).strip("<>")
    )


@dataclass(frozen=True)
class Fault:
    """Something wrong, where, and in which program of the grid it was seen first.

    `kind` is "missing mask", "out of bounds", "missing other", "race", "uninitialized read",
    "unwritten output", "not by a kernel", "undefined address", "device assert", "endless loop",
    "grid too large", "not Triton", "does not compile", "unsupported", or "error". `count` is how
    many lanes or elements it struck, in all programs that ran.
    """

    kind: str
    message: str
    file: str = ""
    line: int = 0
    program: tuple[int, int, int] | None = None
    count: int = 1

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else ""
        program = f" (program {self.program})" if self.program is not None else ""
        return f"{where}{self.kind}: {self.message}{program}"


@dataclass(frozen=True)
class Access:
    """What one source line loads from, stores to, or updates atomically in one tensor, in all."""

    kind: str  # "load", "store", or "atomic"
    tensor: str
    file: str
    line: int
    bytes: int
    sectors: int


@dataclass(frozen=True)
class Launch:
    """One launch of a kernel. `ran` of `programs` programs were run; the counts stand for all."""

    kernel: str
    grid: tuple[int, int, int]
    programs: int
    ran: int
    active: int = 0  # programs that moved something
    widest: int = 0  # bytes of the program that moved most
    loaded: int = 0  # bytes, like the next two; lanes that a mask switches off move none
    stored: int = 0
    atomic: int = 0
    load_sectors: int = 0  # of 32 bytes, each counted once for every 32 lanes that touch it
    store_sectors: int = 0
    atomic_sectors: int = 0
    float_operations: int = 0  # of each lane, reductions included, tl.dot not
    integer_operations: int = 0  # of each lane: mostly addresses and masks
    dot_flops: int = 0  # 2·M·N·K of every tl.dot
    accesses: tuple[Access, ...] = ()
    options: str = ""  # such as "num_warps=8"

    @classmethod
    def of(
        cls, kernel: str, plan: Plan, edge: Tally, inner: Tally, options: dict[str, Any]
    ) -> Launch:
        """What a plan's programs counted, those at the grid's ends apart, for all of the grid."""
        whole = inner.scaled(plan.weight)
        whole.add(edge)
        loads, stores, atomics = (whole.total(kind) for kind in ("load", "store", "atomic"))
        accesses = [
            Access(*site, moved.bytes, moved.sectors) for site, moved in whole.moved.items()
        ]
        accesses.sort(key=lambda each: (each.file, each.line, each.kind, each.tensor))
        return cls(
            kernel,
            plan.grid,
            plan.programs,
            ran=edge.programs + inner.programs,
            active=whole.active,
            widest=whole.widest,
            loaded=loads.bytes,
            stored=stores.bytes,
            atomic=atomics.bytes,
            load_sectors=loads.sectors,
            store_sectors=stores.sectors,
            atomic_sectors=atomics.sectors,
            float_operations=whole.float_operations,
            integer_operations=whole.integer_operations,
            dot_flops=whole.dot_flops,
            accesses=tuple(accesses),
            options=", ".join(f"{name}={options[name]}" for name in OPTIONS if name in options),
        )

    @property
    def bytes(self) -> int:
        return self.loaded + self.stored + self.atomic

    @property
    def sampled(self) -> bool:
        return self.ran < self.programs


@dataclass(frozen=True)
class Traffic:
    """What a launcher's kernels moved through global memory, counted in Triton's interpreter."""

    launches: tuple[Launch, ...]
    faults: tuple[Fault, ...]
    minimum: int  # bytes: each tensor that was given, read once, and each result written once
    written: int = 0  # bytes that are stored to results; scaled up, like all that is counted
    unchecked: tuple[str, ...] = ()  # faults that were not looked for, and why
    computed: tuple[str, ...] = ()  # torch's own operations, which move bytes uncounted
    changed: tuple[int, ...] = ()  # numbers of the arguments that a kernel, or torch, has changed
    strided: tuple[int, ...] = ()  # numbers of the results that are not contiguous
    results: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    # Of each result of a sample, which elements hold what all programs would leave; None: all do.
    settled: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    fronts: Any = field(default=None, compare=False, repr=False)  # of each device: front.py's
    trace: Any = field(default=None, compare=False, repr=False)  # for l2.dram_bytes

    def _sum(self, name: str) -> int:
        return sum(getattr(launch, name) for launch in self.launches)

    @property
    def loaded(self) -> int:
        return self._sum("loaded")

    @property
    def stored(self) -> int:
        return self._sum("stored")

    @property
    def atomic(self) -> int:
        return self._sum("atomic")

    @property
    def bytes(self) -> int:
        return self.loaded + self.stored + self.atomic

    @property
    def sector_bytes(self) -> int:
        """Bytes of all sectors that were touched: what the warps request, before any cache."""
        return SECTOR * sum(self._sum(f"{kind}_sectors") for kind in ("load", "store", "atomic"))

    @property
    def float_operations(self) -> int:
        return self._sum("float_operations")

    @property
    def integer_operations(self) -> int:
        return self._sum("integer_operations")

    @property
    def dot_flops(self) -> int:
        return self._sum("dot_flops")

    @property
    def programs(self) -> int:
        return self._sum("programs")

    @property
    def sampled(self) -> bool:
        """Whether any launch ran only some of its programs, and the counts are scaled up."""
        return any(launch.sampled for launch in self.launches)

    def how(self) -> str:
        """In words, how this was counted."""
        if not self.sampled:
            return f"counted in Triton's interpreter, all {self.programs:,} programs"
        ran = self._sum("ran")
        return f"counted in Triton's interpreter, {ran:,} of {self.programs:,} programs, scaled up"
