"""What LLVM's remarks mean: their names, which it does not print, and plain words.

A remark's name is what `opt --pass-remarks-output` writes beside it, as in LLVM 22.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Known(NamedTuple):
    """A remark that is known: of which pass, its name, its message, and what that means.

    `words` may use groups of the pattern, as `re.Match.expand` has them.
    """

    of: str
    name: str
    message: str
    words: str


_WIDTH = r"\(vectorization width: (\d+), interleaved count: (\d+)\)"
KNOWN = [
    Known(
        "loop-vectorize", "Vectorized", rf"vectorized loop {_WIDTH}",
        r"vectorized: vectors of \1 elements, \2 in each iteration",
    ),
    Known(
        "loop-vectorize", "Interleaved", r"interleaved loop \(interleaved count: (\d+)\)",
        r"interleaved: \1 iterations side by side, each element for itself",
    ),
    Known("loop-vectorize", "MissedDetails", r"loop not vectorized$", "not vectorized"),
    Known(
        "loop-vectorize", "CantReorderFPOps",
        r"loop not vectorized: cannot prove it is safe to reorder floating-point operations",
        "not vectorized: a vector would add up floats in another order, which rounds otherwise",
    ),
    Known(
        "loop-vectorize", "CantVectorizeLibcall",
        r"loop not vectorized: (?:library call|call instruction) cannot be vectorized.*",
        "not vectorized: it calls a function that has no version for vectors",
    ),
    Known(
        "loop-vectorize", "NonReductionValueUsedOutsideLoop",
        r"loop not vectorized: value that could not be identified as reduction is used outside.*",
        "not vectorized: each iteration needs the one before, and not to sum up",
    ),
    Known(
        "loop-vectorize", "UnsupportedUncountableLoop",
        r"loop not vectorized: Cannot vectorize uncountable loop",
        "not vectorized: how many iterations there are is not known before the loop",
    ),
    Known(
        "loop-vectorize", "CantComputeNumberOfIterations",
        r"loop not vectorized: could not determine number of loop iterations",
        "not vectorized: how many iterations there are is not known before the loop",
    ),
    Known(
        "loop-vectorize", "CFGNotUnderstood",
        r"loop not vectorized: loop control flow is not understood by (?:vectorizer|analyzer)",
        "not vectorized: there is more than one way out of the loop",
    ),
    Known(
        "loop-vectorize", "NoConditionLoadForEarlyExitLoop",
        r"loop not vectorized: Early exit loop with store but no supported condition load",
        "not vectorized: an iteration may leave the loop, and later ones must not store then",
    ),
    Known(
        "loop-vectorize", "CantIdentifyArrayBounds",
        r"loop not vectorized: cannot identify array bounds",
        "not vectorized: buffers may overlap, and where they end is not known",
    ),
    Known(
        "loop-vectorize", "UnsafeDep",
        r"loop not vectorized: unsafe dependent memory operations in loop(?s:.*)",
        "not vectorized: an iteration may read what an earlier one wrote",
    ),
    Known(
        "loop-vectorize", "NoInductionVariable",
        r"loop not vectorized: loop induction variable could not be identified",
        "not vectorized: nothing in it counts by the same step each time",
    ),
    Known(
        "loop-vectorize", "CantVectorizeInstructionReturnType",
        r"loop not vectorized: instruction return type cannot be vectorized",
        "not vectorized: it computes with vectors already",
    ),
    Known(
        "loop-vectorize", "CantVectorizeStore",
        r"loop not vectorized: Store instruction cannot be vectorized",
        "not vectorized: it stores vectors already",
    ),
    Known(
        "loop-vectorize", "VectorizationNotBeneficial",
        r"the cost-model indicates that vectorization is not beneficial",
        "not vectorized: by the cost model, vectors would be slower",
    ),
    Known(
        "loop-vectorize", "InterleavingNotBeneficial",
        r"the cost-model indicates that interleaving is not beneficial",
        "not interleaved: by the cost model, more iterations side by side gain nothing",
    ),
    Known("licm", "Hoisted", r"hoisting (.+)", r"hoisted out of the loop: \1"),
    Known("licm", "Sunk", r"sinking (.+)", r"moved behind the loop: \1"),
    Known(
        "licm", "PromoteLoopAccessesToScalar",
        r"Moving accesses to memory location out of the loop",
        "kept in a register while the loop runs: one memory location",
    ),
    Known(
        "licm", "LoadWithLoopInvariantAddressInvalidated",
        r"failed to move load with loop-invariant address because the loop may invalidate.*",
        "not hoisted: a load, because the loop may write to its address",
    ),
    Known(
        "licm", "LoadWithLoopInvariantAddressCondExecuted",
        r"failed to hoist load with loop-invariant address because load is conditionally executed",
        "not hoisted: a load that not every iteration executes",
    ),
    Known(
        "gvn", "LoadElim", r"load of type (\S+) eliminated.*", r"no load of \1: its value is known"
    ),
    Known(
        "gvn", "LoadClobbered", r"load of type (\S+) not eliminated.*",
        r"loaded again: the value of this \1 may have been written over",
    ),
    Known("loop-deletion", "Invariant", r"Loop deleted because it is invariant", "loop deleted"),
    Known(
        "loop-idiom", "ProcessLoopStridedStore",
        r"Transformed loop-strided store in \S+ function into a call to (\S+)\(\) .*",
        r"a loop that fills memory is one call of \1",
    ),
    Known(
        "loop-unroll", "FullyUnrolled",
        r"completely unrolled loop with (\d+) iterations", r"unrolled whole: \1 iterations",
    ),
    Known(
        "loop-unroll", "PartialUnrolled",
        r"unrolled loop by a factor of (\d+)(.*)", r"unrolled: \1 iterations at a time\2",
    ),
    Known("inline", "Inlined", r"'(\S+)' inlined into '(\S+)'.*", r"@\1 inlined into @\2"),
    Known(
        "inline", "TooCostly", r"'(\S+)' not inlined into '(\S+)' because too costly.*",
        r"@\1 not inlined into @\2: too large",
    ),
    Known(
        "tailcallelim", "tailcall-recursion", r"transforming tail recursion into loop",
        "the call of itself at the end is a jump: a loop",
    ),
    Known(
        "slp-vectorizer", "NotPossible", r"Cannot SLP vectorize list: vectorization was impos.*",
        "no vector of neighbors: their operations do not match",
    ),
    Known(
        "slp-vectorizer", "NotBeneficial",
        r"List vectorization was possible but not beneficial with cost.*",
        "no vector of neighbors: by the cost model, it would gain nothing",
    ),
]  # fmt: skip


def known(of: str, message: str) -> tuple[str, str]:
    """The name of a pass's remark, and what it says in plain words: empty, and LLVM's own words,
    if it is not in the table."""
    for each in KNOWN:
        if each.of == of and (match := re.fullmatch(each.message, message)):
            return each.name, match.expand(each.words)
    return "", message
