"""What chapter 19's graders must reject fails on the cases of these tests, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the package torch")

import tern
from autograder.author.rejected import answer, read
from autograder.author.release import solution_text
from tern.frontends.torch import decompose, decompositions
from tern.frontends.torch.decompose import COMPOSITE as NAMES
from tern.parts import original
from tests.tern.frontends.torch import test_rows as rows_tests
from tests.tern.frontends.torch.graphs import (
    compare,
    computed,
    import_torch,
    imported,
    traced,
)

FOLDER = Path(__file__).parents[3] / "rejected" / "chapter19"
PARTS = {"decompose": "frontends.torch.decompositions", "import-torch": "frontends.torch.rows"}
ELSEWHERE = ("cheat_", "slow_")  # the judge's own business
COMPOSITE = ("layer norm", "batch norm", "softmax", "gelu", "variance", "norm", "addmm")
ROWS = (
    "slice", "slices beyond the end", "cat", "cat of nothing", "mean", "mean of many halves",
    "convolution", "groups", "embedding", "expand",
)  # fmt: skip


def submissions() -> list[Path]:
    found = [path for folder in PARTS for path in sorted((FOLDER / folder).iterdir())]
    return [path for path in found if not path.name.startswith(ELSEWHERE)]


def handed_in(path: Path, part: str) -> Callable[[], Mapping[str, Any]]:
    """The function of a submission, or, without a path, the book's own text."""
    text = solution_text(part)
    text = answer(read(path), text) if path.suffix else text
    book = original(part)
    space = dict(book.__globals__)
    exec(compile(text, str(path), "exec"), space)
    return space[book.__name__]


def judge(exercise: str, written: Callable[[], Mapping[str, Any]]) -> None:
    """AssertionError, or what the submission raises, if its answers aren't the book's."""
    if exercise == "import-torch":
        with tern.using({PARTS[exercise]: written}):
            for name in ROWS:
                compute, inputs = rows_tests.case(name)
                for symbolic in {False, name not in rows_tests.STATIC}:
                    module = imported(compute, *inputs, symbolic=symbolic)
                    compare(computed(module, inputs), compute(*inputs), rows_tests._tolerance(name))
        return
    for name in COMPOSITE:
        compute, inputs = rows_tests.case(name)
        theirs, ours = (decompose(traced(compute, *inputs), table) for table in (written(), None))
        left = {str(node.target) for node in theirs.graph.nodes} & NAMES
        assert not left and len(theirs.graph.nodes) <= len(ours.graph.nodes)
        compare(computed(import_torch(theirs), inputs), compute(*inputs))
    large = torch.randn(3, 50) + 1e4
    variance, _ = written()["aten.var_mean.correction"](large, [1], correction=0)
    torch.testing.assert_close(variance, large.var(1, correction=0), rtol=1e-2, atol=0)


@pytest.mark.rotates(5)
@pytest.mark.parametrize("path", submissions(), ids=lambda p: f"{p.parent.name} {p.stem}")
def test_a_submission_that_is_wrong(path) -> None:
    exercise = path.parent.name
    with pytest.raises((AssertionError, ValueError, TypeError, IndexError, NotImplementedError)):
        judge(exercise, handed_in(path, PARTS[exercise]))


@pytest.mark.parametrize("exercise", PARTS)
def test_the_books_text_is_right(exercise) -> None:
    judge(exercise, handed_in(Path(exercise), PARTS[exercise]))
    assert decompositions() is not None
