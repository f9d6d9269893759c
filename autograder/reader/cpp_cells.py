"""The magic of cells in C++. Running one compiles its header, and gives the header its name.

    %%cpp small_vec
    template <class T, std::size_t N> class SmallVec { … };

`from autograder import cpp` makes it known to the kernel, and so does `%load_ext autograder`. A
judge reads such cells from the notebook, and needs neither.
"""

from __future__ import annotations

import sys
from typing import Any

from autograder.course.cpp_cell import Header

USAGE = "say what the header is called: %%cpp small_vec"
FULL = "--full"  # show all that the compiler says


def cpp(line: str, cell: str, shell: Any) -> None:
    """Name the header in `cell`, and print in one line whether it compiles as C++17."""
    import IPython.core.error

    words = [word for word in line.split() if word != FULL]
    if len(words) != 1 or not words[0].isidentifier():
        raise IPython.core.error.UsageError(USAGE)
    header = Header(words[0], cell, before=1)
    shell.user_ns[header.name] = header
    print(_compiled(header, FULL in line.split()))


def _compiled(header: Header, full: bool) -> str:
    from autograder.check.cpp.syntax import compiles
    from autograder.check.failures import CheckFailed, CouldNotMeasure
    from autograder.report.results import WHOLE_REPORT

    try:
        return f"{header.file}: compiles as C++17 ({compiles(header)})"
    except CouldNotMeasure as error:
        return f"{header.file}: {error.message.replace('judged', 'compiled')}"
    except CheckFailed as error:
        shown = [text for label, text in error.details if full and label == WHOLE_REPORT]
        return "\n".join([f"{header.file}: {error.message}", *shown])


def register(shell: Any) -> None:
    """Make `%%cpp` known to the shell."""

    def magic(line: str, cell: str) -> None:
        cpp(line, cell, shell)

    magic.__doc__ = cpp.__doc__
    shell.register_magic_function(magic, "cell", "cpp")


def register_here() -> None:
    """Make it known to the kernel that this runs in, if this runs in one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        register(shell)


register_here()
