"""The page's words of LLVM IR: each has a program that it changes, for both witnesses."""

from __future__ import annotations

import pytest

from tern.workshop.llvm.words import REASSOC, TBAA, WORDS, Word, optimized_body, verdicts, witnesses

VERDICTS = {
    "nsw": ("0", "poison"),
    "exact": ("8", "poison"),
    "freeze": ("any", "0"),
    "inbounds": ("1", "poison"),
    "noalias": ("2", "undefined behavior"),
    "br": ("poison", "undefined behavior"),
}


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.word)
def test_the_evaluator_tells_the_two_apart(word: Word) -> None:
    assert verdicts(word) == VERDICTS[word.word]


@pytest.mark.parametrize("word", [*WORDS, TBAA, REASSOC], ids=lambda word: word.word)
def test_llvm_makes_something_else_of_them(word: Word) -> None:
    pytest.importorskip("llvmlite")
    made = [optimized_body(text, word.named) for text in (word.without, word.with_it)]
    if word.word == "br":  # with either, only one answer is left
        assert made == ["ret i8 1", "ret i8 1"]
    else:
        assert made[0] != made[1] and len(made[1]) <= len(made[0])


def test_a_row_has_both_witnesses_where_there_are_two() -> None:
    pytest.importorskip("llvmlite")
    assert witnesses(WORDS[0])[3] == "`ret i1 true`\nverdict: poison"
    word, program, _, made = witnesses(TBAA)
    assert word == "`!tbaa`" and "!0 =" not in program and made == "`ret i32 1`"
