"""Cells run as in Jupyter."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from autograder.course.ipython import to_python
from autograder.worker.cells import Cells


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    kept = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = kept


def run(*sources: str, seconds: float | None = None) -> tuple[Cells, list[str]]:
    """The cells after all of them have run, and the messages of those that raised."""
    cells = Cells()
    limit = {} if seconds is None else {"seconds": seconds}
    given = [{"id": f"cell {n}", "source": to_python(s), **limit} for n, s in enumerate(sources)]
    return cells, [f"{each['cell']}: {each['message']}" for each in cells.run_all(given)]


def test_a_cell_that_raises_does_not_stop_the_next() -> None:
    cells, problems = run("a = 1", "b = a / 0", "c = a + 1", "exit()", "d = c + 1")
    assert problems == ["cell 1: division by zero", "cell 3: None"]
    assert (cells.namespace["c"], cells.namespace["d"]) == (2, 3)


def test_a_cell_may_await_at_its_top_level() -> None:
    cells, problems = run("import asyncio\nawait asyncio.sleep(0)\nx = 1", "y = x")
    assert not problems and cells.namespace["y"] == 1


def test_a_future_statement_holds_for_the_cells_after_it() -> None:
    cells, problems = run(
        "def early(x: list[int]): pass",
        "from __future__ import annotations",
        "def late(x: nothing_of_that_name): pass",
    )
    assert not problems
    assert cells.namespace["early"].__annotations__ == {"x": list[int]}
    assert cells.namespace["late"].__annotations__ == {"x": "nothing_of_that_name"}


@pytest.mark.parametrize(
    "cell",
    [
        "files = !ls\nassert files == [] and files.n == ''",
        "t = %timeit -n 3 -o sum(range(9))\nassert t.average > 0",
        "%time x = 3\nassert x == 3",
        "%%time\nx = 4",
        "%%timeit -n 1\n%%capture out\nx = 4",
        "%%memit\nx = 4",
        "x = %pwd\nassert x",
        "%matplotlib inline\n%load_ext autoreload\n%autoreload 2",
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "get_ipython().events.register('post_run_cell', print)",
        "!pip install \\\n   rich\nx = 1",
        "display([1, 2], 3)",
        "len?\n?len\nlen??",
        "%%bash\nset -e; exit 1",
        "%%html\n<b>bold</b>",
    ],
)
def test_what_ipython_takes_runs(cell: str) -> None:
    assert run(cell)[1] == []


def test_a_module_that_a_cell_writes_can_be_imported(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    _, problems = run(
        "%%writefile written_by_a_cell.py\nvalue = 3", "import written_by_a_cell as w"
    )
    assert not problems


def test_a_cell_has_its_own_time() -> None:
    cells, problems = run("while True: pass", "x = 1", seconds=0.3)
    assert problems == ["cell 0: it was still running after 0.3 s"]
    assert cells.namespace["x"] == 1


def test_half_an_emoji_costs_its_own_cell() -> None:
    cells, problems = run("x = '\ud83d'", "y = 1")
    assert len(problems) == 1 and cells.namespace["y"] == 1


def test_what_is_nested_too_deep_costs_its_own_cell() -> None:
    deep = ["+".join(["1"] * 50_000), "-" * 50_000 + "1", "(" * 5_000 + ")" * 5_000]
    cells, problems = run(*deep, "y = 1")
    assert cells.namespace["y"] == 1 and len(problems) >= 2
