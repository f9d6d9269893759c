"""FileCheck on texts that somebody else has written: a process that has given up its rights.

`python -m autograder.check.llvm.filecheck_job` does what job.json in the current folder asks, and
leaves reply.json. A regular expression may run forever: only the process knows at which output.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tern.workshop.llvm.filecheck import compare

AT = "at.txt"
"""The number of the output that is being compared, for when the process ends."""


def perform(test: str, outputs: Sequence[str]) -> list[str]:
    """What it says of each."""
    found = []
    for number, output in enumerate(outputs):
        Path(AT).write_text(str(number))
        found.append(compare(test, output))
    return found


def main() -> None:
    request = json.loads(Path("job.json").read_text())
    found = perform(request["test"], request["outputs"])
    Path("reply.json").write_text(json.dumps({"found": found}))


if __name__ == "__main__":
    main()
