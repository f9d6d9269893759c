"""What a tiled matrix product costs by a model of a GPU: of what can be counted without one.

It is a model, and not a time. It knows the bytes that programs request, those that L2 misses, what
warps read from shared memory, the rate of the multiplying units, how many programs fit on a
multiprocessor, and that the last wave leaves some idle. It does not know bank conflicts, issue
slots, clocks that drop under load, or how well a compiler schedules. Use it to leave out what
cannot be good, and to rank what is left.
"""

from __future__ import annotations

from dataclasses import dataclass

from tern.gpu.configurations import Configuration
from tern.gpu.datasheets import DATASHEETS, Datasheet
from tern.gpu.devices import DEVICES
from tern.gpu.resources import Resources, resources_of, warp_grid
from tern.gpu.tile_bound import Shape, divide_up, tile_bound

LATENCY = 600  # clocks from a load to its data, from memory: some hundreds on every GPU since 2017
L2_BYTES = 48  # that a multiprocessor gets from L2 in a clock: an A100's 5,120 for 108
SHARED_BYTES = 128  # that shared memory gives in a clock: a word of each of 32 banks
# Two assumptions, which nobody has measured here:
STEP = 40  # clocks in which a program does not multiply: a barrier, addresses, a branch
LAUNCH = 4000  # clocks between two launches, some microseconds
SUM_BYTES = 4  # of a float32, in which parts of split sums are kept


@dataclass(frozen=True)
class Estimate:
    """The model's terms for one configuration. Clocks are a multiprocessor's, all else is counted.

    `clocks` is their total: the busiest multiprocessor's programs, one after another, each step
    as long as the slowest of its four terms, and a little more; or memory, if that takes longer.
    """

    how: Configuration
    resources: Resources
    programs: int
    rounds: int  # programs that the busiest multiprocessor runs
    idle: float  # share of multiprocessors' time without a program, for want of whole rounds
    requested: int  # bytes, by the tile bound
    from_memory: int  # bytes that L2 does not have
    compute: float  # clocks of one step
    transfer: float  # clocks of one step, from L2
    feed: float  # clocks of one step, from shared memory to registers
    wait: float  # clocks of one step, for its operands
    clocks: float


def estimate(
    shape: Shape, how: Configuration, device: str, size: int = 2, precision: str = ""
) -> Estimate:
    """What a product of m x n x k elements of `size` bytes costs with one configuration.

    `precision` is tl.dot's, of float32: "ieee" uses no tensor cores, "tf32" half their rate for 16
    bits, "tf32x3" a sixth. ValueError if the configuration does not run at all: matmul_space.py
    says which do.
    """
    m, n, k = shape
    needs = resources_of(how, device, size, precision)
    if not needs.resident:
        raise ValueError(f"{how} does not fit on {device}: {needs}")
    units = DEVICES[device].multiprocessors
    tiles = divide_up(m, how.block_m) * divide_up(n, how.block_n)
    steps = divide_up(divide_up(k, how.block_k), how.splits)
    programs = tiles * divide_up(divide_up(k, how.block_k), steps)
    rounds = divide_up(programs, units)
    together = min(needs.resident, rounds)
    step_bytes = (how.block_m + how.block_n) * how.block_k * size
    compute = 2 * how.block_m * how.block_n * how.block_k / flop_per_clock(device, size, precision)
    transfer = step_bytes / L2_BYTES
    down, across = warp_grid(how)
    warp_bytes = (how.block_m // down + how.block_n // across) * how.block_k * size
    feed = how.warps * warp_bytes / SHARED_BYTES
    ahead = 1 if device == "sm_75" else max(how.stages - 1, 1)  # a T4 copies no step ahead
    wait = LATENCY / (together * ahead)
    from_memory = memory_bytes(shape, how, units * needs.resident, size)
    fill = LATENCY + compute  # before a program's first product, and for its tile's way out
    busy = rounds * (
        steps * (max(compute, transfer, feed, wait) + STEP / together) + fill / together
    )
    clocks = max(busy, from_memory / memory_bytes_per_clock(device))
    if how.splits > 1:  # the parts are stored, loaded, and added up, in a launch of their own
        parts = 2 * (programs // tiles) * m * n * SUM_BYTES
        clocks += LAUNCH + parts / memory_bytes_per_clock(device)
    return Estimate(
        how,
        needs,
        programs,
        rounds,
        1 - programs / (units * rounds),
        tile_bound(shape, (how.block_m, how.block_n), size),
        from_memory,
        compute,
        transfer,
        feed,
        wait,
        clocks,
    )


def memory_bytes(shape: Shape, how: Configuration, at_once: int, size: int) -> int:
    """Bytes from memory where `at_once` programs run together, in grouped order, and share all
    that they load meanwhile; and the result's. Never less than each matrix once.

    They cover `group` rows of tiles, and as many columns as it takes; or all of a narrow grid.
    """
    m, n, k = shape
    down, across = divide_up(m, how.block_m), divide_up(n, how.block_n)
    at_once = min(at_once, down * across)
    rows = min(how.group, down)
    columns = min(divide_up(at_once, rows), across)
    rows = min(divide_up(at_once, columns), down)
    waves = divide_up(down * across, at_once)
    sides = min(rows * how.block_m, m) + min(columns * how.block_n, n)
    loaded = waves * sides * k * size
    requested = tile_bound(shape, (how.block_m, how.block_n), size) - size * m * n
    return max(min(loaded, requested), (m * k + k * n) * size) + m * n * size


def flop_per_clock(device: str, size: int, precision: str = "") -> float:
    """What one multiprocessor multiplies and adds in a clock."""
    sheet = datasheet(device)
    plain = sheet.fp32 * 1e6 / (sheet.units * sheet.boost_mhz)
    if device == "sm_75" or precision == "ieee" or size > 4:
        return plain  # Triton uses no tensor cores of a T4
    if size == 4:
        return sheet.flop_per_clock / (2 if precision == "tf32" else 6)
    return sheet.flop_per_clock * 2 / size


def memory_bytes_per_clock(device: str) -> float:
    """Bytes from memory in a clock, of all multiprocessors together."""
    sheet = datasheet(device)
    return sheet.bandwidth * 1e3 / sheet.boost_mhz


def datasheet(device: str) -> Datasheet:
    name = DEVICES[device].example
    return next(each for each in DATASHEETS if each.name.startswith(name))
