"""What `-O1` does on the way, who does it, and what it tells of it: --core, --print-changed, and
--statistics."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tern.errors import UsageError
from tern.ir import Operation, StableNames
from tern.parts import using

MiddleEnd = Callable[[Operation], object]
"""Changes a module in the flat form, in place."""


def middle_end(
    level: int,
    print_changed: bool = False,
    statistics: bool = False,
    core: str = "python",
    passes: Sequence[str] | None = None,
) -> MiddleEnd:
    """The passes of a level, 0 is none of them; or `passes`, by their names, in their place. What
    they tell goes to the standard error.

    `core` is "python", "cpp" for GVN and DCE in tern's C++ core, or "cpp:FOLDER" for the core made
    of the headers in a folder. UsageError for anything else, CompilerError without a compiler.
    """
    if level == 0 and core != "python":
        raise UsageError("--core says who runs the passes of -O1, and -O0 has none")
    if level == 0 and not passes:
        return lambda module: None
    if core != "python":
        return _in_cpp(core, middle_end(level, print_changed, statistics, passes=passes))
    if level == 1 and not (passes or print_changed or statistics):
        from tern.passes import optimize

        return optimize

    from tern.passes.pipeline import KNOWN, O1, O2

    names = passes or (O1 if level == 1 else O2)
    if unknown := [name for name in names if name not in KNOWN]:
        raise UsageError(f"--passes knows {', '.join(KNOWN)}, and not {unknown[0]}")

    def tells(module: Operation) -> None:
        from tern.passes.manager import PassManager, changed

        text = StableNames().text if print_changed else None
        before = text(module) if text is not None else ""
        manager = PassManager([KNOWN[name] for name in names], text)
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
