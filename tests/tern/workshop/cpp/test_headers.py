"""The six headers under the judge's own tests: sanitizers, counted lives, both compilers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tern.workshop.cpp import FOLDER, HEADERS, header_path
from tests.tern.workshop.cpp import bars
from tests.turns import tries

PROGRAMS = Path(__file__).parent / "programs"


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_passes_its_tests(name: str) -> None:
    """As the exercise's test cells will ask: with --long only."""
    check = pytest.importorskip("autograder.check.cpp.tests", reason="no check of C++ headers yet")
    headers = pytest.importorskip("autograder.check.cpp.headers")
    if not tries(0, long=1):
        pytest.skip("with --long only")
    header = headers.of_file(header_path(name))
    text = (PROGRAMS / f"{name}.cpp").read_text(encoding="utf-8")
    options = {"rtti": False} if name == "casting" else {}
    check.cpp_tests(header, text, book=header, folder=FOLDER, each_compiler=True, **options)


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_clears_its_bars(name: str) -> None:
    """As the exercise's speed cell will ask: with --long only."""
    headers = pytest.importorskip("autograder.check.cpp.headers")
    if not tries(0, long=1):
        pytest.skip("with --long only")
    assert list(bars.clear(name, headers.of_file(header_path(name)), FOLDER))


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_is_short_and_includes_only_earlier_ones(name: str) -> None:
    text = header_path(name).read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= 110 and max(map(len, lines)) <= 100
    assert text.count("// ### BEGIN SOLUTION") == text.count("// ### END SOLUTION") == 1
    assert (PROGRAMS / f"{name}.cpp").read_text(encoding="utf-8").count("// hidden\n") == 1
    allowed = {f"{each}.hpp" for each in (*HEADERS[: HEADERS.index(name)], "ir")}
    included = {line.split('"')[1] for line in lines if line.startswith('#include "')}
    assert included <= allowed
