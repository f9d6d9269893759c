"""Which tile of a matrix product a program takes: lines of a launcher, by the cost model."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from tern.gpu.configurations import Configuration
from tern.gpu.matmul_space import choose, choose_of_whole_rows
from tern.targets.errors import EmitError

_WIDTHS = (16, 32, 64, 128, 256, 512, 1024)  # of rows that one program keeps
_BUCKETS = (64, 512, 4096)  # sizes that stand for what is up to them, the last one for all above
_DEPTH = 1024  # of a product whose inner size is open
_NAMES = "ROWS, COLUMNS, DEPTH, GROUP, num_warps, num_stages"


def tiles(sizes: Sequence[str], device: str, size: int, precision: str) -> list[str]:
    """Lines that set the tile, for the texts of n, m, and k: numbers, or names of open sizes."""
    n, m, k = (int(text) if text.isdigit() else None for text in sizes)
    depth = _DEPTH if k is None else k
    rows, columns = (_BUCKETS if each is None else (each,) for each in (n, m))
    table = {
        (r, c): _text(choose((r, c, depth), device, size, precision))
        for r, c in product(rows, columns)
    }
    comment = f"# By the cost model of tern.gpu, for {device}"
    if len(set(table.values())) == 1:
        return [f"{comment}.", f"{_NAMES} = {next(iter(table.values()))}"]
    ends, lines = [], [f"{comment}, by the sizes of the result.", "TILES = {"]
    lines += [f"    ({r}, {c}): ({text})," for (r, c), text in table.items()]
    for name, text, known in zip(("tall", "wide"), sizes, (n, m)):
        lines_of = text if known is not None else _bucket(text, _BUCKETS)
        ends.append(f"{name} = {lines_of}")
    return [*lines, "}", *ends, f"{_NAMES} = TILES[tall, wide]"]


def _bucket(text: str, buckets: Sequence[int]) -> str:
    """The first of the buckets that a size is not above, or the last: `64 if n <= 64 else 512`."""
    *small, last = buckets
    return "".join(f"{each} if {text} <= {each} else " for each in small) + str(last)


def _text(how: Configuration) -> str:
    return f"{how.block_m}, {how.block_n}, {how.block_k}, {how.group}, {how.warps}, {how.stages}"


def row_tile(name: str, sizes: Sequence[str], device: str, size: int, precision: str) -> list[str]:
    """The same where a program needs whole rows, because it reduces them."""
    n, m, k = (int(text) if text.isdigit() else None for text in sizes)
    rows, depth = _BUCKETS[-1] if n is None else n, _DEPTH if k is None else k
    table = {}
    for width in _WIDTHS if m is None else (m,):
        if how := choose_of_whole_rows((rows, width, depth), device, size, precision):
            table[width] = _text(how)
    most = max(table, default=0)
    if m is not None:
        if not table or not 0 < m <= _WIDTHS[-1]:
            raise EmitError(
                f"@{name} reduces rows of {m} products, and a program keeps 1 to {_WIDTHS[-1]}"
            )
        return [f"# Whole rows; the rest by the cost model of tern.gpu, for {device}.",
                f"{_NAMES} = {table[m]}"]  # fmt: skip
    text = sizes[1]
    why = f'f"{name}: a row must have 1 to {most} elements, and {text} is {{{text}}}"'
    return [
        f"if not 0 < {text} <= {most}:\n        raise ValueError({why})",
        f"# Whole rows; the rest by the cost model of tern.gpu, for {device}.",
        "TILES = {",
        *(f"    {width}: ({text})," for width, text in table.items()),
        "}",
        f"{_NAMES} = TILES[max(triton.next_power_of_2({text}), 16)]",
    ]
