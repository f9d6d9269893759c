"""IPython's syntax as plain Python: the same as IPython itself makes of it."""

from __future__ import annotations

import ast
import random
import time

import pytest

from autograder.course.ipython import to_python

transformers = pytest.importorskip("IPython.core.inputtransformer2", reason="compares with IPython")

CELLS = [
    "x = 1\n",
    "%matplotlib inline\nx = 1\n",
    "x = %timeit -o f()\n",
    "t = %timeit -n 10 -r 3 -o f(x)\n",
    "x = !ls -l\n",
    "d['a'] = !ls\n",
    "x: int = %pwd\n",
    "(a, b) = !ls\n",
    "if x:\n    %run foo.py\n    y = !cat 'a b\n",
    "f?\n",
    "np.array??\n",
    "%time?\n",
    "%%time?\n",
    "lst[0]?\n",
    "*int*?\n",
    "if a:\n    b?\n",
    "?f\n",
    "??f\n",
    "?\n",
    "a = (1\n% 4\n)\n",
    "x = 5 % 3\n",
    "a = 3 \\\n/ 4\n",
    "s = '''\n%not magic\n!no\nf?\n'''\n",
    'x = "\\\n%a"\n',
    "!echo it's\nx = 2\n",
    "!!ls\n",
    "!pip install -q \\\n    rich\nx = 1\n",
    "  x = 1\n  y = 2\n",
    ">>> x = 1\n>>> y = 2\n",
    "In [1]: x = 1\n   ...: y = 2\n",
    ",f a b c\n",
    ";f a b c\n",
    "/f a b\n",
    "x = a if b else c  # why?\n",
    "# a comment?\nx = 1\n",
    "print('what?')\n",
    "f(a=1) ; x = !ls\n",
    "x = 1; y = %pwd\n",
    "x = y = %pwd\n",
    "x == %foo\n",
    "f(x=%foo)\n",
    "%cd /tmp\n%ls\n",
    "\n\n%pwd\n",
    "x = {\n 'a': 1,\n}\n%pwd\n",
    "f'{a!r}'\n",
    "print(f'{x=}')\n%pwd\n",
    "@dec\ndef f():\n    return 1 / 2\n",
]
PIECES = """x = 1;%pwd;%matplotlib inline;x = %pwd;y = !ls;f?;np.a??;?f;!!ls;!echo it's;if x:
    %pwd
    y = !ls;    f?;print('?');# why?;x = 1  # why?;/f a;d['k'] = %pwd;x[0]?;return 1 / 2;%t
    /f a b;,f a b;g = {'a': '}'};q = "it's" # ';*a*?;f'{a}';x ==%pwd;lambda: 0;assert x, 'no?'
x.y.z?;a, b = !ls;f(x=!ls);;   """.replace("\n", ";").split(";")
PIECES += ["a = (1\n% 4\n)", "s = '''\n%in string\nf?\n'''", "x = 1; y?", ";f a b"]


def by_ipython(cell: str) -> str:
    return transformers.TransformerManager().transform_cell(cell)


def lines(source: str) -> list[str]:
    """Without empty lines, by which ours keeps the numbers of the lines."""
    return [line.rstrip() for line in source.splitlines() if line.strip()]


@pytest.mark.parametrize("cell", CELLS)
def test_it_is_what_ipython_makes_of_it(cell: str) -> None:
    assert lines(to_python(cell)) == lines(by_ipython(cell))
    assert to_python(cell).count("\n") == cell.count("\n")


@pytest.mark.parametrize("seed", range(5))
def test_random_cells_are_what_ipython_makes_of_them(seed: int) -> None:
    """Where IPython makes Python of them; of what is no Python each makes something else."""
    rng = random.Random(seed)
    compared = 0
    while compared < 150:
        cell = "\n".join(rng.choices(PIECES, k=rng.randint(1, 6))) + "\n"
        expected = by_ipython(cell)
        try:
            ast.parse(expected)
        except SyntaxError:
            continue
        compared += 1
        assert lines(to_python(cell)) == lines(expected), cell


def test_what_a_magic_runs_stands_there_itself() -> None:
    """So that what is looked for in an answer is found there, too."""
    assert to_python("%time x = A @ B\n") == "x = A @ B\n"
    assert to_python("%timeit -n 3 -r 2 f(x)\n") == "f(x)\n"
    assert to_python("%%time\nx = 1\n") == "\nx = 1\n"
    assert to_python("%%nobody_knows_it -v 3\n%%capture out\n%pwd\nx = 1\n") == (
        "\n\nget_ipython().run_line_magic('pwd', '')\nx = 1\n"
    )


def test_what_is_no_python_is_not_run() -> None:
    assert to_python("%%bash\nrm -rf x\n") == "\n\n"
    assert to_python("%%html\n<b>\n").strip() == ""
    assert "writefile" in to_python("%%writefile mine.py\nx = 1\n")


def test_plain_python_is_not_touched() -> None:
    for cell in ("", "x = 1", "x = a % b\n", "a = 'x?'\n", "def f(a, /): ...\n"):
        assert to_python(cell) == cell


def test_thousands_of_magics_take_no_longer_than_their_lines() -> None:
    """IPython looks at the whole cell again for each of them."""

    def seconds(magics: int) -> float:
        start = time.process_time()
        to_python("%pwd\nx = !ls\nf?\n" * magics)
        return time.process_time() - start

    few = min(seconds(1_000) for _ in range(3))
    assert min(seconds(8_000) for _ in range(3)) < 40 * few


@pytest.mark.parametrize(
    "cell",
    ["'''", '"' * 1_000 + "?", "(" * 5_000 + "?", "%" * 3_000, "=" * 3_000 + "%x",
     "\\\n" * 3_000 + "?", "\ud83d?\n%x", "x = '" + "\\" * 3_001 + "?", "%%", "%%\n", "%",
     "!", "%%a\n" * 100],
)  # fmt: skip
def test_whatever_is_wrong_with_a_cell_something_comes_out(cell: str) -> None:
    assert isinstance(to_python(cell), str)
