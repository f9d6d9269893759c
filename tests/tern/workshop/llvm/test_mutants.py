"""The page's table of tests: who passes for what."""

from __future__ import annotations

import pytest

pytest.importorskip("filecheck")

from tern.workshop.llvm import mutants

OUTPUT = "define void @f() {\nentry:\n  ret void\n}\n\ndefine void @g() {\n  ret void\n}\n"


def test_verbatim_passes_for_the_output_alone() -> None:
    test = mutants.verbatim(OUTPUT)
    others = [OUTPUT.replace("entry", "start"), OUTPUT.replace("  ret", "  %x = add\n  ret", 1)]
    assert mutants.passes(test, [OUTPUT, *others]) == [True, False, False]


def test_a_row_says_of_each_test_whether_it_is_right() -> None:
    tests = {"verbatim": mutants.verbatim(OUTPUT), "none": "; CHECK: define", "g": "; CHECK: @g"}
    lost = OUTPUT.replace("@g", "@h")
    assert mutants.compared(tests, {"it": OUTPUT}, {"h": lost}, {"h": lost, "x": "define"}) == [
        ("right: it", "passes", "passes", "passes"),
        ("bug: h", "found", "missed", "found"),
        ("2 more bugs", "2 found", "0 found", "2 found"),
    ]


def test_without_the_tool_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "find_spec", lambda name: None)
    assert mutants.compared({"a": ""}, {}, {}, {}) == [
        ("not run here: pip install filecheck==1.0.6", "")
    ]
