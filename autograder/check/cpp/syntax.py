"""Whether a header compiles by itself: what a reader is told who runs its cell."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from autograder.check.cpp import headers, reports
from autograder.check.cpp.compilers import STANDARD, the_compilers
from autograder.check.cpp.program import BUILD_SECONDS, hidden
from autograder.check.failures import fail
from autograder.course.cpp_cell import Header
from autograder.worker.system_programs import Expired, run_sandboxed

INCLUDES_LLVM = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"compat\.hpp"', re.M)


def compiles(header: Header) -> str:
    """The compiler that takes the header as C++17. Takes half a CPU second.

    Templates that nobody uses are only parsed. A header for LLVM is built as a plugin, with that
    LLVM's compiler. CheckFailed with one line, CouldNotMeasure where there is no compiler.
    """
    if INCLUDES_LLVM.search(header.text):
        from autograder.check.cpp.plugin import build

        return build.compiles(header)
    compiler = the_compilers()[0]
    beside = headers.beside(headers.of_the_book(header.name))
    with tempfile.TemporaryDirectory(prefix="cpp-", ignore_cleanup_errors=True) as folder:
        for name, text in {**beside, header.file: header.text}.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        Path(folder, "unit.cpp").write_text(f'#include "{header.file}"\n')
        command = [compiler.command, *STANDARD, "-fsyntax-only", "unit.cpp"]
        try:
            done = run_sandboxed(command, folder, BUILD_SECONDS, processes=True, hidden=hidden())
        except Expired:
            fail(f"{compiler} was still compiling after {BUILD_SECONDS:g} s")
    if done.returncode:
        fail(*reports.of_compiler(done.stdout, header))
    return compiler.version
