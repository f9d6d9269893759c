"""Checks of passes in C++: the book's own pass them, plausible mistakes are each told apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from autograder import check
from autograder.check.failures import CheckFailed
from autograder.course.cpp_cell import Header
from tern.workshop.llvm import programs
from tests.autograder.check.cpp.passes import book, needs_llvm
from tests.turns import tries

pytestmark = needs_llvm
PRINTS = partial(check.plugin_prints, on=programs.nests, examples=30)
REFINES = partial(check.plugin_refines, on=programs.straight, examples=400)
REDUCES = partial(check.plugin_refines, on=programs.counted_products, examples=25)
CYCLES = partial(check.plugin_costs, on=programs.straight, examples=150, at_most=1.02)
PRODUCTS = partial(
    check.plugin_costs, on=programs.counted_products, examples=25, at_most=1.02, counting="mul"
)
DIFFERENT = "it changes what the function does"
SUM = "return Builder.CreateAdd(X, llvm::ConstantInt::get(I.getType(), *C + *D));"


@pytest.mark.parametrize(
    ("name", "checks"),
    [
        ("loop_report", [PRINTS]),
        (
            "peephole",
            [partial(REFINES, examples=tries(40, long=1000)), partial(CYCLES, examples=40)],
        ),
        (
            "strength",
            [partial(REDUCES, examples=tries(8, long=300)), partial(PRODUCTS, examples=8)],
        ),
    ],
)
def test_the_books_own(name: str, checks: list[Callable]) -> None:
    for one in checks:
        one(book(name))


def says(header: Header, judged: Callable, message: str) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        judged(header)
    assert caught.value.message.startswith(message) or message in caught.value.message
    return caught.value


@pytest.mark.rotates(2)
@pytest.mark.parametrize(
    ("name", "old", "new", "judged", "message"),
    [
        ("peephole", " && !C->isMinSignedValue()", "", REFINES, DIFFERENT),
        (
            "peephole",
            SUM,
            SUM.replace("*D)", '*D), "", 0, I.hasNoSignedWrap()'),
            REFINES,
            DIFFERENT,
        ),
        ("peephole", "Builder.CreateFreeze(Y)", "Y", REFINES, DIFFERENT),
        (
            "peephole",
            "Builder.CreateOr(X, Builder.CreateFreeze(Y))",
            "Builder.CreateFreeze(Builder.CreateOr(X, Y))",
            REFINES,
            DIFFERENT,
        ),
        ("peephole", "Left->hasNoUnsignedWrap()", "Left->hasNoSignedWrap()", REFINES, DIFFERENT),
        ("peephole", "lshr(*C)", "shl(*C)", REFINES, DIFFERENT),
        ("peephole", " && *C == *D", "", REFINES, DIFFERENT),
        ("peephole", "I.isExact()", "true", REFINES, DIFFERENT),
        ("peephole", "m_UDiv", "m_IDiv", REFINES, DIFFERENT),
        ("peephole", "m_c_Mul(m_Value(X), m_Power2(C))", "m_Zero()", CYCLES, "× the cycles"),
        ("peephole", "m_c_Add(m_c_Add", "m_Add(m_Sub", CYCLES, "× the cycles"),
        ("peephole", "m_LShr(m_Shl(", "m_AShr(m_Shl(", REFINES, DIFFERENT),
        ("strength", "CreateAdd(Sum, SumsStep", "CreateNSWAdd(Sum, SumsStep", REDUCES, DIFFERENT),
        ("strength", "= times(Before, Step, Factor)", "= Factor", REDUCES, DIFFERENT),
        (
            "strength",
            "if (match(Left, m_One()))",
            "if (!match(Left, m_Zero()))",
            REDUCES,
            DIFFERENT,
        ),
        ("strength", " || !L.isLoopInvariant(Factor)", "", REDUCES, "it makes invalid IR: "),
        ("strength", "Variable == Phi ? Sum :", "true ? Sum :", REDUCES, DIFFERENT),
        ("strength", "while (Again)", "if (Again)", PRODUCTS, "× the executed mult"),
        (
            "loop_report",
            "getSmallConstantTripCount",
            "getSmallConstantMaxTripCount",
            PRINTS,
            "it p",
        ),
        ("loop_report", "!llvm::isa<llvm::PHINode>(I) && ", "", PRINTS, "it prints something else"),
        ("loop_report", "InPreorder()", "InReverseSiblingPreorder()", PRINTS, "it prints"),
    ],
)
def test_a_mistake(name: str, old: str, new: str, judged: Callable, message: str) -> None:
    failure = says(book(name, (old, new)), judged, message)
    if message == DIFFERENT:
        told = dict(failure.details)
        assert told["arguments"] and told["actual"] != told["expected"]
        assert "define" in told["function"] and "define" in told["what the pass made of it"]


@pytest.mark.rotates(2)
def test_a_pass_that_removes_a_function_is_told() -> None:
    body = 'F.setName("gone");'
    header = book("peephole", ("bool Changed = false;", f"bool Changed = false; {body}"))
    says(header, REFINES, "the function is gone")


@pytest.mark.rotates(2)
def test_a_pass_that_leaves_what_nobody_asked_for_is_told() -> None:
    fence = "llvm::IRBuilder<>(&F.front(), F.front().begin()).CreateFence("
    fence += "llvm::AtomicOrdering::SequentiallyConsistent);"
    header = book("peephole", ("bool Changed = false;", f"bool Changed = true; {fence}"))
    told = "it leaves what this exercise has no use for: an operation that is not read here, got"
    says(header, REFINES, told)


COUNTED_ONCE = "++Operations[Loops.getLoopFor(&Block)];"
QUADRATIC = """if (!Loops.getLoopFor(&Block)) ++Operations[nullptr];
    for (const llvm::Loop *L : Loops.getLoopsInPreorder())
      for (llvm::BasicBlock &Block : F)
        for (llvm::Instruction &I : Block)
          if (Loops.getLoopFor(&Block) == L && !llvm::isa<llvm::PHINode>(I) && !I.isTerminator())
            ++Operations[L];"""


@pytest.mark.timed
@pytest.mark.rotates(2)
def test_a_pass_that_is_right_and_slow() -> None:
    loops = partial(programs.many_loops, count=300)
    slow = book("loop_report", (COUNTED_ONCE, QUADRATIC))
    check.plugin_prints(slow, on=programs.nests, examples=10)
    says(slow, partial(check.plugin_keeps_up, on=loops, within=2), "")


@pytest.mark.timed
@pytest.mark.rotates(2)
def test_a_pass_keeps_up_with_itself() -> None:
    loops = partial(programs.many_loops, count=120)
    check.plugin_keeps_up(book("loop_report"), on=loops, within=3)
