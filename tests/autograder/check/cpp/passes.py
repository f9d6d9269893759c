"""Passes for LLVM, right and wrong, for the tests of check/cpp/plugin."""

from __future__ import annotations

import pytest

from autograder.check.cpp import headers
from autograder.check.cpp.plugin import kept_llvm
from autograder.course.cpp_cell import Header
from tern.workshop.llvm import toolchain

needs_llvm = pytest.mark.skipif(
    toolchain.find() is None, reason=toolchain.missing() or "an LLVM is here"
)


def book(name: str, *edits: tuple[str, str]) -> Header:
    """One of the book's passes, with other texts in place of some of its own."""
    text = headers.of_file(kept_llvm.folder() / f"{name}.hpp").text
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return Header(name, text)


def reporting(body: str = "", before: str = "", name: str = "LoopReport") -> Header:
    """A LoopReport whose run begins with a body, in line 6 of its cell."""
    text = f"""\
#pragma once
#include "compat.hpp"
{before}
struct {name} : llvm::PassInfoMixin<{name}> {{
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &AM) {{
    {body}
    return llvm::PreservedAnalyses::all();
  }}
}};
"""
    return Header("loop_report", text)
