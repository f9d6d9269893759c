"""Every target beside the definition: what is equal, what differs by permission, what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from tern.conformance.cases import Case, cases, expected
from tern.conformance.permitted import FAILING, PERMITTED, Permitted, flushed, raises
from tern.conformance.runners import (
    ArrayRunner,
    CppRunner,
    LlvmRunner,
    LoopRunner,
    MachineRunner,
    MlirRunner,
    NumbaRunner,
    Refusal,
    Run,
    TritonRunner,
    TvmRunner,
    VectorRunner,
    arrays_of,
)
from tern.conformance.xla import XlaRunner
from tern.ir import DEFINITIONS, EvaluationError, evaluator
from tern.ir.arrays import dtype_of
from tern.numbers import same


class Runner(Protocol):
    """What a target computes cases with."""

    def prepare(self, chosen: Sequence[Case]) -> dict[Case, Run | Refusal]: ...


RUNNERS: dict[str, Callable[[], Runner]] = {
    "array": ArrayRunner,
    "loops": LoopRunner,
    "machine": MachineRunner,
    "llvm": LlvmRunner,
    "vectors": VectorRunner,
    "cpp": CppRunner,
    "numba": NumbaRunner,
    "tvm": TvmRunner,
    "triton": TritonRunner,
    "mlir": MlirRunner,
    "xla": XlaRunner,
}
"""How each target is run, by name."""

NEEDS = {
    "machine": "llvmlite",
    "llvm": "llvmlite",
    "vectors": "llvmlite",
    "numba": "numba",
    "tvm": "tvm",
    "triton": "triton",
    "mlir": "torch_mlir",
    "xla": "jax",
}
"""The package that a target needs."""


def missing(target: str) -> str:
    """What a target needs and is not here, as the end of a sentence; empty if nothing is."""
    if target in NEEDS and find_spec(NEEDS[target]) is None:
        return f"{target} needs the package {NEEDS[target]}, which is not there"
    if target == "cpp":
        from tern.targets.cpp import CompilerError, compiler

        try:
            compiler()
        except CompilerError as error:
            return f"cpp: {error}"
    return ""


@dataclass
class Outcome:
    """What came of the cases in one target."""

    target: str
    equal: int = 0
    differing: int = 0  # cases, by permission
    refused: int = 0
    numbers: int = 0  # results compared
    raised: int = 0  # inputs for which there is no result, and the target says so
    undefined: int = 0  # inputs of that kind that the target was not asked for
    wrong: list[str] = field(default_factory=list)
    used: set[Permitted] = field(default_factory=set)

    @property
    def cases(self) -> int:
        return self.equal + self.differing + self.refused + len(self.wrong)


def compare(target: str, chosen: Sequence[Case] | None = None) -> Outcome:
    """A target beside the definition, on all cases or those chosen."""
    outcome = Outcome(target)
    runs = RUNNERS[target]().prepare(list(cases() if chosen is None else chosen))
    for case, run in runs.items():
        entries = [entry for entry in PERMITTED if entry.covers(target, case)]
        if isinstance(run, Refusal):
            _refuse(outcome, case, run, entries)
        else:
            _compare_case(outcome, case, run, entries)
    return outcome


def _refuse(outcome: Outcome, case: Case, run: Refusal, entries: list[Permitted]) -> None:
    entry = next((entry for entry in entries if entry.what == "refused"), None)
    if entry is None:
        outcome.wrong.append(f"{case} is refused: {run.reason}")
    else:
        outcome.refused += 1
        outcome.used.add(entry)


def _compare_case(outcome: Outcome, case: Case, run: Run, entries: list[Permitted]) -> None:
    known, used = expected(case), set[Permitted]()
    found = _numbers(run(arrays_of(case, known.inputs)), case) if known.inputs else []
    outcome.numbers += len(found)
    for given, want, have in zip(known.inputs, known.results, found, strict=True):
        if same(have, want):
            continue
        operands = [flushed(number, type) for number, type in zip(given, case.operands)]
        instead, small = _defined(case, operands), operands != list(given)
        entry = next(
            (e for e in entries if e.permits(have, want, case.result, instead, small)), None
        )
        if entry is None:
            outcome.wrong.append(f"{case} of {given} is {want}, and here {have}")
            return
        used.add(entry)
    for given in known.failing:
        if not raises(outcome.target, DEFINITIONS[case.name].fails):
            outcome.undefined += 1
        elif _raises(run, arrays_of(case, [given])):
            outcome.raised += 1
        else:
            outcome.wrong.append(f"{case} of {given} has no result, and here one")
            return
    outcome.used |= used
    outcome.equal += not used
    outcome.differing += bool(used)


def _defined(case: Case, operands: Sequence[Any]) -> Any:
    """What the definition gives, less what is below the normal numbers; None if nothing."""
    try:
        return flushed(evaluator(case.operation())(*operands), case.result)
    except EvaluationError:
        return None


def _numbers(found: np.ndarray, case: Case) -> list[Any]:
    """An array as Python's numbers."""
    if found.dtype != dtype_of(case.result):
        raise TypeError(f"{case} gives an array of {found.dtype}")
    return found.astype(np.float32).tolist() if found.dtype.kind == "V" else found.tolist()


def _raises(run: Run, arrays: list[np.ndarray]) -> bool:
    try:
        run(arrays)
    except (ArithmeticError, RuntimeError):
        return True
    return False


# the table --------------------------------------------------------------------------------------


def table(outcomes: Sequence[Outcome]) -> str:
    """All of it as Markdown: the counts, what is permitted, what a target does without a result."""
    counts = [
        (o.target, o.cases, o.equal, o.differing, o.refused, len(o.wrong))
        + (o.numbers, o.raised, o.undefined)
        for o in outcomes
    ]
    head = "target|operations|equal|differing|refused|wrong|numbers|raised|undefined".split("|")
    targets = [outcome.target for outcome in outcomes]
    differences = [
        (e.target, e.operation, e.types, e.what, e.why) for e in PERMITTED if e.target in targets
    ]
    failing = [(e.target, e.fails, e.does, e.why) for e in FAILING if e.target in targets]
    parts = [
        "Each operation on each type, beside its definition.",
        _rows(head, counts),
        "What may differ.",
        _rows("target operations types what why".split(), differences),
        "Where the definition gives no result.",
        _rows("target of does why".split(), failing),
    ]
    wrong = [f"wrong: {o.target}: {line}" for o in outcomes for line in o.wrong]
    return "\n\n".join([*parts, *wrong])


def _rows(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    texts = [list(head), *[[str(cell) for cell in row] for row in rows]]
    widths = [max(map(len, column)) for column in zip(*texts)]
    lines = [
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths))} |" for row in texts
    ]
    return "\n".join([lines[0], f"| {' | '.join('-' * width for width in widths)} |", *lines[1:]])
