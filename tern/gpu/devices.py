"""The GPUs that kernels are compiled for, and what limits them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """One architecture. `max_shared` is the shared memory of one program, in bytes."""

    name: str
    example: str
    backend: str  # Triton's: "cuda" or "hip"
    arch: int | str
    warp: int  # lanes
    max_shared: int
    multiprocessors: int


# CUDA C++ Programming Guide, "Technical specifications per compute capability"; AMD, "CDNA 3 ISA"
DEVICES = {
    each.name: each
    for each in (
        Device("sm_75", "T4", "cuda", 75, 32, 64 << 10, 40),
        Device("sm_80", "A100", "cuda", 80, 32, 163 << 10, 108),
        Device("sm_90", "H100", "cuda", 90, 32, 227 << 10, 132),
        Device("sm_100", "B200", "cuda", 100, 32, 227 << 10, 148),
        Device("gfx942", "MI300X", "hip", "gfx942", 64, 64 << 10, 304),
    )
}
