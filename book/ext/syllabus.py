"""The 28 chapters: what the pages of the front matter say of them comes from here.

A role or the road links a chapter as soon as its notebook is in _toc.yml.
"""

from __future__ import annotations

from typing import NamedTuple

from book.ext.phases import PHASES, Phase

HOURS_A_WEEK = 8


class Chapter(NamedTuple):
    number: int
    title: str  # the same as in the notebook's heading
    builds: str  # for the road: what tern or its reader gains

    @property
    def docname(self) -> str:
        return f"chapters/chapter{self.number:02}"


CHAPTERS = tuple(
    Chapter(number, *words)
    for number, words in enumerate(
        (
            ("The whole stack, once", "A calculator, down to native code"),
            ("Lexing", "Characters into tokens, by a table you derive"),
            ("Parsing", "Tokens into a tree; errors that point at the source"),
            ("Names, types and shapes", "A checker for types and symbolic shapes"),
            ("Designing an IR", "SSA: blocks, values, a verifier, an interpreter"),
            ("Down to the machine", "LLVM IR, registers, a JIT"),
            ("C++ for compiler engineers", "tern's IR core again, in C++"),
            ("The hardware", "Caches, SIMD, GPUs; a roofline model"),
            ("Dataflow and the classic passes", "Constants, CSE, dead code, loop invariants"),
            ("LLVM from the inside", "Your own pass, as a plugin in C++"),
            ("MLIR I: dialects", "tern's IR through MLIR's real tools"),
            ("MLIR II: rewriting", "Patterns, conversions, a transform script"),
            ("Loop tiling in Numba", "Loops reordered, and proved legal"),
            ("Vectors and threads", "SIMD, packing, parallel loops"),
            ("Triton I", "Softmax and layer norm as GPU kernels"),
            ("Triton II", "Matrix product and flash attention"),
            ("TVM scheduling", "Schedules by hand, then by search"),
            ("XLA and StableHLO", "Import, fuse, and compare compilers"),
            ("Inside the frameworks", "Autograd, graph capture, an FX importer"),
            ("Your compiler behind torch.compile", "A backend: tern runs a PyTorch model"),
            ("Fusion, layout, memory, precision", "A fusion planner, buffer reuse, int8"),
            ("A pre-trained ResNet, faster", "A whole network, measured and explained"),
            ("Profiling", "From a trace to the line that costs"),
            ("Contribute upstream", "A reduced failure, a test, a patch"),
            ("Portfolio: one model, many targets", "x86, Arm, CUDA, AMD, WebGPU"),
            ("Portfolio: a transformer", "Attention, KV cache, batched decoding"),
            ("Tell it", "Your compiler's own repository, and its story"),
            ("Interviews and the road ahead", "Problems from every phase, timed"),
        ),
        1,
    )
)

# What a reader has at the end of each phase, beside the compiler itself.
MILESTONES = {
    1: "tern compiles scalar functions and loops to machine code, and you can say what they cost.",
    2: "tern tiles, fuses, and emits MLIR, Triton, TVM, and StableHLO. You have written an LLVM "
    "pass and a flash-attention kernel.",
    3: "A pre-trained network runs through your compiler, faster than before. A patch is ready "
    "to send upstream.",
    4: "One repository with your name on it, a report that can be reproduced, a résumé whose "
    "every line points to evidence, and answers under time.",
}


def chapter(number: int) -> Chapter:
    """The chapter of a week. ValueError unless 1 ≤ number ≤ 28."""
    if not 1 <= number <= len(CHAPTERS):
        raise ValueError(f"there is no week {number}")
    return CHAPTERS[number - 1]


def chapters_of(phase: Phase) -> list[Chapter]:
    return [chapter(number) for number in phase.chapters]


def weeks(text: str) -> list[int]:
    """The numbers that a list of weeks names.

    >>> weeks("5, 9, 11-13")
    [5, 9, 11, 12, 13]
    """
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def hours(phase: Phase) -> int:
    """The hours that a phase takes, at the book's pace."""
    return len(phase.chapters) * HOURS_A_WEEK


TOTAL_HOURS = sum(map(hours, PHASES))
