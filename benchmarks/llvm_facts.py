"""What each fact that tern tells LLVM buys: loops that get vectors, and time.

    python -m benchmarks.llvm_facts [PAIRS] [--without]

For each of tern's loop nests, and each fact of tern/targets/facts.py: the text without any fact,
with that fact alone, with all, and with all but that one. Of each, how many loops LLVM's
vectorizer takes, what it asks at run time before one of them, and the time of a call by that of the
plain text: the median of pairs that are timed in turn on one CPU, by its clock.

What was found with LLVM 22 on a shared Xeon (Sapphire Rapids), 21 pairs. Two runs of one text
differ by up to 6 percent, and single figures by 10.

    | fact alone          | what changes                                  | time: mean, range |
    |---------------------|-----------------------------------------------|-------------------|
    | none                |                                               | 1.02, .99 to 1.06 |
    | apart (`noalias`)   | none of eight nests asks about overlap         |  .98, .90 to 1.02 |
    | inbounds            | nothing                                       | 1.01, .91 to 1.08 |
    | wraps               | nothing                                       |  .99, .96 to 1.02 |
    | affine, aligned     | nothing                                       | 1.00, .96 to 1.08 |
    | present, access     | nothing: LLVM infers `readonly` itself        | 1.00, .97 to 1.05 |
    | effects, sizes      | nothing                                       | 1.00, .94 to 1.05 |

So what counts is one word, and it saves the question and not the loop: the same loops have vectors
without it. A product of known sizes gains most, a tenth, since its sum stays in a register. What
LLVM asks is cheap, for it hoists the question out of the outer loop.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np

from tern.ir import Operation, function
from tern.lower import lower_source
from tern.passes import fuse_all
from tern.targets.facts import ALL_FACTS, NAMES, NO_FACTS, Facts
from tern.targets.llvm import compile_llvm, llvm_text
from tern.targets.llvm.jit import optimized_text

PROGRAMS: dict[str, tuple[str, list[tuple[int, ...]]]] = {
    "axpy": (
        "fn f(x: f32[n], y: f32[n]) -> f32[n] { return x * 3.0 + y; }",
        [(4096,), (4096,), (4096,)],
    ),
    "product": (
        "fn f(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return a @ b; }",
        [(96, 96), (96, 96), (96, 96)],
    ),
    "known product": (
        "fn f(a: f32[96, 96], b: f32[96, 96]) -> f32[96, 96] { return a @ b; }",
        [(96, 96), (96, 96), (96, 96)],
    ),
    "softmax": (
        "fn f(x: f32[n, m]) -> f32[n, m] { let e = exp(x - max(x, axis=1));"
        " return e / sum(e, axis=1); }",
        [(64, 128), (64, 128)],
    ),
    "column sums": (
        "fn f(x: f32[n, m]) -> f32[1, m] { return sum(x, axis=0); }",
        [(256, 64), (1, 64)],
    ),
    "transpose": (
        "fn f(x: f32[n, m]) -> f32[m, n] { return transpose(x) * 2.0; }",
        [(128, 96), (96, 128)],
    ),
    "steps": (
        "fn f(x: f32[n, m], b: f32[m]) -> f32[n, m] { return max(x * 0.5 + b, 0.0) * x - b; }",
        [(64, 200), (200,), (64, 200)],
    ),
    "short rows": (
        "fn f(x: f32[n, m], b: f32[m], c: f32[m]) -> f32[n, m] { return x * b + c; }",
        [(1024, 12), (12,), (12,), (1024, 12)],
    ),
    "six inputs": (
        "fn f(a: f32[n], b: f32[n], c: f32[n], d: f32[n], e: f32[n], g: f32[n]) -> f32[n]"
        " { return a * b + c * d + e * g; }",
        [(256,)] * 7,
    ),
    "integers": (
        "fn f(x: i32[n, m], y: i32[m]) -> i32[n, 1] { return sum(x * y, axis=1); }",
        [(64, 200), (200,), (64, 1)],
    ),
}


def loops_of(text: str) -> Operation:
    module = lower_source(text, ["f"])
    fuse_all(module)
    return function(module, "f")


def arrays(text: str, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    kind = np.int32 if "i32" in text else np.float32
    return [rng.integers(-9, 9, shape).astype(kind) for shape in shapes]


ASKED = {
    "diff.check": "overlap",
    "found.conflict": "overlap",
    "stride.check": "stride",
    "ident.check": "stride",
}
"""Names that LLVM gives to what it asks at run time, and what that is about."""


def vectors(func: Operation, facts: Facts) -> str:
    """How many loops have vectors, and what is asked before one of them is entered."""
    text = optimized_text(llvm_text(func, facts=facts))
    count = len(re.findall(r"^vector\.body[\w.]*:", text, re.MULTILINE))
    asked = ", ".join(sorted({word for name, word in ASKED.items() if f"%{name}" in text}))
    return f"{count}{f' (asks: {asked})' if asked else ''}"


def ratio(run: Any, plain: Any, args: list[np.ndarray], pairs: int) -> float:
    """The time of a call by that of the plain one: the median of pairs."""
    start = time.process_time_ns()
    plain(*args)
    each = max(1, int(2e6 / max(1, time.process_time_ns() - start)))
    found = []
    for number in range(pairs):
        times = [0, 0]
        for which in (number % 2, 1 - number % 2):
            start = time.process_time_ns()
            for _ in range(each):
                (run, plain)[which](*args)
            times[which] = time.process_time_ns() - start
        found.append(times[0] / times[1])
    return statistics.median(found)


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print("| nest | facts | vector loops | time, by the plain text's |\n|---|---|---|---|")
    for name, (text, shapes) in PROGRAMS.items():
        func, args = loops_of(text), arrays(text, shapes)
        plain = compile_llvm(func, facts=NO_FACTS)
        plain(*args)
        chosen = {"none": NO_FACTS, "all": ALL_FACTS, "the default": Facts()}
        chosen |= {f"{each} alone": replace(NO_FACTS, **{each: True}) for each in NAMES}
        if "--without" in sys.argv:
            chosen |= {f"all but {each}": replace(ALL_FACTS, **{each: False}) for each in NAMES}
        for what, facts in chosen.items():
            run = compile_llvm(func, facts=facts)
            run(*args)
            print(
                f"| {name} | {what} | {vectors(func, facts)} "
                f"| {ratio(run, plain, args, pairs):.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
