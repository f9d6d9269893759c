"""Random programs through random orders of all passes: do they still come to the same?

    python -m benchmarks.random_passes --count 20000

Results are compared to the bit, and errors with their message and the place of what failed. After
every pass the module is verified, and each analysis that is kept is computed anew. Prints what was
tried; ends with status 1, and the seeds, if anything differs.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter

from tern.ir import VerifyError, function, outcome
from tern.passes.pipeline import PASSES, pipeline
from tern.passes.samples import random_arguments, random_graph_program, random_program
from tern.workshop.validation import difference

MAX_STEPS = 20_000


def trial(seed: int, told: Counter[str]) -> str | None:
    """One program, three calls, and up to ten passes. What went wrong, or None; `told` counts."""
    rng = random.Random(seed)
    if seed % 4:
        before = random_program(seed, rng.choice([10, 25, 60]))
    else:
        before = random_graph_program(seed)
    func = function(before, "sample")
    calls = [random_arguments(func, rng) for _ in range(3)]
    order = rng.choices(list(PASSES), k=rng.randint(1, 10))
    after = before.clone()
    manager = pipeline(order, check_analyses=True)
    try:
        manager.run(after)
    except VerifyError as error:
        return f"{' '.join(order)}: {error}"
    found = difference(before, after, "sample", calls, MAX_STEPS)
    told["programs"] += 1
    told["passes"] += len(order)
    told["changes"] += sum(each.changes for each in manager.statistics)
    told["programs that fail"] += any(
        outcome(before, "sample", *call, max_steps=MAX_STEPS).error for call in calls
    )
    return None if found is None else f"{' '.join(order)}: {found}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    told: Counter[str] = Counter()
    wrong = 0
    for seed in range(options.start, options.start + options.count):
        if (problem := trial(seed, told)) is not None:
            wrong += 1
            print(f"seed {seed}: {problem}", flush=True)
    print(", ".join(f"{number:,} {what}" for what, number in told.items()), f"; {wrong} differ")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
