"""check.cpp_tests: a right header passes, and each mistake is told in a line that teaches."""

from __future__ import annotations

import re

import pytest

from autograder import check
from autograder.check.cpp import compilers, reports
from autograder.check.failures import CheckFailed, CouldNotMeasure
from autograder.course.cpp_cell import Header, header_in
from autograder.report.results import WHOLE_REPORT
from tests.autograder.check.cpp import vectors
from tests.turns import tries

pytestmark = [
    pytest.mark.skipif(not compilers.compilers(), reason="no C++ compiler is here"),
    pytest.mark.rotates(8),
]
ALL = list(vectors.WRONG)
# Each of these shows another way to be told: by a value, by a sanitizer, by a compiler, by a count.
SOME = ["v = v", "an element of its own", "a semicolon is missing", "the buffer is not freed"]
TRIED = [name for name in ALL if name in SOME or tries(0, long=1)]


def failure(header: Header, tests: str = vectors.TESTS, **how) -> CheckFailed:
    with pytest.raises(CheckFailed) as raised:
        check.cpp_tests(header, tests, book=vectors.BOOK, **how)
    return raised.value


def test_a_right_header_passes_under_each_compiler_here() -> None:
    each = bool(tries(0, long=1))
    check.cpp_tests(vectors.BOOK, vectors.TESTS, book=vectors.BOOK, each_compiler=each)


@pytest.mark.parametrize("name", TRIED)
def test_a_mistake_is_told_in_one_line_with_the_cells_own_number(name: str) -> None:
    header, says = vectors.WRONG[name]
    error = failure(header)
    assert re.search(says, error.message), error.message
    assert "\n" not in error.message and "/tmp" not in error.message
    for file, line, text, _ in error.where:
        assert file == "<ch07-small-vec>"
        # the magic is the cell's first line
        assert header.text.splitlines()[line - 2].strip() == text
        assert error.message.startswith(f"line {line}: ")


def test_the_whole_report_is_kept_but_not_shown_in_the_error() -> None:
    header = vectors.mistaken(("std::size_t size_ = 0, capacity_ = N;", "nonsense"))
    error = failure(header, "TEST(nothing) {}")
    whole = dict(error.details)[WHOLE_REPORT]
    assert "nonsense" in whole and "error:" in whole
    assert whole not in str(error)


@pytest.mark.parametrize(
    "output, says",
    [
        (
            "small_vec.hpp: In function 'f':\nsmall_vec.hpp:7:3: internal compiler error: in g\n"
            "Please submit a full bug report,\nwith preprocessed source if appropriate.\n",
            "line 8: internal compiler error: in g",
        ),
        (
            "g++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.\n",
            "the compiler failed: fatal error: Killed signal terminated program cc1plus",
        ),
        ("something\nelse\n", "the compiler failed: else"),
    ],
)
def test_a_compiler_that_breaks_down_says_how(output: str, says: str) -> None:
    header = Header("small_vec", "x\n" * 9, before=1)
    assert reports.of_compiler(output, header)[0] == says


def test_values_that_differ_from_the_books_are_shown() -> None:
    header = vectors.mistaken(("capacity_ *= 2;", "capacity_ *= 2;\n        data_[0] = T();"))
    tests = """
    TEST(like_the_books) {
        SmallVec<int, 4> v;
        for (int i = 0; i < 99; ++i) v.push_back(1 + static_cast<int>(random(100)));
        SEE(v.size());
        SEE(v[0]);
    }"""
    error = failure(header, tests)
    assert error.message == "it does not do what the book's does"
    told = dict(error.details)
    assert told["test"] == "like the books" and told["actual"] == "0"
    assert 1 <= int(told["expected"]) <= 100


def test_an_exception_that_leaves_a_test_fails_it() -> None:
    error = failure(vectors.BOOK, "TEST(throws) { throw 1; }")
    assert error.message == "an exception left the test"


def test_a_test_that_never_ends_is_named() -> None:
    error = failure(
        vectors.BOOK,
        "TEST(first) {}\nTEST(never_ends) { for (volatile int i = 0;;) i = 1; }",
        seconds=1,
    )
    assert error.message == "it was still running after 1 s"
    assert ("test", "never ends") in error.details


def test_without_rtti_and_exceptions_what_needs_them_does_not_compile() -> None:
    needs_rtti = vectors.beside(
        "struct A { virtual ~A() = default; }; struct B : A {};\n"
        "inline bool is(A *a) { return dynamic_cast<B *>(a) != nullptr; }\n"
    )
    assert "line 11: " in failure(needs_rtti, "TEST(nothing) {}", rtti=False).message
    throws = vectors.beside("inline void raise_it() { throw 1; }\n")
    assert "line 10: " in failure(throws, "TEST(nothing) {}", exceptions=False).message


def test_no_compiler_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilers, "compilers", tuple)
    with pytest.raises(CouldNotMeasure, match="^not judged here: there is no C\\+\\+ compiler"):
        check.cpp_tests(vectors.BOOK, vectors.TESTS, book=vectors.BOOK)


@pytest.mark.parametrize(
    "cell, name, before",
    [
        ("%%cpp small_vec\nint x;", "small_vec", 1),
        ("\n  \n%%cpp small_vec  \nint x;", "small_vec", 3),
        ("%%cpp small_vec", "small_vec", 0),
    ],
)
def test_a_cell_that_is_a_header_is_found(cell: str, name: str, before: int) -> None:
    header = header_in(cell)
    assert header is not None and (header.name, header.before) == (name, before)
    assert header.text == ("int x;" if "int" in cell else "")


@pytest.mark.parametrize("cell", ["x = 1\n%%cpp a\n", "%%cpp\nint x;", "%%cpp 1\n", "#%%cpp a\n"])
def test_a_cell_that_is_none_is_not(cell: str) -> None:
    assert header_in(cell) is None
