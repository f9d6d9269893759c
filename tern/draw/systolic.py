"""A systolic array at work: a slider over cycles."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tern.draw.picture import Picture, number
from tern.draw.steps import stepper

if TYPE_CHECKING:
    import numpy as np

CELL, LEFT, TOP = 62.0, 66.0, 8.0  # px: a cell, room for what comes in, above

STYLE = """
.tern-systolic rect { fill: color-mix(in srgb, currentColor 5%, transparent);
  stroke: var(--tern-rule); }
.tern-systolic rect.busy { fill: color-mix(in srgb, var(--tern-accent) 45%, transparent); }
"""


def systolic(A: np.ndarray, W: np.ndarray, sums: np.ndarray, busy: np.ndarray) -> Picture:
    """Steps through what `tern.cost.systolic_frames` returned for A @ W.

    Each cell shows its weight, small, and its sum; cells that multiply are colored. What comes in
    stands at the left, what is ready at the bottom. ValueError without a cycle.
    """
    cycles = [_cycle(A, W, sums, busy, t) for t in range(len(sums))]
    text = "\n\n".join(
        f"cycle {t}\n" + "\n".join(" ".join(f"{x:5}" for x in row) for row in frame.tolist())
        for t, frame in enumerate(sums)
    )
    return stepper(cycles, text, STYLE)


def _cycle(A: np.ndarray, W: np.ndarray, sums: np.ndarray, busy: np.ndarray, t: int) -> str:
    (m, k), (_, rows, columns) = A.shape, sums.shape
    body = []
    for p in range(rows):
        y, i = TOP + p * CELL, t - p
        if p < k and 0 <= i < m:
            body.append(_text(LEFT - 10, y + CELL / 2 + 5, f"{A[i, p]} →", "end", "strong"))
        for q in range(columns):
            x, kind = LEFT + q * CELL, "busy" if busy[t, p, q] else "idle"
            weight = int(W[p, q]) if p < W.shape[0] and q < W.shape[1] else 0
            here = 0 <= t - p - q < m
            body.append(
                f'<rect class="{kind}" x="{number(x)}" y="{number(y)}" width="{number(CELL - 4)}" '
                f'height="{number(CELL - 4)}" rx="5"/>'
            )
            body.append(_text(x + 6, y + 15, f"×{weight}", "start", "soft"))
            if here:
                body.append(_text(x + CELL / 2 - 2, y + 42, str(sums[t, p, q]), "middle", "strong"))
    bottom = TOP + rows * CELL
    for q in range(columns):
        i = t - (rows - 1) - q
        if 0 <= i < m:
            done = f"↓ {sums[t, rows - 1, q]}"
            body.append(
                _text(LEFT + q * CELL + CELL / 2 - 2, bottom + 16, done, "middle", "accent")
            )
    wide, high = LEFT + columns * CELL, bottom + 26
    share = busy[t].mean()
    title, note = f"cycle {t}", f"{int(busy[t].sum())} of {rows * columns} cells work ({share:.0%})"
    return (
        f'<section class="step tern-systolic" data-title="{escape(f"{title}: {note}")}">'
        f'<p class="tern-title">{title}</p><p class="note">{note}</p>'
        f'<pre class="tern-code" tabindex="0"><svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {number(wide)} {number(high)}" width="{number(wide)}" '
        f'height="{number(high)}" role="img" aria-label="{escape(f"{title}: {note}")}">'
        f"{''.join(body)}</svg></pre></section>"
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str) -> str:
    return (
        f'<text class="{kind}" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
