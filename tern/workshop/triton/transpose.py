"""The transposition of a matrix, by tiles."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from tern.parts import part


@triton.jit
def transpose_kernel(x, result, rows, columns, TILE: tl.constexpr):
    across = tl.cdiv(columns, TILE)
    row = tl.program_id(0) // across * TILE + tl.arange(0, TILE)
    column = tl.program_id(0) % across * TILE + tl.arange(0, TILE)
    source = row.to(tl.int64)[:, None] * columns + column[None, :]
    target = column.to(tl.int64)[:, None] * rows + row[None, :]
    tile = tl.load(x + source, mask=(row[:, None] < rows) & (column[None, :] < columns))
    inside = (column[:, None] < columns) & (row[None, :] < rows)
    tl.store(result + target, tl.trans(tile), mask=inside)


@part("workshop.triton.transpose", helpers=(transpose_kernel,))
def transpose(x: torch.Tensor) -> torch.Tensor:
    """The transpose of x, float32[m, n], as a new contiguous tensor float32[n, m].

    A program moves one square tile: rows of it are read, rows of its transpose are written, and
    between the two the compiler takes it through shared memory.

    >>> measure(transpose, torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])).results[0]
    tensor([[1., 4.],
            [2., 5.],
            [3., 6.]])
    """
    rows, columns = x.shape
    result = torch.empty((columns, rows), dtype=x.dtype, device=x.device)
    tile = 64
    tiles = triton.cdiv(rows, tile) * triton.cdiv(columns, tile)
    transpose_kernel[(tiles,)](x, result, rows, columns, TILE=tile)
    return result
