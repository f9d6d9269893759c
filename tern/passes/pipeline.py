"""The passes by name, and the order in which the compiler runs them."""

from __future__ import annotations

from collections.abc import Iterable

from tern.ir import Operation
from tern.parts import part
from tern.passes.constants import sccp
from tern.passes.dead_code import dce
from tern.passes.hoist import licm
from tern.passes.inline import inline
from tern.passes.manager import Pass, PassManager
from tern.passes.number_values import gvn
from tern.passes.reduce_strength import reduce_strength
from tern.passes.simplify_cfg import simplify_cfg

LOOPS = frozenset({"natural_loops"})
# The dominators go by numbers of blocks, and even gvn erases blocks that nothing reaches.


def _gvn(module: Operation) -> int | None:
    """What gvn erased. Without that it may have led uses past block arguments all the same."""
    return gvn(module) or None


def _canonicalize(module: Operation) -> object:
    from tern.rewrite import canonicalize  # hundreds of rules: for those who ask for it

    return canonicalize(module)


PASSES: dict[str, Pass] = {
    each.name: each
    for each in (
        Pass("inline", inline),
        Pass("sccp", sccp),
        Pass("gvn", _gvn, LOOPS),
        Pass("licm", licm),
        Pass("dce", dce),
        Pass("simplify-cfg", simplify_cfg),
        Pass("reduce-strength", reduce_strength),
    )
}
"""The passes of chapter 9 on the flat form, by the names that a pipeline calls them."""

KNOWN: dict[str, Pass] = {**PASSES, "canonicalize": Pass("canonicalize", _canonicalize, LOOPS)}
"""These, and the one that chapter 12 adds."""

O1 = "inline simplify-cfg sccp gvn licm sccp simplify-cfg gvn dce simplify-cfg".split()
"""What -O1 runs, in this order."""

O2 = (
    "canonicalize inline simplify-cfg sccp canonicalize gvn licm sccp simplify-cfg canonicalize "
    "gvn dce simplify-cfg"
).split()
"""What -O2 runs: canonical forms after import, so that what is inlined is small; before values are
numbered, so that what is equal looks equal; and of what the passes between have made constant."""


def pipeline(names: Iterable[str], check_analyses: bool = False) -> PassManager:
    """A manager that runs the passes of these names. KeyError for a name that is none."""
    return PassManager([KNOWN[name] for name in names], None, check_analyses)


@part("passes.optimize")
def optimize(module: Operation) -> None:
    """What -O1 does to a module in the flat form, in place. The module gives the same results then,
    or fails as before and at the same place, and has less to do for it.

    Calls come first: what is inlined is seen by all the others. Constants decide branches, so fewer
    values meet, so more expressions are equal; what is equal is moved out of loops once. What each
    pass leaves without users, dead code elimination finds at the end.
    """
    pipeline(O1).run(module)
