"""What a check has measured: the verdict, all that it rests on, and the sentence that tells it."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, ClassVar

from autograder.report.figures import apart, beside, hedged, listed, spread

ALL_THREADS = ", all threads"  # of a clock: not worth saying where there is one thread


@dataclass(frozen=True)
class Bars:
    """What a figure has to reach: bronze is the bar, silver and gold lie beyond it."""

    bronze: float
    silver: float | None = None
    gold: float | None = None
    unit: str = "×"

    def medal(self, figure: float, larger_is_better: bool = False) -> str:
        """The best medal that a figure wins."""
        for medal, bar in (("gold", self.gold), ("silver", self.silver)):
            if bar is not None and (figure >= bar if larger_is_better else figure <= bar):
                return medal
        return "bronze"

    def levels(self, medal: str) -> str:
        """The medal that was won, and what the next one needs."""
        better = {"bronze": ("silver", "gold"), "silver": ("gold",)}.get(medal, ())
        for one in better:
            if (bar := getattr(self, one)) is not None:
                return f"{medal}; {one} needs {bar:g}{self.unit}"
        return medal

    def given(self) -> list[float]:
        return [bar for bar in (self.bronze, self.silver, self.gold) if bar is not None]


@dataclass(kw_only=True)
class Measurement:
    """The base of all that can be measured. `verdict` is "passed", "failed", or "unmeasured"."""

    kind: ClassVar[str] = ""
    exact: ClassVar[bool] = False  # counted, not timed: the same in every run
    verdict: str
    medal: str | None = None
    inputs: str = ""  # what the calls were given, such as "float32[512×512], float32[512×512]"
    clock: str = ""  # what was read, or who counted

    def sentence(self) -> str:
        """The figure beside its bar."""
        raise NotImplementedError

    def has_levels(self) -> bool:
        """Whether there is a medal beyond the bar."""
        bars = getattr(self, "bars", None)
        return bool(bars and len(bars.given()) > 1)

    def told(self) -> str:
        """The sentence, and the medal that was won where there is one beyond the bar."""
        bars = getattr(self, "bars", None)
        if bars is None or self.medal is None or not self.has_levels():
            return self.sentence()
        return f"{self.sentence()}  {bars.levels(self.medal)}"

    def circumstances(self) -> str:
        """What was measured, how, and what the figure leaves out."""
        return listed(self.inputs, self.clock)

    def margin(self) -> float:
        """How many times better than its bar the figure is; infinite where there is no bar."""
        return math.inf

    def record(self) -> dict[str, Any]:
        """All of it as plain data, for JSON."""
        return {"kind": self.kind, **dataclasses.asdict(self)}


@dataclass(kw_only=True)
class Timed(Measurement):
    """CPU times of two functions, in pairs of calls. Ratios have no unit; times are CPU seconds."""

    larger_is_better: ClassVar[bool] = False
    over: str = ""  # the function that the candidate is compared with, or what else that is
    ratio: float  # median of the pairs
    low: float
    high: float
    pairs: int
    bars: Bars
    reason: str = ""  # told instead of the figures
    call: float = 0.0  # of one call of the reference
    first_call: float = 0.0  # of the candidate, compiling included; not part of the figure
    message: float = 0.0  # of the messages around a timed call; taken off each call
    threads: tuple[int, int] = (0, 0)  # of the candidate's process, before the first call and after

    @property
    def bar(self) -> float:
        return self.bars.bronze

    @classmethod
    def figure(cls, ratio: float) -> float:
        """What is told of a pair, given the candidate's time over the reference's."""
        return ratio

    def told_bar(self) -> str:
        return f"bar {self.bar:g}×"

    def told_figure(self) -> str:
        of = f" for {self.over}" if self.over else ""
        return f"{self._figure()}× the book's CPU time{of}"

    def told_baseline(self) -> str:
        """Who the candidate is compared with."""
        return f"the book's {self.over}" if self.over else "the book"

    def _figure(self) -> str:
        return beside(self.ratio, self.bars.given(), ".2f")

    def sentence(self) -> str:
        told = (
            f"{self.told_figure()} ({self.told_bar()}, {spread(self.low, self.high, self.pairs)})"
        )
        return self.reason or hedged(self.verdict, told)

    def circumstances(self) -> str:
        before, after = self.threads
        return listed(
            self.inputs,
            self.clock if after > 1 else self.clock.removesuffix(ALL_THREADS),
            f"not counted: the first call ({self.first_call:.2g} s)" if self.first_call else "",
            f"threads {before} → {after}" if after > before else "",
        )

    def margin(self) -> float:
        return self.bar / self.ratio

    def record(self) -> dict[str, Any]:
        return {**super().record(), "bar": self.bar}


class KeepsUp(Timed):
    """A candidate beside the book's own version: its CPU time, as a multiple of the book's."""

    kind = "keeps_up"


class Speedup(Timed):
    """A candidate beside a baseline that it has to outrun: how many times as fast it is."""

    kind, larger_is_better = "speedup", True

    @classmethod
    def figure(cls, ratio: float) -> float:
        return 1 / ratio

    def told_bar(self) -> str:
        return f"needs {self.bar:g}×"

    def told_figure(self) -> str:
        return f"{self._figure()}× as fast as {self.told_baseline()}"

    def told_baseline(self) -> str:
        return f"the baseline, {self.over}" if self.over else "the baseline"

    def margin(self) -> float:
        return self.ratio / self.bar


@dataclass(kw_only=True)
class Growth(Measurement):
    """How CPU time grows from the smallest size to the largest that was tried."""

    kind: ClassVar[str] = "grows"
    ratio: float  # median of the pairs
    low: float
    high: float
    pairs: int
    bar: float  # what the bound allows
    bound: str  # "n", "n log n", or "n^2"
    sizes: tuple[int, int]
    reason: str = ""  # told instead of the figures
    first_call: float = 0.0  # CPU seconds; not part of the figure

    def sentence(self) -> str:
        (first, last), (figure, bar) = self.sizes, apart(self.ratio, self.bar)
        return self.reason or hedged(
            self.verdict,
            f"CPU time grew {figure}× from {first:,} to {last:,} ({self.bound} with slack "
            f"allows {bar}×, {spread(self.low, self.high, self.pairs)})",
        )

    def circumstances(self) -> str:
        first = f"not counted: the first call ({self.first_call:.2g} s)" if self.first_call else ""
        return listed(self.inputs, self.clock.removesuffix(ALL_THREADS), first)

    def margin(self) -> float:
        return self.bar / self.ratio


@dataclass(kw_only=True)
class Counted(Measurement):
    """What cachegrind counted of a kernel and of its baseline."""

    kind: ClassVar[str] = "counts"
    ratio: float
    bar: float
    what: str  # "instructions", "first-level cache misses"
    over: str = ""  # the baseline's name

    @classmethod
    def of(
        cls, count: int, baseline: int, bar: float, what: str, arguments: tuple, over: str = ""
    ) -> Counted:
        """The verdict on two counts: exact, so there is no interval and nothing to repeat."""
        ratio = count / max(baseline, 1)
        return cls(
            verdict="passed" if ratio <= bar else "failed",
            ratio=ratio,
            bar=bar,
            what=what,
            over=over,
            inputs=f"{count:,} against {baseline:,}; {describe(arguments)}",
            clock="counted by cachegrind",
        )

    def sentence(self) -> str:
        figure = beside(self.ratio, [self.bar], ".3g")
        name = f", {self.over}" if self.over else ""
        return f"{figure}× the {self.what} of the baseline{name} (bar {self.bar:g}×)"

    def margin(self) -> float:
        return self.bar / self.ratio


@dataclass(kw_only=True)
class Traffic(Measurement):
    """The bytes that a GPU's kernels move, beside those that they have to."""

    kind: ClassVar[str] = "traffic"
    exact: ClassVar[bool] = True
    ratio: float
    bars: Bars
    what: str  # "minimum bytes"

    @classmethod
    def of(cls, moved: float, base: float, what: str, bars: Bars, **more: str) -> Traffic:
        """The verdict on a number of bytes, `moved`, which may be `bars.bronze` times `base`."""
        ratio = moved / max(base, 1)
        passed = ratio <= bars.bronze
        return cls(
            verdict="passed" if passed else "failed",
            medal=bars.medal(ratio) if passed else None,
            ratio=ratio,
            bars=bars,
            what=what,
            **more,
        )

    @property
    def bar(self) -> float:
        return self.bars.bronze

    def sentence(self) -> str:
        spec = ",.0f" if self.ratio >= 100 else ".3g"
        ratio = beside(self.ratio, self.bars.given(), spec)
        return f"{ratio}× the {self.what} (bar {self.bar:g}×)"

    def margin(self) -> float:
        return self.bar / self.ratio

    def record(self) -> dict[str, Any]:
        return {**super().record(), "bar": self.bar}


@dataclass(kw_only=True)
class CountedRatio(Traffic):
    """What was counted of one thing, as a multiple of what was counted of another."""

    kind: ClassVar[str] = "counted"

    @classmethod
    def of(cls, ratio: float, what: str, bars: Bars, **more: str) -> CountedRatio:  # type: ignore[override]
        """The verdict on a ratio, "of `what`"."""
        return cls(**_judged(ratio, bars), ratio=ratio, bars=bars, what=what, **more)


@dataclass(kw_only=True)
class PerOperation(CountedRatio):
    """What one operation costs, on average: instructions, calls of malloc."""

    kind: ClassVar[str] = "per operation"
    per: str  # "push_back"

    @classmethod
    def of(cls, ratio: float, what: str, per: str, bars: Bars, **more: str) -> PerOperation:  # type: ignore[override]
        """The verdict on so many of `what` for each `per`."""
        return cls(**_judged(ratio, bars), ratio=ratio, bars=bars, what=what, per=per, **more)

    def sentence(self) -> str:
        figure = beside(self.ratio, self.bars.given(), ".3g")
        return f"{figure} {self.what} for each {self.per} (bar {self.bar:g})"

    def margin(self) -> float:
        return self.bar / self.ratio if self.ratio else math.inf


def _judged(figure: float, bars: Bars) -> dict[str, Any]:
    """The verdict and the medal of a counted figure of which less is better."""
    passed = figure <= bars.bronze
    verdict, medal = ("passed", bars.medal(figure)) if passed else ("failed", None)
    return {"verdict": verdict, "medal": medal, "clock": "counted"}


@dataclass(kw_only=True)
class Mispredictions(Traffic):
    """The branches that a predictor gets wrong, beside those that the book's does."""

    kind: ClassVar[str] = "mispredictions"


@dataclass(kw_only=True)
class Costs(Traffic):
    """What results cost, such as the weight of the values that a register allocator spills."""

    kind: ClassVar[str] = "costs"


@dataclass(kw_only=True)
class Note(Measurement):
    """What was read, and is worth a line of the report, but has no bar."""

    kind: ClassVar[str] = "note"
    exact: ClassVar[bool] = True
    verdict: str = "passed"
    text: str

    def sentence(self) -> str:
        return self.text


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
