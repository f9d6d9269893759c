"""Whether what the checker accepts runs, and what it rejects has a call that fails.

    python -m benchmarks.soundness --save tern/workshop/recorded/soundness.json

Half of the programs are correct by construction, half have one mistake about shapes.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from tests.tern.check.soundness import verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--programs", type=int, default=10_000)
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    found = Counter(verdict(seed) for seed in range(options.programs))
    text = json.dumps({"programs": options.programs, **dict(sorted(found.items()))}, indent=1)
    print(text)
    if options.save is not None:
        options.save.write_text(text + "\n")


if __name__ == "__main__":
    main()
