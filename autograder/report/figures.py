"""Figures as they are told, and the range in which the true one lies."""

from __future__ import annotations

import math


def beside(figure: float, bars: list[float], spec: str) -> str:
    """The figure, with as few more digits as it needs to stand where it does beside every bar.

    >>> beside(0.1951, [0.2, 0.6], ".2f"), beside(0.25, [0.2, 0.6], ".2f")
    ('0.195', '0.25')
    """
    digits, form = int(spec[-2]), spec[-1]
    for more in range(15):
        text = f"{figure:{spec[:-2]}{digits + more}{form}}"
        shown = float(text.replace(",", ""))
        if all((shown < bar, shown > bar) == (figure < bar, figure > bar) for bar in bars):
            return text
    return repr(figure)


def apart(figure: float, bar: float) -> tuple[str, str]:
    """Both to three digits, or to as many as tell them apart.

    >>> apart(37.52, 37.48), apart(37.52, 60.0)
    (('37.52', '37.48'), ('37.5', '60'))
    """
    for digits in range(3, 17):
        if (told := f"{figure:.{digits}g}") != (allowed := f"{bar:.{digits}g}"):
            return told, allowed
    return repr(figure), repr(bar)


def interval(values: list[float], confidence: float = 0.98) -> tuple[float, float]:
    """A distribution-free interval for the median: order statistics by the binomial law."""
    if not values:
        return math.nan, math.nan
    ordered, n = sorted(values), len(values)
    outside, left_out = 0.0, 0  # how many values each end can lose at this confidence
    for k in range((n - 1) // 2):
        outside += 2 * math.comb(n, k) / 2**n
        if outside > 1 - confidence:
            break
        left_out = k
    return ordered[left_out], ordered[n - 1 - left_out]


def hedged(verdict: str, told: str) -> str:
    return f"could not measure reliably, run again: {told}" if verdict == "unmeasured" else told


def spread(low: float, high: float, pairs: int) -> str:
    return f"range {low:.3g}–{high:.3g}, {pairs} pairs"


def listed(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
