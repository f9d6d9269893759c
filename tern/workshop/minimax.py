"""The polynomials of tern.passes.expand_math, derived: `python -m tern.workshop.minimax`.

A Taylor polynomial is best at one point. A minimax polynomial is best in the worst place of an
interval: its error goes up and down between two bounds, and touches them in turn degree + 2 times
(Chebyshev's equioscillation theorem). E. Remez's exchange algorithm, 1934, finds it: solve for a
polynomial whose error is ±e at as many points, move the points to where its error is largest,
and do that again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Fit:
    """A polynomial, its coefficients from the constant up, and its largest weighted error."""

    coefficients: tuple[float, ...]
    error: float


def minimax(
    function: Function,
    degree: int,
    interval: tuple[float, float],
    weight: Function = np.ones_like,
    points: int = 20_001,
) -> Fit:
    """The polynomial p of a degree with the least maximum of |weight · (p − function)|.

    On a grid of Chebyshev points, which are dense at the ends, as the extrema are. Two or three
    exchanges are enough for smooth functions. O(points x degree) for each.

    Raises:
        ValueError: the exchange finds no alternation, as for a function that is a polynomial.
    """
    low, high = interval
    turn = np.cos(np.linspace(math.pi, 0, points))
    grid = (low + high) / 2 + (high - low) / 2 * turn
    values, weights = function(grid), weight(grid)
    powers = np.vander(turn, degree + 1, increasing=True)
    signs = (-1.0) ** np.arange(degree + 2)
    at = np.searchsorted(turn, np.cos(np.linspace(math.pi, 0, degree + 2))).clip(0, points - 1)
    scaled, errors = np.zeros(degree + 1), values
    for _ in range(50):
        system = np.column_stack([powers[at], signs / weights[at]])
        *found, level = np.linalg.solve(system, values[at])
        scaled = np.array(found)
        errors = weights * (powers @ scaled - values)
        moved = _alternation(errors, degree + 2)
        if np.max(np.abs(errors)) <= abs(level) * (1 + 1e-6) or np.array_equal(moved, at):
            break
        at = moved
    coefficients = _rescaled(scaled, low, high)
    return Fit(tuple(map(float, coefficients)), float(np.max(np.abs(errors))))


def _alternation(errors: np.ndarray, count: int) -> np.ndarray:
    """`count` places where the error is largest, with signs in turn."""
    starts = np.flatnonzero(np.diff(np.sign(errors))) + 1
    runs = np.split(np.arange(len(errors)), starts)
    peaks = [run[np.argmax(np.abs(errors[run]))] for run in runs]
    while len(peaks) > count:  # the smaller end goes
        peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
    if len(peaks) < count:
        raise ValueError("the error does not alternate often enough: is it a polynomial?")
    return np.array(peaks)


def _rescaled(scaled: np.ndarray, low: float, high: float) -> np.ndarray:
    """The coefficients in x of a polynomial in (2x − low − high) / (high − low)."""
    inner = np.polynomial.Polynomial([-(low + high) / (high - low), 2 / (high - low)])
    found = np.polynomial.Polynomial(scaled)(inner)
    return found.coef


# what tern needs --------------------------------------------------------------------------------


def _erf(x: np.ndarray) -> np.ndarray:
    return np.array([math.erf(each) for each in x])


def _erfc(x: np.ndarray) -> np.ndarray:
    return np.array([math.erfc(each) for each in x])


def exp_tail(degree: int = 4, half: float = math.log(2) / 2) -> Fit:
    """q, with exp(r) = 1 + r + r² q(r) for |r| <= ln 2 / 2."""

    def tail(r: np.ndarray) -> np.ndarray:
        small = np.abs(r) < 1e-3
        safe = np.where(small, 1.0, r)
        series = 0.5 + r / 6 + r * r / 24 + r**3 / 120
        return np.where(small, series, (np.expm1(safe) - safe) / safe**2)

    ends = -half * 1.001, half * 1.001
    return minimax(tail, degree, ends, lambda r: r * r * np.exp(-r) + 1e-12)


def wide_exp_tail() -> Fit:
    """The same for |r| <= ln 2."""
    return exp_tail(5, math.log(2))


def log_tail() -> Fit:
    """q, with log(1 + f) = f − f² / 2 + f³ q(f) for 1 + f from √½ to √2."""

    def tail(f: np.ndarray) -> np.ndarray:
        small = np.abs(f) < 1e-2
        safe = np.where(small, 1.0, f)
        series = sum((-f) ** k / (k + 3) for k in range(8))
        return np.where(small, series, (np.log1p(safe) - safe + safe**2 / 2) / safe**3)

    def weight(f: np.ndarray) -> np.ndarray:
        small = np.abs(f) < 1e-6
        relative = f**3 / np.where(small, 1.0, np.log1p(np.where(small, 1.0, f)))
        return np.where(small, 1e-12, np.abs(relative)) + 1e-9

    return minimax(tail, 8, (math.sqrt(0.5) - 1, math.sqrt(2) - 1), weight)


def tanh_tail() -> Fit:
    """q, with tanh(x) = x + x³ q(x²) for |x| <= 0.625."""
    return minimax(_odd_tail(np.tanh, -1 / 3, 2 / 15), 4, (1e-4, 0.625**2), lambda z: z)


def erf_exponent() -> Fit:
    """h, with erf(x) = 1 − exp(−x − x h(x)) for x from 0 to 4.

    Where erf is near 1 an error of the exponent counts for little.
    """

    def tail(x: np.ndarray) -> np.ndarray:
        return -np.log(_erfc(x)) / x - 1

    return minimax(tail, 8, (1e-4, 4.0), lambda x: x * _erfc(x) / _erf(x), points=4001)


_OCTANT = (math.pi / 4) ** 2 * 1.01
"""A little beyond the square of π / 4, for what reducing an argument to it loses."""


def sin_tail() -> Fit:
    """q, with sin(x) = x + x³ q(x²) for |x| <= π / 4."""
    return minimax(_odd_tail(np.sin, -1 / 6, 1 / 120), 3, (1e-4, _OCTANT), lambda z: z)


def cos_tail() -> Fit:
    """q, with cos(x) = 1 − x² / 2 + x⁴ q(x²) for |x| <= π / 4."""

    def tail(z: np.ndarray) -> np.ndarray:
        small = z < 1e-2
        safe = np.where(small, 1.0, z)
        series = 1 / 24 - z / 720 + z * z / 40320
        return np.where(small, series, (np.cos(np.sqrt(safe)) - 1 + safe / 2) / safe**2)

    return minimax(tail, 3, (1e-4, _OCTANT), np.square)


def _odd_tail(function: Function, cubic: float, quintic: float) -> Function:
    """(f(x) − x) / x³ as a function of x², by the first terms of the series where x is small."""

    def tail(z: np.ndarray) -> np.ndarray:
        small = z < 1e-4
        x = np.sqrt(np.where(small, 1.0, z))
        return np.where(small, cubic + quintic * z, (function(x) - x) / x**3)

    return tail


FITS: dict[str, Callable[[], Fit]] = {
    "EXP": exp_tail,
    "WIDE_EXP": wide_exp_tail,
    "LOG": log_tail,
    "TANH": tanh_tail,
    "ERF": erf_exponent,
    "SIN": sin_tail,
    "COS": cos_tail,
}


def main() -> None:
    for name, fit in FITS.items():
        found = fit()
        texts = ", ".join(repr(float(np.float32(c))) for c in found.coefficients)
        print(f"{name} = ({texts})  # error {found.error:.1e}")


if __name__ == "__main__":
    main()
