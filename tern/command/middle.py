"""What `-O1` does on the way, who does it, and what it tells of it: --core, --print-changed, and
--statistics."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tern.errors import UsageError
from tern.ir import Operation, StableNames
from tern.parts import using

MiddleEnd = Callable[[Operation], object]
"""Changes a module in the flat form, in place."""


def middle_end(
    level: int, print_changed: bool = False, statistics: bool = False, core: str = "python"
) -> MiddleEnd:
    """The passes of a level: 0 is none of them. What they tell goes to the standard error.

    `core` is "python", "cpp" for GVN and DCE in tern's C++ core, or "cpp:FOLDER" for the core made
    of the headers in a folder. UsageError for anything else, CompilerError without a compiler.
    """
    if level == 0 and core != "python":
        raise UsageError("--core says who runs the passes of -O1, and -O0 has none")
    if level == 0:
        return lambda module: None
    if core != "python":
        return _in_cpp(core, middle_end(level, print_changed, statistics))
    if not (print_changed or statistics):
        from tern.passes import optimize

        return optimize

    def tells(module: Operation) -> None:
        from tern.passes.manager import PassManager, changed
        from tern.passes.pipeline import O1, PASSES

        text = StableNames().text
        before = text(module)
        manager = PassManager([PASSES[name] for name in O1], text)
        manager.run(module)
        if print_changed:
            print(changed(before, manager.history), file=sys.stderr)
        if statistics:
            print(manager.report(), file=sys.stderr)

    return tells


def _in_cpp(core: str, optimize: MiddleEnd) -> MiddleEnd:
    """The same, with GVN and DCE in the C++ core."""
    language, _, folder = core.partition(":")
    if language != "cpp":
        raise UsageError(f"--core is python, cpp, or cpp:FOLDER, and not {core}")
    from tern.workshop.cpp import check_folder, load_core

    passes = load_core(check_folder(Path(folder)) if folder else None).passes()

    def optimizes(module: Operation) -> None:
        with using(passes):
            optimize(module)

    return optimizes
