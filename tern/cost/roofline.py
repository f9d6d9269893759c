"""The roofline: the speed that arithmetic and memory together allow.

Williams, Waterman & Patterson, "Roofline: an insightful visual performance model for multicore
architectures", CACM 52(4), 2009.
"""

from __future__ import annotations

from dataclasses import dataclass


def arithmetic_intensity(flops: float, bytes: float) -> float:
    """Floating-point operations per byte moved. ValueError if no byte moves or one is negative."""
    if flops < 0 or bytes <= 0:
        raise ValueError(f"needs flops >= 0 and bytes > 0, not {flops:g} and {bytes:g}")
    return flops / bytes


@dataclass(frozen=True)
class Roofline:
    """A machine: its peak in FLOP/s, and its memory bandwidth in bytes/s."""

    peak_flops: float
    bandwidth: float

    def __post_init__(self) -> None:
        if not (self.peak_flops > 0 and self.bandwidth > 0):
            raise ValueError(
                "needs peak_flops > 0 and bandwidth > 0, "
                f"not {self.peak_flops:g} and {self.bandwidth:g}"
            )

    @property
    def ridge(self) -> float:
        """The intensity, in FLOP per byte, from which on arithmetic is the bound."""
        return self.peak_flops / self.bandwidth

    def attainable(self, flops: float, bytes: float) -> float:
        """The most FLOP/s that a kernel of so many operations and bytes can reach."""
        return min(self.peak_flops, self.bandwidth * arithmetic_intensity(flops, bytes))

    def seconds(self, flops: float, bytes: float) -> float:
        """The least time of such a kernel: arithmetic and memory fully overlapped."""
        return max(flops / self.peak_flops, bytes / self.bandwidth)

    def bound(self, flops: float, bytes: float) -> str:
        """What limits the kernel: "memory" left of the ridge, "compute" from the ridge on."""
        return "memory" if arithmetic_intensity(flops, bytes) < self.ridge else "compute"
