"""What an operation costs in energy, from two published tables.

Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014, figure 1.1.9: 45
nm, 0.9 V. Jouppi et al., "Ten lessons from three generations shaped Google's TPUv4i", ISCA 2021,
table 2: the same table for 7 nm. A memory access is one of 64 bits.
"""

from __future__ import annotations

# pJ, in 45 nm and in 7 nm. DRAM is DDR3 and DDR4: wires and pins did not shrink.
PICOJOULES = {
    "8-bit integer add": (0.03, 0.007),
    "32-bit integer add": (0.1, 0.03),
    "32-bit float add": (0.9, 0.38),
    "32-bit float multiply": (3.7, 1.31),
    "load 64 bits from 8 KB of SRAM": (10.0, 7.5),
    "load 64 bits from 1 MB of SRAM": (100.0, 14.0),
    "load 64 bits from DRAM": (1300.0, 1300.0),
}
