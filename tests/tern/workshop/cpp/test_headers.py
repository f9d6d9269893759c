"""The six headers under the judge's own tests: sanitizers, counted lives, both compilers.

The tests' text is chapter 07's: it is in the source of its workbook, and nowhere else.
"""

from __future__ import annotations

import functools
import types

import pytest

from autograder.check.cpp import compilers, headers
from autograder.check.cpp.tests import cpp_tests
from autograder.course.layout import Chapter, find_course
from autograder.course.notebook import read
from tern.workshop.cpp import HEADERS, header_path
from tests.turns import tries


def chapter() -> Chapter:
    return find_course().chapter("chapter07")


@functools.cache
def cells() -> dict[str, str]:
    return {cell.id: cell.source for cell in read(chapter().source).cells}


@pytest.mark.skipif(not compilers.compilers(), reason="no C++ compiler is here")
@pytest.mark.skipif(not tries(0, long=1), reason="with --long only")
@pytest.mark.parametrize("name", HEADERS)
def test_a_header_passes_its_tests_by_each_compiler(name: str) -> None:
    """As the exercise's test cell asks for the first compiler alone."""
    (exercise,) = (each for each in chapter().exercises if each.function == name)
    both = types.SimpleNamespace(cpp_tests=functools.partial(cpp_tests, each_compiler=True))
    namespace = {name: headers.of_file(header_path(name)), "check": both}
    exec(compile(cells()[f"{exercise.cell}-tests"], f"<{exercise.cell}>", "exec"), namespace)


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_is_short_and_includes_only_earlier_ones(name: str) -> None:
    text = header_path(name).read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= 110 and max(map(len, lines)) <= 100
    assert text.count("// ### BEGIN SOLUTION") == text.count("// ### END SOLUTION") == 1
    allowed = {f"{each}.hpp" for each in (*HEADERS[: HEADERS.index(name)], "ir")}
    included = {line.split('"')[1] for line in lines if line.startswith('#include "')}
    assert included <= allowed


def test_each_header_is_an_exercise() -> None:
    assert tuple(each.function for each in chapter().exercises) == HEADERS
    for exercise in chapter().exercises:
        hidden = "### BEGIN HIDDEN TESTS\ntests += r"
        assert cells()[f"{exercise.cell}-tests"].count(hidden) == 1
