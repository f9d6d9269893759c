"""The command: `python -m benchmarks.fuzz`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.fuzz.families import FAMILIES, family
from benchmarks.fuzz.trials import Outcome, tried

WHOLE = 20_000


def table(outcomes: list[Outcome]) -> str:
    """A line for each family, and one for all."""
    lines = ["| family | programs | equal | refused | undefined | disagree | CPU s |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|")
    for each in outcomes:
        counts = [each.counts[word] for word in ("equal", "refused", "undefined")]
        numbers = [each.programs, *counts, sum(each.kinds.values())]
        cells = [each.family, *(f"{n:,}" for n in numbers), f"{each.seconds:,.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    programs, seconds = sum(e.programs for e in outcomes), sum(e.seconds for e in outcomes)
    differ = sum(sum(e.kinds.values()) for e in outcomes)
    lines.append(f"| all | {programs:,} | | | | {differ:,} | {seconds:,.0f} |")
    return "\n".join(lines)


def save(outcome: Outcome, folder: Path) -> None:
    """A file for each disagreement that was made smaller."""
    for each in outcome.found:
        if each.told or each.program or each.who not in {e.who for e in outcome.found if e.told}:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{each.family}-{each.seed}.txt").write_text(str(each))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("families", nargs="*", help=", ".join(FAMILIES))
    parser.add_argument("--count", type=int, help=f"of each; else its share of {WHOLE:,}")
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--save", type=Path, default=Path("_build/fuzz"), help="for disagreements")
    options = parser.parse_args()
    if unknown := [name for name in options.families if name not in FAMILIES]:
        parser.error(f"{unknown[0]} is no family: {', '.join(FAMILIES)}")
    outcomes = []
    for name in options.families or FAMILIES:
        one = FAMILIES[name]
        if one.missing:
            print(f"{name}: {one.missing}", file=sys.stderr)
            continue

        def told(outcome: Outcome) -> None:
            save(outcome, options.save)
            done = f"{outcome.family}: {outcome.programs:,}"
            print(done, dict(outcome.counts), dict(outcome.kinds), file=sys.stderr, flush=True)

        outcomes.append(tried(family, one, options.seed, options.count or one.share, told))
    print(table(outcomes))
    return int(any(each.kinds for each in outcomes))


if __name__ == "__main__":
    sys.exit(main())
