"""One speed verdict with everything it rests on, and how it is told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Bars:
    """Multiples of the reference's CPU time or speed: bronze is the bar, silver and gold are beyond."""

    bronze: float
    silver: float | None = None
    gold: float | None = None

    def medal(self, figure: float, kind: str = "keeps_up") -> str:
        """The best medal that a figure wins: small figures are good for "keeps_up", large for "speedup"."""
        for medal in ("gold", "silver"):
            bar = getattr(self, medal)
            if bar is not None and (figure >= bar if kind == "speedup" else figure <= bar):
                return medal
        return "bronze"


@dataclass
class Measurement:
    """One speed verdict with everything it rests on. Ratios have no unit; times are CPU seconds."""

    kind: str  # "keeps_up", "speedup", "grows", "counts", or "traffic" (of a Triton kernel)
    verdict: str  # "passed", "failed" or "unmeasured"
    ratio: float  # median of the pairs
    low: float
    high: float
    bar: float
    pairs: int
    clock: str
    medal: str | None = None
    reason: str = ""
    sizes: list[int] = field(default_factory=list)
    bound: str = ""  # of "grows" the bound, of "counts" what was counted
    bars: Bars | None = None
    inputs: str = ""  # what the calls were given, such as "float32[512×512], float32[512×512]"
    call: float = 0.0  # CPU seconds of one call of the reference
    first_call: float = 0.0  # of the candidate, compiling included; not part of the figure
    message: float = 0.0  # of the messages around a timed call; taken off each call
    threads: tuple[int, int] = (0, 0)  # of the candidate's process, before the first call and after the last

    def sentence(self) -> str:
        if self.reason:
            return self.reason
        interval = f"range {self.low:.3g}–{self.high:.3g}, {self.pairs} pairs"
        if self.kind == "grows":
            first, last = f"{self.sizes[0]:,}", f"{self.sizes[-1]:,}"
            what = f"CPU time grew {self.ratio:.3g}× from {first} to {last}"
            bar = f"{self.bound} with slack allows {self.bar:.3g}×"
        elif self.kind == "counts":
            return f"{self.ratio:.3g}× the baseline's {self.bound} (bar {self.bar:g}×)"
        elif self.kind == "speedup":
            what = f"{self.ratio:.2f}× as fast as the baseline"
            bar = f"needs {self.bar:g}×"
        else:
            what = f"{self.ratio:.2f}× the book's CPU time"
            bar = f"bar {self.bar:g}×"
        if self.verdict == "unmeasured":
            return f"could not measure reliably, run again: {what} ({bar}, {interval})"
        return f"{what} ({bar}, {interval})"

    def circumstances(self) -> str:
        """What was measured and how: the inputs, the clock, and what the figure leaves out."""
        parts = [self.inputs, self.clock]
        if self.first_call:
            parts.append(f"not counted: the first call ({self.first_call:.2g} s)")
        before, after = self.threads
        if after > before:
            parts.append(f"threads {before} → {after}")
        return "; ".join(part for part in parts if part)


def counted(ours: int, theirs: int, bar: float, what: str, arguments: tuple) -> Measurement:
    """The verdict on two counts: exact, so there is no interval and nothing to repeat."""
    ratio = ours / max(theirs, 1)
    verdict = "passed" if ratio <= bar else "failed"
    figures = f"{ours:,} against {theirs:,}; {describe(arguments)}"
    return Measurement(
        "counts", verdict, ratio, ratio, ratio, bar, 1, "counted by cachegrind",
        bound=what, inputs=figures,
    )  # fmt: skip


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


def describe(arguments: tuple) -> str:
    """The arguments of a call in a few words: types, and sizes where they have one."""
    return ", ".join(map(_describe, arguments))


def _describe(value: Any) -> str:
    kind = type(value).__name__
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        dtype = str(value.dtype).removeprefix("torch.")
        return f"{dtype}[{'×'.join(map(str, value.shape))}]"
    if hasattr(value, "walk"):  # an operation of tern's IR
        return f"{sum(1 for _ in value.walk()):,} operations"
    if isinstance(value, (list, tuple, dict, set, str, bytes)):
        return f"{kind} of {len(value):,}"
    return f"{value:,}" if isinstance(value, int) else kind
