"""A launcher of Triton kernels: what its calls move, and whether their results are right."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from autograder.check.failures import CouldNotMeasure, fail
from autograder.check.session import current
from autograder.check.triton import apart
from autograder.check.values import close


def launcher_of(given: Callable | str) -> Any:
    """The launcher itself; of source text, the last function that it defines."""
    if not isinstance(given, str):
        return given
    try:
        names = [each.name for each in ast.parse(given).body if isinstance(each, ast.FunctionDef)]
    except SyntaxError as error:
        fail(
            f"the source is no Python: line {error.lineno}: {error.msg}", [("source", "\n" + given)]
        )
    if not names:
        fail("the source defines no function", [("source", "\n" + given)])
    if current().processes is None:
        from tern.generated import load

        return load(given, "emitted")[names[-1]]
    return SimpleNamespace(__name__=names[-1], cells=[{"id": "emitted", "source": given}])


def launching(function: Callable, text: str) -> Any:
    """A launcher around the reader's `function`, which kernels call: the last one of a text that
    may name whatever the reader's cells define."""
    name = [each.name for each in ast.parse(text).body if isinstance(each, ast.FunctionDef)][-1]
    if processes := current().processes:
        cells = [*processes.cells, {"id": "launcher", "source": text}]
        return SimpleNamespace(__name__=name, cells=cells)
    names = {**function.__globals__}
    linecache.cache["<launcher>"] = (len(text), None, text.splitlines(True), "<launcher>")
    exec(compile(text, "<launcher>", "exec"), names)
    return names[name]


def count_calls(
    launcher: Any,
    calls: Sequence[tuple],
    programs: Sequence[int | None],
    devices: Sequence[str] = (),
) -> list:
    """What each call moves, all of them made before the first one's results are looked at.

    Under the judge the first call's launches are compiled as well, while they are made.
    """
    require()
    if processes := current().processes:
        return apart.counted(processes, launcher, calls, programs, devices)
    from tern.gpu import measure

    pairs = zip(calls, programs, strict=True)
    return [measure(launcher, *fresh(call), max_programs=number) for call, number in pairs]


def faultless(counted: Any) -> None:
    if faults := [str(each)[:1000] for each in counted.faults]:
        fail(faults[0], [("also", each) for each in faults[1:5]])
    if counted.computed:
        why = "What torch computes in the launcher is a launch, and moves bytes, of its own."
        names = ", ".join(f"torch's {name}" for name in counted.computed[:3])
        fail(f"the launcher has {names} at work: that belongs in the kernel", [("why", why)])
    if counted.changed:
        fail(f"argument {counted.changed[0]} was changed: the result is a new tensor")
    if counted.strided:
        why = "A kernel puts the numbers where they belong; a view gives them another order only."
        fail(f"result {counted.strided[0]} is not contiguous", [("why", why)])


def same_results(
    counted: Any, book: Callable, arguments: Sequence[Any], same: Callable | None
) -> float:
    """Results are the book's, as far as they are settled; the share of elements that are."""
    import numpy as np

    from tern.gpu import measure

    expected = measure(book, *fresh(arguments), max_programs=None, trusted=True).results
    if len(counted.results) != len(expected):
        fail(f"expected {len(expected)} results, got {len(counted.results)}")
    masks = counted.settled or [None] * len(expected)
    compared = total = 0
    for result, reference, settled in zip(counted.results, expected, masks, strict=True):
        actual, known = _array(result), _array(reference)
        total += actual.size
        compared += actual.size if settled is None else int(settled.sum())
        if settled is not None and actual.shape == known.shape:
            actual = np.where(np.asarray(settled), actual, known.astype(actual.dtype))
        (same or _near)(actual, known)
    return compared / max(total, 1)


def _near(actual: Any, expected: Any) -> None:
    import numpy as np

    tolerance = 2e-2 if expected.dtype.itemsize == 2 else 1e-4
    sizes = np.abs(expected[np.isfinite(expected)]) if expected.dtype.kind == "f" else expected
    # Results may all be small, as softmax's are.
    usual = float(np.median(sizes)) if sizes.size else 0.0
    close(actual, expected, rtol=tolerance, atol=tolerance * min(usual, 1.0))


def _array(tensor: Any) -> Any:
    """As NumPy, which has neither bfloat16 nor FP8."""
    known = (
        tensor.dtype.itemsize > 2
        or str(tensor.dtype) == "torch.float16"
        or not tensor.is_floating_point()
    )
    return (tensor if known else tensor.float()).numpy()


def fresh(arguments: Sequence[Any]) -> list:
    from autograder.check.triton.job import pack, unpack

    return unpack(*pack(arguments))


def require() -> None:
    try:
        import torch  # noqa: F401
        import triton  # noqa: F401
    except ImportError as error:
        raise CouldNotMeasure(f"counting needs Triton and PyTorch: {error}") from None
