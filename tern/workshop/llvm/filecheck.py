"""FileCheck, LLVM's test tool, as the package `filecheck` has it in Python.

Source: llvm.org/docs/CommandGuide/FileCheck.html.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path


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
