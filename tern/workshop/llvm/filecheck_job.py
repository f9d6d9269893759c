"""FileCheck on texts that somebody else has written: a process that has given up its rights.

`python -m tern.workshop.llvm.filecheck_job` does what job.json in the current folder asks, and
leaves reply.json. A regular expression may run forever: only the process knows at which output.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from pathlib import Path

AT = "at.txt"
"""The number of the output that is being compared, for when the process ends."""


def compare(test: str, output: str) -> str:
    """What FileCheck says of an output, or nothing if the test passes. Writes two files in the
    current folder."""
    from filecheck import main

    Path("test.ll").write_text(test)
    Path("output.ll").write_text(output)
    told = io.StringIO()
    command = ["filecheck", "test.ll", "--input-file", "output.ll"]
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            main.main(command)
            code: object = 0
        except SystemExit as ended:
            code = ended.code
        except Exception as error:  # FileCheck's own: a pattern that is no regular expression
            code = f"{type(error).__name__}: {error}"
            print(code, file=told)
    return told.getvalue().strip()[:2000] or "it fails" if code else ""


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
