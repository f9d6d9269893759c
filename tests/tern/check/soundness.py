"""One random program: what the checker says of it, and what running it says."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import tern
from tern.check import check
from tern.check.samples import PARAMETERS, correct, planted_shapes
from tern.check.unchecked import Misfit, call
from tern.shapes import replaced
from tern.text import Diagnostic, Source, parse

CALLS = [{"n": 5, "m": 7, "k": 11}, {"n": 13, "m": 5, "k": 9}, {"n": 1, "m": 2, "k": 1}]


def arguments(sizes: dict[str, int]) -> list[Any]:
    """Arguments for the function that `tern.check.samples` writes."""
    values = np.random.default_rng(0)
    shapes = [tuple(replaced(size, sizes) for size in shape) for shape in PARAMETERS.values()]
    tensors = [values.random(shape, np.float32) if shape else 0.5 for shape in shapes]  # type: ignore[arg-type]
    return [*tensors, 3]


def verdict(seed: int) -> str:
    """What became of a program: "accepted and ran", or "rejected, and a call fails".

    Raises AssertionError if the checker accepts a program of which a call fails, in tern's
    interpreter or in NumPy, or if it rejects one of which no call fails.
    """
    rng = random.Random(seed)
    text = planted_shapes(rng) if seed % 2 else correct(rng, 8).text()
    module = parse(Source(text, brackets=True))
    try:
        check(module)
    except Diagnostic as error:
        for sizes in CALLS:
            try:
                call(module, "f", *arguments(sizes))
            except Misfit:
                return "rejected, and a call fails"
        raise AssertionError(f"no call fails: seed {seed}\n{text}\n{error}") from None
    for sizes in CALLS:
        call(module, "f", *arguments(sizes))
    sizes = rng.choice(CALLS)
    with np.errstate(all="ignore"):
        tern.run(module, "f", *arguments(sizes))
    return "accepted, and ran"
