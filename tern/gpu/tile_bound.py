"""Bytes that the programs of a tiled matrix product request."""

from __future__ import annotations

Shape = tuple[int, int, int]  # rows and columns of the result, and what is added up over


def tile_bound(shape: Shape, tile: tuple[int, int], size: int, result_size: int = 0) -> int:
    """Bytes that m x n x k products of tiles must request: each program its rows of a and its
    columns of b, once; and the result, stored once.

    `size` is an element's of a and b, `result_size` one's of the result (0: the same), in bytes.
    Where the tile divides the shape, it is 2·m·n·k·(1/columns + 1/rows) + 2·m·n for 16-bit floats.
    """
    (m, n, k), (rows, columns) = shape, tile
    loads = divide_up(n, columns) * m * k + divide_up(m, rows) * k * n
    return size * loads + (result_size or size) * m * n


def divide_up(number: int, by: int) -> int:
    return -(-number // by)
