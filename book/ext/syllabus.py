"""The 28 chapters in their four phases: the one table of what the course is.

Titles, ranges of weeks, and the phases' texts are written here and nowhere else. The pages take
them by roles and directives (road.py, here.py); _toc.yml, README.md, and the headings of the
references by `python -m book.derive`. A chapter's notebook is linked as soon as it exists.
"""

from __future__ import annotations

import re
from typing import NamedTuple

HOURS_A_WEEK = 8


class Chapter(NamedTuple):
    number: int
    title: str  # as in the heading of its lesson and workbook, and in its TOML file
    builds: str  # for the road: what tern or its reader gains
    gpu: bool = False  # Colab is asked for a GPU

    @property
    def name(self) -> str:
        return f"chapter{self.number:02}"

    @property
    def docname(self) -> str:
        return f"chapters/{self.name}"

    @property
    def heading(self) -> str:
        return f"{self.number} · {self.title}"


class Phase(NamedTuple):
    number: int
    numeral: str
    name: str
    covers: str  # for the first page, in Markdown
    milestone: str  # what a reader has at its end, beside the compiler itself
    chapters: tuple[Chapter, ...]

    @property
    def first(self) -> int:
        return self.chapters[0].number

    @property
    def last(self) -> int:
        return self.chapters[-1].number

    @property
    def heading(self) -> str:
        return f"Phase {self.numeral} · {self.name}"

    @property
    def hours(self) -> int:
        """What the phase takes, at the book's pace."""
        return len(self.chapters) * HOURS_A_WEEK


class Row(NamedTuple):
    title: str
    builds: str
    gpu: bool = False


TABLE = (
    (
        "Foundations",
        "Lexing, parsing, types and shapes, an IR, native code, C++ as compilers use it, and the "
        "hardware underneath.",
        "tern compiles scalar functions and loops to machine code, and you can say what they cost.",
        Row("The whole stack, once", "A calculator, down to native code"),
        Row("Lexing", "Characters into tokens, by a table you derive"),
        Row("Parsing", "Tokens into a tree; errors that point at the source"),
        Row("Names, types, and shapes", "A checker for types and symbolic shapes"),
        Row("Designing an IR", "SSA: blocks, values, a verifier, an interpreter"),
        Row("Down to the machine", "LLVM IR, registers, a JIT"),
        Row("C++ for compiler engineers", "tern's IR core again, in C++"),
        Row("The hardware", "Caches, SIMD, GPUs; a roofline model"),
    ),
    (
        "Compiler specialization",
        "Dataflow and classic passes, LLVM, MLIR, loop tiling, vectors and threads, Triton, TVM, "
        "and XLA.",
        "tern tiles, fuses, and emits MLIR, Triton, TVM, and StableHLO. You have written an LLVM "
        "pass and a flash-attention kernel.",
        Row("Dataflow and the classic passes", "Constants, CSE, dead code, loop invariants"),
        Row("LLVM from the inside", "Your own pass, as a plugin in C++"),
        Row("MLIR I: dialects", "tern's IR through MLIR's real tools"),
        Row("MLIR II: rewriting", "Patterns, conversions, a transform script"),
        Row("Loop tiling in Numba", "Loops reordered, and proved legal"),
        Row("Vectors and threads", "SIMD, packing, parallel loops"),
        Row("Triton I", "Softmax and layer norm as GPU kernels", gpu=True),
        Row("Triton II", "Matrix product and flash attention", gpu=True),
        Row("TVM scheduling", "Schedules by hand, then by search"),
        Row("XLA and StableHLO", "Import, fuse, and compare compilers"),
    ),
    (
        "AI integration",
        "Inside PyTorch, tern behind `torch.compile`, fusion and quantization, a network made "
        "faster, profiling, and a first patch upstream.",
        "A pre-trained network runs through your compiler, faster than before. A patch is ready "
        "to send upstream.",
        Row("Inside the frameworks", "Autograd, graph capture, an FX importer"),
        Row("Your compiler behind torch.compile", "A backend: tern runs a PyTorch model"),
        Row("Fusion, layout, memory, precision", "A fusion planner, buffer reuse, int8"),
        Row("A pre-trained ResNet, faster", "A whole network, measured and explained"),
        Row("Profiling", "From a trace to the line that costs"),
        Row("Contribute upstream", "A reduced failure, a test, a patch"),
    ),
    (
        "Portfolio and job search",
        "One model on many targets, a transformer's decode loop, your own compiler's repository, "
        "and interview problems under time.",
        "One repository with your name on it, a report that can be reproduced, a résumé whose "
        "every line points to evidence, and answers under time.",
        Row("Portfolio: one model, many targets", "x86, Arm, CUDA, AMD, WebGPU"),
        Row("Portfolio: a transformer", "Attention, KV cache, batched decoding"),
        Row("Tell it", "Your compiler's own repository, and its story"),
        Row("Interviews and the road ahead", "Problems from every phase, timed"),
    ),
)
NUMERALS = ("I", "II", "III", "IV")


def _phases() -> tuple[Phase, ...]:
    found: list[Phase] = []
    week = 1
    for number, (name, covers, milestone, *rows) in enumerate(TABLE, 1):
        chapters = tuple(Chapter(week + i, *row) for i, row in enumerate(rows))
        week += len(rows)
        found.append(Phase(number, NUMERALS[number - 1], name, covers, milestone, chapters))
    return tuple(found)


PHASES = _phases()
CHAPTERS = tuple(chapter for phase in PHASES for chapter in phase.chapters)
TOTAL_HOURS = sum(phase.hours for phase in PHASES)


def chapter(number: int) -> Chapter:
    """The chapter of a week. ValueError unless 1 ≤ number ≤ 28."""
    if not 1 <= number <= len(CHAPTERS):
        raise ValueError(f"there is no week {number}")
    return CHAPTERS[number - 1]


def phase(number: int) -> Phase:
    """A phase by its number. ValueError unless 1 ≤ number ≤ 4."""
    if not 1 <= number <= len(PHASES):
        raise ValueError(f"there is no phase {number}")
    return PHASES[number - 1]


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


def chapter_number(docname: str) -> int | None:
    """The chapter that a page belongs to: a lesson, its workbook, or its solutions."""
    match = re.search(r"(?:^|/)chapter(\d\d)$", docname)
    return int(match.group(1)) if match else None


def phase_of(docname: str) -> Phase | None:
    """The phase of a page's chapter; None for front and back matter."""
    number = chapter_number(docname)
    return next((each for each in PHASES if number in {c.number for c in each.chapters}), None)
