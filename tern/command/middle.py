"""What `-O1` does on the way, and what it tells of it: --print-changed and --statistics."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tern.ir import Operation, StableNames

MiddleEnd = Callable[[Operation], object]
"""Changes a module in the flat form, in place."""


def middle_end(level: int, print_changed: bool = False, statistics: bool = False) -> MiddleEnd:
    """The passes of a level: 0 is none of them. What they tell goes to the standard error."""
    if level == 0:
        return lambda module: None
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
