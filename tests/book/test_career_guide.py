"""Where the book takes up each piece of advice that a career guide into this field gives.

The book grew from such a guide: skills to bring and to learn, phases, a plan for the first days, a
reality check. Each row names the advice, the page that answers it, and words that stand there. A
rewritten page that drops one fails here.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from book.ext.syllabus import PHASES

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"

ADVICE = [
    # what carries over
    (
        "a robust engineer's foundation carries over",
        "audience",
        r"closer to your work than they look",
    ),
    (
        "pipelines for diverse hardware",
        "audience",
        r"GPUs, accelerators made for one kind of network",
    ),
    ("fusion, memory, code for each machine", "audience", r"fuse.*keep those numbers on the chip"),
    ("both ends of the stack, algorithm to machine", "audience", r"you see both ends"),
    ("open projects: MLIR, TVM, XLA", "audience", r"LLVM and MLIR, PyTorch, Triton, TVM, and XLA"),
    ("inference and training", "audience", r"both training and inference|training and inference"),
    ("Python", "audience", r"\*\*Python\*\*.*PyTorch, and TensorFlow"),
    ("system design", "audience", r"\*\*System design\*\*"),
    ("problem solving", "audience", r"\*\*Problem solving\*\*.*profile"),
    ("CI/CD", "audience", r"\*\*CI/CD\*\*.*bisect regressions"),
    ("architecture", "audience", r"\*\*Software architecture\*\*.*IR"),
    # what is to be learned, by priority
    (
        "1: C++: a course, Meyers, passes in LLVM",
        "skills",
        r"## 1 · C\+\+.*Meyers.*Udacity.*passes for LLVM",
    ),
    (
        "2: hardware: Hennessy & Patterson, DLI",
        "skills",
        r"## 2 · Hardware.*Hennessy.*Deep Learning Institute",
    ),
    ("2: memory hierarchy, parallelism", "skills", r"memory hierarchy.*parallel"),
    (
        "3: compilers: Stanford, Cooper & Torczon, a toy",
        "skills",
        r"## 3 · .*Torczon.*Stanford.*toy language",
    ),
    (
        "4: MLIR: tutorial, Python bindings, a patch",
        "skills",
        r"## 4 · .*Toy tutorial.*Python bindings.*patch",
    ),
    ("5: frameworks: source, TorchScript, XLA", "skills", r"## 5 · .*TorchScript.*back ends"),
    (
        "6: Nsight, VTune, before and after",
        "skills",
        r"## 6 · .*Nsight Systems.*VTune.*before and after",
    ),
    # the phases
    ("8 weeks of foundations", "phases", r"Weeks 1–8.*Lexing, parsing.*C\+\+.*hardware"),
    ("10 weeks of compilers", "phases", r"Weeks 9–18.*MLIR.*TVM, and XLA"),
    ("LLVM and MLIR on one's own machine", "setup", r"## LLVM and MLIR on your machine"),
    ("6 weeks of integration", "phases", r"Weeks 19–24.*faster, profiling, and a first patch"),
    ("4 weeks of portfolio and search", "phases", r"Weeks 25–28.*many targets.*interview"),
    ("a network of people", "references", r"## Where to find people"),
    ("a résumé that shows it", "plan", r"Week}`27`"),
    # the reality check
    ("love: a visible effect on performance", "reality", r"Your work shows up as a number"),
    (
        "love: from mathematics to instructions",
        "reality",
        r"mathematics at one end to an instruction",
    ),
    ("love: demand and pay", "reality", r"It is wanted.*reputation for good pay"),
    ("love: open source", "reality", r"It is done in the open"),
    ("miss: fast features", "reality", r"Shipping on Friday"),
    ("miss: users' thanks", "reality", r"Users who say thanks"),
    ("miss: breadth", "reality", r"\*\*Variety"),
    ("miss: seeing it land", "reality", r"Seeing it land"),
    ("hard: the beginning", "reality", r"\*\*The beginning"),
    ("hard: slow for no visible reason", "reality", r"Slow for no visible reason"),
    ("hard: everything moves", "reality", r"Everything moves"),
    ("hard: compile time, memory, and speed", "reality", r"It can spend memory to save either"),
    # the first days
    ("this week: LLVM/MLIR, a first example", "plan", r"This week.*Get LLVM and MLIR running"),
    (
        "this week: two chapters of the textbook",
        "plan",
        r"first two chapters of \*Engineering a Compiler",
    ),
    ("this week: a community", "plan", r"Join one community.*Discord"),
    ("this month: Stanford's first module", "plan", r"first module of Stanford"),
    ("this month: an arithmetic compiler", "plan", r"Write a compiler for arithmetic"),
    ("this month: cProfile on a PyTorch model", "plan", r"Profile a PyTorch model with `cProfile`"),
    ("90 days: the MLIR tutorial and a fix", "plan", r"MLIR's Toy tutorial, then send a small fix"),
    (
        "90 days: a ResNet with TVM, measured",
        "plan",
        r"Optimize a ResNet with TVM, on CPU and on GPU",
    ),
    ("90 days: a talk, two people", "plan", r"Hear one talk.*write to two people"),
    # questions
    ("no PhD", "faq", r"Do I need a PhD\?\s+No\."),
    ("a degree, or work that shows", "faq", r"bachelor's degree.*show work instead"),
    ("how long", "faq", r"How long does it really take"),
    ("pay", "faq", r"Does it pay better"),
]


def text_of(page: str) -> str:
    """A page's text; of "phases", what the first page's directive says of them."""
    if page == "phases":
        assert "```{phases}" in text_of("intro")
        return "\n".join(f"Weeks {each.first}–{each.last} {each.covers}" for each in PHASES)
    return (CHAPTERS / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("advice", "page", "words"), ADVICE, ids=[row[0] for row in ADVICE])
def test_the_book_takes_it_up(advice, page, words) -> None:
    assert re.search(words, text_of(page), re.DOTALL), f"{page} no longer says: {advice}"


def test_the_plan_leads_into_written_chapters() -> None:
    """What the guide asks for in the first month is done in chapter 1, which exists."""
    lesson = (CHAPTERS / "chapter01.ipynb").read_text(encoding="utf-8")
    for words in ("cProfile", "torch.profiler", "hot spots", "emit_llvm", "autograder"):
        assert words in lesson
