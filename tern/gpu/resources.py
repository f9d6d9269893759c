"""What a tiled matrix product will need of a multiprocessor, estimated before it is compiled.

Shared memory is what Triton's pipeliner allocates, to within some bytes for barriers. Registers
are an estimate: the compiler may find better, or need some more.
"""

from __future__ import annotations

from dataclasses import dataclass

from tern.gpu.configurations import Configuration
from tern.gpu.devices import DEVICES
from tern.gpu.multiprocessor import occupancy

MAX_REGISTERS = 255  # that an instruction can name
ADDRESSES = 24  # registers for addresses, masks, and counters
BARRIERS = 64  # bytes that loads by Hopper's unit, and tensor cores that run alone, may need


@dataclass(frozen=True)
class Resources:
    """Bytes of shared memory of a program, registers of a thread, and how many programs fit."""

    shared: int
    registers: int
    resident: int  # programs on a multiprocessor at once; 0: not even one


def resources_of(how: Configuration, device: str, size: int, precision: str = "") -> Resources:
    """What a product of elements of `size` bytes needs on a device of NVIDIA's.

    "ieee", of float32, is computed without tensor cores.
    """
    shared = shared_bytes(how, device, size, precision)
    registers = registers_of(how, device, size, precision)
    if shared > DEVICES[device].max_shared or registers > MAX_REGISTERS:
        return Resources(shared, registers, 0)
    return Resources(shared, registers, occupancy(device, 32 * how.warps, registers, shared).blocks)


def shared_bytes(how: Configuration, device: str, size: int, precision: str = "") -> int:
    """The operands of all steps that are under way, or the result's tile on its way out.

    An Ampere keeps `stages - 1` steps: the next one's registers are a stage of their own. From
    Hopper on, tensor cores read shared memory themselves, and a step stays there until they have.
    A T4 copies no step ahead.
    """
    step = (how.block_m + how.block_n) * how.block_k * size
    steps = max(how.stages - 1, 1)
    if device == "sm_75":
        steps = 1
    elif device in ("sm_90", "sm_100") and precision != "ieee" and _whole_warpgroups(how):
        return max(step * how.stages, how.block_m * how.block_n * size) + BARRIERS
    return max(step * steps, how.block_m * how.block_n * size)


def registers_of(how: Configuration, device: str, size: int, precision: str = "") -> int:
    """The tile's sums, the operands of a step where registers hold them, and addresses."""
    down, across = warp_grid(how)
    sums = how.block_m * how.block_n // (32 * how.warps)
    if device in ("sm_90", "sm_100") and precision != "ieee" and _whole_warpgroups(how):
        return sums + sums // 4 + ADDRESSES
    operands = (how.block_m // down + how.block_n // across) * how.block_k * size // (4 * 32)
    return sums + operands + ADDRESSES


def warp_grid(how: Configuration) -> tuple[int, int]:
    """Warps down and across a tile, so that each one's part is as square as it can be."""
    down = across = 1
    while down * across < how.warps:
        if how.block_m // down >= how.block_n // across:
            down *= 2
        else:
            across *= 2
    return down, across


def _whole_warpgroups(how: Configuration) -> bool:
    """Whether tensor cores of Hopper and later take the tile: 4 warps, 64 rows together."""
    return how.warps >= 4 and how.block_m >= 64
