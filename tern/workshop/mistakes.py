"""A dozen mistakes, each in tern and in Python, and who notices them.

All functions take the same arguments: `x` of shape [n, m], `y` [n], `w` [m, 3], `v` [m], an integer
`k`, and a bool `b`. In the example call n and m are both 4, as it happens.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tern.check import check
from tern.text import Diagnostic, Source, parse

SHAPES = {"x": (4, 4), "y": (4,), "w": (4, 3), "v": (4,)}
PARAMETERS = "x: f32[n, m], y: f32[n], w: f32[m, 3], v: f32[m], k: i32, b: bool"


class Mistake(NamedTuple):
    """What is wrong; and the function's body in tern, its result there, and its body in Python."""

    title: str
    tern: str
    result: str
    python: str


MISTAKES = (
    Mistake("a misspelled name", "let total = sum(x); return totl;", "f32",
            "total = x.sum()\nreturn totl"),
    Mistake("a name from a branch", "if b { let s = sum(x); } return s;", "f32",
            "if b:\n    s = x.sum()\nreturn s"),
    Mistake("no return on one path", "if b { return sum(x); }", "f32",
            "if b:\n    return x.sum()"),
    Mistake("sizes that differ", "return x[0:3] + x[0:2];", "f32[3, m]",
            "return x[:3] + x[:2]"),
    Mistake("sizes that may differ", "return y + v;", "f32[n]", "return y + v"),
    Mistake("inner sizes of a product", "return w @ x;", "f32[m, m]", "return w @ x"),
    Mistake("an axis too many", "return sum(x, axis=2);", "f32[n, m]", "return x.sum(axis=2)"),
    Mistake("other columns in concat", "return concat([x, w]);", "f32[n + m, m]",
            "return np.concatenate([x, w])"),
    Mistake("float and int", "return x * k;", "f32[n, m]", "return x * k"),
    Mistake("a tensor as condition", "if x > 0.0 { return 1.0; } return 0.0;", "f32",
            "if x > 0:\n    return x.sum()\nreturn y.sum()"),
    Mistake("axes kept or dropped", "return x - mean(x, axis=1, keepdims=false);", "f32[n, m]",
            "return x - x.mean(axis=1)"),
    Mistake("the loss that learns nothing", "return sum(x, axis=1) - y;", "f32[n, 1]",
            "return x.sum(axis=1, keepdims=True) - y"),
)  # fmt: skip


def errors_in_tern(mistake: Mistake) -> list[str]:
    """What tern says before anything runs."""
    text = f"fn f({PARAMETERS}) -> {mistake.result} {{ {mistake.tern} }}"
    try:
        check(parse(Source(text, brackets=True)))
    except Diagnostic as error:
        return [each.message for each in error.errors]
    return []


def when_called(mistake: Mistake, library: str, **options: Any) -> str:
    """What NumPy or PyTorch ("numpy", "torch") says in the example call; "" if nothing."""
    np = importlib.import_module(library)
    tensors = [np.ones(shape, **options) for shape in SHAPES.values()]
    return complaint(lambda: _function(mistake, np)(*tensors, 2, False))


def when_exported(mistake: Mistake) -> str:
    """What torch.export says of the function with the sizes n and m declared dynamic."""
    import torch

    function = _function(mistake, torch)

    class Module(torch.nn.Module):
        def forward(self, x: Any, y: Any, w: Any, v: Any, k: Any, b: Any) -> Any:
            return function(x, y, w, v, k, b)

    n, m = torch.export.Dim("n", min=2), torch.export.Dim("m", min=2)
    sizes = {"x": {0: n, 1: m}, "y": {0: n}, "w": {0: m}, "v": {0: m}, "k": None, "b": None}
    arguments = *(torch.ones(shape) for shape in SHAPES.values()), 2, False
    with _quiet():
        return complaint(lambda: torch.export.export(Module(), arguments, dynamic_shapes=sizes))


def static_checker() -> str | None:
    """A static checker for Python that is installed here."""
    return next(filter(shutil.which, ["basedpyright", "pyright", "mypy"]), None)


def errors_in_python(tool: str) -> set[str]:
    """The titles of the mistakes that a static checker reports, with ndarray for tensors."""
    text, starts = "# pyright: standard\nimport numpy as np\n", []
    types = {**dict.fromkeys(SHAPES, "np.ndarray"), "k": "int", "b": "bool"}
    parameters = ", ".join(f"{name}: {type_}" for name, type_ in types.items())
    for number, mistake in enumerate(MISTAKES):
        starts.append(text.count("\n") + 1)
        result = "np.ndarray" + " | float" * (mistake.result == "f32")
        text += f"def f{number}({parameters}) -> {result}:\n{_indented(mistake.python)}\n"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "twelve.py").write_text(text)
        done = subprocess.run([tool, "twelve.py"], cwd=folder, capture_output=True, text=True)
    said = re.sub(r"\x1b\[[\d;]*m", "", done.stdout)  # without colors
    lines = [int(number) for number in re.findall(r"twelve\.py:(\d+):.*error", said)]
    ends = [*starts[1:], text.count("\n") + 1]
    return {
        mistake.title
        for mistake, start, end in zip(MISTAKES, starts, ends)
        if any(start <= line < end for line in lines)
    }


def complaint(function: Callable[[], Any]) -> str:
    """The first line of what a call raises, or the first of a list in it; "" if nothing."""
    try:
        function()
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        listed = [line.lstrip("- ") for line in lines if line.startswith("- ")]
        return f"{type(error).__name__}: {(listed or lines or [''])[0]}"
    return ""


def _function(mistake: Mistake, np: Any) -> Callable[..., Any]:
    names: dict[str, Any] = {"np": np}
    exec(f"def f(x, y, w, v, k, b):\n{_indented(mistake.python)}", names)
    return names["f"]


def _indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in body.splitlines())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the traces that PyTorch logs of every failed attempt."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
