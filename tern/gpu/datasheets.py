"""What five accelerators promise, with sources, and the arithmetic behind the large numbers.

A datasheet's matrix throughput is units x operations a clock x clock. The three factors are listed
here, so that a promise can be checked: `Datasheet.matrix_peak`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Datasheet:
    """One accelerator, as its vendor describes it. Throughput in TFLOP/s, bandwidth in GB/s."""

    name: str
    year: int
    units: int  # streaming multiprocessors, or compute units
    boost_mhz: int  # of the matrix units, where the vendor gives several
    fp32: float  # outside of the matrix units
    matrix: float  # 16-bit floating point, *dense*
    headline: float  # the largest 16-bit number that the datasheet prints
    sparse: bool  # whether that number assumes that half of the weights are zero
    flop_per_clock: int  # of one unit, 16-bit, dense
    memory_gb: int
    bandwidth: float
    watts: int
    source: str

    @property
    def matrix_peak(self) -> float:
        """TFLOP/s from the factors: units x FLOP a clock x clock."""
        return self.units * self.flop_per_clock * self.boost_mhz / 1e6

    @property
    def ridge(self) -> float:
        """FLOP per byte from which on the matrix units are the bound."""
        return self.matrix * 1e3 / self.bandwidth


# The 16-bit format is FP16 on the T4, which has no bfloat16, and either one elsewhere.
DATASHEETS = (
    Datasheet(
        "T4", 2018, 40, 1590, 8.1, 65.0, 65.0, False, 1024, 16, 320.0, 70,
        "NVIDIA T4 datasheet; NVIDIA Turing GPU Architecture whitepaper",
    ),
    Datasheet(
        "A100 80GB SXM", 2020, 108, 1410, 19.5, 312.0, 624.0, True, 2048, 80, 2039.0, 400,
        "NVIDIA A100 datasheet; NVIDIA A100 Tensor Core GPU Architecture whitepaper",
    ),
    Datasheet(
        "H100 SXM", 2022, 132, 1830, 66.9, 989.4, 1978.9, True, 4096, 80, 3350.0, 700,
        "NVIDIA H100 datasheet; NVIDIA H100 Tensor Core GPU Architecture whitepaper",
    ),
    Datasheet(
        # Units and clock are not NVIDIA's own figures. Announced were 192 GB and 8,000 GB/s.
        "B200 (HGX)", 2024, 148, 1850, 75.0, 2250.0, 4500.0, True, 8192, 180, 7700.0, 1000,
        "NVIDIA HGX platform specifications, HGX B200",
    ),
    Datasheet(
        "MI300X", 2023, 304, 2100, 163.4, 1307.4, 2614.9, True, 2048, 192, 5300.0, 750,
        "AMD Instinct MI300X datasheet; AMD CDNA 3 whitepaper",
    ),
)  # fmt: skip
