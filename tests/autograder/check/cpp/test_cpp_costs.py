"""What operations cost is counted: the same in every run, and only what happens in run(n)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder import check
from autograder.check import session
from autograder.check.cpp import compilers, work
from autograder.check.failures import CheckFailed, CouldNotMeasure
from autograder.report.measurement import Measurement
from tests.autograder.check.cpp import vectors
from tests.autograder.check.cpp.vectors import SLOW, WORK, mistaken
from tests.turns import tries

pytestmark = [
    pytest.mark.skipif(not compilers.compilers(), reason="no C++ compiler is here"),
    pytest.mark.rotates(5),
]
counted = pytest.mark.skipif(work.cannot_count() is not None, reason=str(work.cannot_count()))


class Recording(session.LocalSession):
    """A session that keeps what is measured, and what has been built."""

    def __init__(self) -> None:
        self.recorded = []

    def record(self, measurement) -> None:
        self.recorded.append(measurement)


@pytest.fixture
def recorded() -> Iterator[list[Measurement]]:
    one = Recording()
    with session.use(one):
        yield one.recorded


def books_values(_: int, n: int) -> int:
    return n // 2 + n - 1


HOW = {"book": vectors.BOOK, "returns": books_values}


@counted
def test_instructions_are_the_same_in_every_run(recorded) -> None:
    check.cpp_instructions(
        vectors.BOOK, WORK, per="push_back", at_most=40, silver=1, n=20_000, **HOW
    )
    (first,) = recorded
    one = work.made(vectors.BOOK, WORK, ("Work",), **HOW)
    assert one.count("Work", 0, 999) == one.count("Work", 0, 999)
    assert first.verdict == "passed" and first.medal == "bronze"
    assert "instructions for each push_back (bar 40)" in first.sentence()
    assert first.told().endswith("bronze; silver needs 1")


@counted
def test_growth_by_one_is_right_and_too_slow(recorded) -> None:
    with pytest.raises(CheckFailed, match="instructions for each push_back"):
        check.cpp_instructions(SLOW, WORK, per="push_back", at_most=40, n=1_000, **HOW)
    assert recorded[-1].verdict == "failed" and recorded[-1].ratio > 500


@counted
def test_what_prepares_is_not_counted(recorded) -> None:
    text = """
    struct Work {
        SmallVec<int, 4> v;
        explicit Work(std::size_t size) { for (std::size_t i = 0; i < size; ++i) v.push_back(1); }
        std::uint64_t run(std::size_t n) {
            std::uint64_t sum = 0;
            for (std::size_t i = 0; i < n; ++i) sum += v[i % 8];
            return sum;
        }
    };"""
    how = {"book": vectors.BOOK, "returns": lambda size, n: n}
    check.cpp_flat(
        vectors.BOOK,
        text,
        per="access",
        sizes=(10, 100_000),
        within=1.01,
        at_most=9,
        n=1_000,
        **how,
    )
    assert recorded[-1].ratio == 1.0


@counted
def test_two_structs_of_one_text_are_compared(recorded) -> None:
    text = WORK + WORK.replace("Work", "Twice").replace(
        "for (std::size_t i = 0;",
        "SmallVec<long, 4> w;\n for (std::size_t i = 0; i < n; ++i) w.push_back(1);\n"
        "for (std::size_t i = 0;",
    )
    arguments = {"what": "two vectors", "n": 4_000, **HOW}
    check.cpp_as_cheap(vectors.BOOK, text, than="Twice", within=0.7, **arguments)
    assert 0.4 < recorded[-1].ratio < 0.6
    assert recorded[-1].sentence().endswith("× the instructions of two vectors (bar 0.7×)")


def test_calls_of_malloc_are_counted(recorded) -> None:
    check.cpp_allocations(vectors.BOOK, WORK, per="push_back", at_most=0.1, n=1_024, **HOW)
    figure = recorded[-1]
    pushes = int(figure.inputs.split()[0].replace(",", ""))
    assert round(figure.ratio * pushes) == 8 + (pushes > 1_024)  # 8, 16, … 1,024, and 2,048


def test_a_wrong_value_is_no_measurement(recorded) -> None:
    header = mistaken(("T(std::move(value));", "T(value + 1);"))
    with pytest.raises(CheckFailed, match="returns something wrong"):
        check.cpp_allocations(header, WORK, per="push_back", at_most=1, n=100, **HOW)
    assert recorded == []


@pytest.mark.skipif(not tries(0, long=1), reason="two more builds: --long")
def test_what_the_books_header_returns_is_expected(recorded) -> None:
    arguments = {"per": "push_back", "at_most": 1, "n": 100, "book": vectors.BOOK}
    check.cpp_allocations(vectors.BOOK, WORK, **arguments)
    header = mistaken(("T(std::move(value));", "T(value + 1);"))
    with pytest.raises(CheckFailed, match="returns something wrong"):
        check.cpp_allocations(header, WORK, **arguments)


def test_without_valgrind_nothing_is_judged_but_the_value(recorded, monkeypatch) -> None:
    monkeypatch.setattr("autograder.check.cpp.costs.cannot_count", lambda: "no valgrind")
    arguments = {"per": "push_back", "at_most": 1, "n": 100, "book": vectors.BOOK}
    with pytest.raises(CouldNotMeasure, match="^not judged here: no valgrind$"):
        check.cpp_instructions(vectors.BOOK, WORK, returns=books_values, **arguments)
    with pytest.raises(CheckFailed, match="returns something wrong"):
        check.cpp_instructions(vectors.BOOK, WORK, returns=lambda *_: 1, **arguments)


def test_a_python_function_is_outrun(recorded) -> None:
    def pushes(n: int) -> int:
        values = []
        for number in range(n):
            values.append(number)
        return values[n // 2] + values[-1]

    check.cpp_speedup(vectors.BOOK, WORK, over=pushes, at_least=1.5, n=2_000_000, book=vectors.BOOK)
    assert recorded[-1].verdict == "passed"
    assert recorded[-1].sentence().startswith(f"{recorded[-1]._figure()}× as fast as the baseline")


# ---- work that only looks done -------------------------------------------------------------------

RIGHT = """
struct Right {
    std::uint64_t run(std::size_t seed) {
        Random random{seed};
        SmallVec<long, 4> v;
        for (int i = 0; i < 300; ++i) v.push_back(static_cast<long>(random(1000)));
        std::uint64_t sum = 0;
        for (int i = 0; i < 300; ++i) sum = sum * 31 + static_cast<std::uint64_t>(v[i]);
        return sum;
    }
};
"""
LEAVES = """
struct Work {
    explicit Work(std::size_t) {}
    std::uint64_t run(std::size_t n) { return n + variation(); }
    std::uint64_t wrong() const { return variation() == 2; }
};
"""


@counted
def test_the_program_that_is_counted_has_to_be_right(recorded) -> None:
    told = (
        "#ifdef NDEBUG\n        if (size_ == 250) --size_;\n#endif\n"  # a build that is told apart
    )
    arguments = {"per": "push_back", "at_most": 99, "n": 200, "book": vectors.BOOK}
    with pytest.raises(CheckFailed, match="built as it is for the bar, it does not do what"):
        check.cpp_instructions(vectors.in_push_back(told), WORK + RIGHT, **arguments)
    check.cpp_instructions(vectors.BOOK, WORK + RIGHT, **arguments)
    assert [one.verdict for one in recorded] == ["passed"]


def test_what_the_same_work_leaves_is_looked_at_each_time() -> None:
    one = work.made(vectors.BOOK, LEAVES, ("Work",), returns=lambda size, n: n, book=vectors.BOOK)
    assert one.run("Work", 0, 5, repeats=2).mallocs == 0
    with pytest.raises(CheckFailed, match="Work.*leaves something wrong"):
        one.run("Work", 0, 5, repeats=3)


@counted
def test_what_is_slow_everywhere_is_not_flat(recorded) -> None:
    slow = vectors.in_push_back("        for (volatile int i = 0; i < 999; ++i) {}\n")
    how = {"sizes": (10, 100), "within": 1.5, "at_most": 500, "n": 500, **HOW}
    with pytest.raises(CheckFailed, match="instructions for each push_back .bar 500"):
        check.cpp_flat(slow, WORK, per="push_back", **how)
    assert recorded[-1].verdict == "failed"


def test_a_function_of_the_header_is_not_called_for_the_works_own() -> None:
    header = vectors.beside("template <class T> inline void use(T *&) { throw 1; }\n")
    text = LEAVES.replace(
        "return n +", "const Work *me = this;\n        use(me);\n        return n +"
    )
    one = work.made(header, text, ("Work",), returns=lambda size, n: n, book=vectors.BOOK)
    one.run("Work", 0, 5)
