"""How many programs of a kernel fit on a multiprocessor at once: its occupancy.

A multiprocessor hides a load's latency by running other warps meanwhile, so it wants many. How many
it can hold is decided by whatever runs out first: warps, blocks, registers, or shared memory.

NVIDIA, "CUDA C++ Programming Guide", technical specifications per compute capability, and the
occupancy calculator in cuda_occupancy.h.
"""

from __future__ import annotations

from dataclasses import dataclass

from tern.gpu.build import Build
from tern.gpu.devices import DEVICES

SIDES = 4  # partitions of a multiprocessor; each has a quarter of the warps and registers
REGISTERS = 256  # a warp's registers are handed out by as many


@dataclass(frozen=True)
class Multiprocessor:
    """What one multiprocessor has, and by how much it hands out: registers of 32 bits, bytes."""

    warps: int
    blocks: int
    registers: int
    shared: int
    shared_unit: int  # shared memory is handed out by as much
    reserved: int  # shared memory that the system takes for each block


MULTIPROCESSORS = {
    "sm_75": Multiprocessor(32, 16, 1 << 16, 64 << 10, 256, 0),
    "sm_80": Multiprocessor(64, 32, 1 << 16, 164 << 10, 128, 1 << 10),
    "sm_90": Multiprocessor(64, 32, 1 << 16, 228 << 10, 128, 1 << 10),
    "sm_100": Multiprocessor(64, 32, 1 << 16, 228 << 10, 128, 1 << 10),
}


@dataclass(frozen=True)
class Occupancy:
    """`blocks` and `warps` that are on a multiprocessor at once, and what ran out first.

    `share` is warps over the most that there can be; `limits` is how many blocks each resource
    would allow, a resource that is not used being absent.
    """

    blocks: int
    warps: int
    share: float
    limits: dict[str, int]

    @property
    def limited_by(self) -> list[str]:
        """The resources that allow no more blocks: "warps", "blocks", "registers", "shared"."""
        return [name for name, blocks in self.limits.items() if blocks == self.blocks]


def occupancy(device: str, threads: int, registers: int, shared: int) -> Occupancy:
    """The occupancy of a kernel of `threads` a block, `registers` a thread, `shared` bytes a block.

    `device` is one of MULTIPROCESSORS. Zero blocks if one block asks for more than there is.
    ValueError for an unknown device, or numbers that no kernel has.
    """
    if device not in MULTIPROCESSORS:
        raise ValueError(f"{device!r} is none of {', '.join(MULTIPROCESSORS)}")
    if not (1 <= threads <= 1024 and 0 <= registers <= 255 and shared >= 0):
        raise ValueError(f"no kernel has {threads} threads, {registers} registers, {shared} bytes")
    has, warps = MULTIPROCESSORS[device], _divide_up(threads, 32)
    limits = {"warps": has.warps // warps, "blocks": has.blocks}
    if registers:
        of_a_warp = _round_up(registers * 32, REGISTERS)
        limits["registers"] = has.registers // SIDES // of_a_warp * SIDES // warps
    needed = _round_up(shared + has.reserved, has.shared_unit)
    if needed:
        limits["shared"] = has.shared // needed
    blocks = min(limits.values())
    return Occupancy(blocks, blocks * warps, blocks * warps / has.warps, limits)


def occupancy_of(build: Build) -> Occupancy:
    """The occupancy of a kernel that was compiled for an NVIDIA GPU: see tern/gpu/offline.py."""
    warp = DEVICES[build.device].warp
    return occupancy(build.device, build.warps * warp, build.registers, build.shared)


def warps_to_hide(latency: float, interval: float) -> float:
    """Little's law: the operations that must be in flight to start one every `interval`.

    Both in the same unit of time, such as cycles. ValueError unless both are positive.
    """
    if not (latency > 0 and interval > 0):
        raise ValueError(f"needs latency > 0 and interval > 0, not {latency:g} and {interval:g}")
    return latency / interval


def _divide_up(number: int, by: int) -> int:
    return -(-number // by)


def _round_up(number: int, to: int) -> int:
    return _divide_up(number, to) * to
