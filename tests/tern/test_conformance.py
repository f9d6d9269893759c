"""The short form of `python -m tern --conformance`: a sample, and all that may differ."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tern.conformance import FAILING, PERMITTED, RUNNERS, cases, compare, edges, expected
from tern.conformance.cases import Case
from tern.conformance.compare import Outcome, missing, table
from tern.conformance.permitted import Permitted, units
from tern.conformance.runners import Refusal, Run
from tern.ir import DEFINITIONS
from tern.targets.spelling import Spelling, on_bits, scalar_operations
from tern.types import bf16, f16, f32, f64, i1

COUNTS = {
    "array": 465, "loops": 465, "machine": 465, "llvm": 96, "vectors": 96, "cpp": 96,
    "numba": 24, "tvm": 32, "triton": 96, "mlir": 96, "xla": 40,
}  # fmt: skip
FEW = {"refused": 2, "flushed": 24}  # cases that show that such an entry is real


def needs(target: str) -> None:
    if why := missing(target):
        pytest.skip(why)


@pytest.fixture(scope="module", params=RUNNERS)
def outcome(request) -> Outcome:
    """A sample of the cases, with those that an entry of the table is about."""
    target = request.param
    needs(target)
    drawn = random.Random(7).sample(cases(), min(COUNTS[target], len(cases())))
    division = next(case for case in cases() if str(case) == "arith.divsi i32")
    chosen = dict.fromkeys([division, *drawn])
    for entry in PERMITTED:
        covered = [case for case in cases() if entry.covers(target, case)]
        if entry.what in ("refused", "flushed"):
            covered = covered[:: max(1, len(covered) // FEW[entry.what])]
        chosen.update(dict.fromkeys(covered))
    return compare(target, list(chosen))


def test_a_target_computes_what_the_definitions_say(outcome) -> None:
    assert not outcome.wrong
    assert outcome.numbers > 1000


def test_every_permitted_difference_is_real(outcome) -> None:
    entries = {entry for entry in PERMITTED if entry.target == outcome.target}
    assert outcome.used <= entries
    assert {entry for entry in entries - outcome.used if not entry.only} == set()


def test_where_there_is_no_result_the_table_says_what_happens(outcome) -> None:
    known = {(e.fails, e.does) for e in FAILING if e.target == outcome.target}
    ways = {DEFINITIONS[case.name].fails for case in cases()} - {""}
    assert {fails for fails, _ in known} == ways and len(known) == len(ways)
    assert (outcome.raised > 0) == any(does == "raises" for _, does in known)


def test_a_wrong_number_is_found(monkeypatch) -> None:
    class Wrong:
        def prepare(self, chosen: Sequence[Case]) -> dict[Case, Run | Refusal]:
            return dict.fromkeys(chosen, lambda arrays: arrays[0])

    (case,) = [case for case in cases() if str(case) == "arith.addf f32"]
    monkeypatch.setitem(RUNNERS, "array", Wrong)
    found = compare("array", [case])
    assert len(found.wrong) == 1 and found.wrong[0].startswith("arith.addf f32 of (")
    assert "wrong: array: arith.addf f32 of" in table([found])


def test_units_in_the_last_place() -> None:
    assert units(1.0, 1.0 + 2**-23, f32) == 1 == units(-1.0, -1.0 - 2**-7, bf16)
    assert units(65504.0, float("inf"), f16) == units(1e-8, -1e-8, f32) == float("inf")
    entry = Permitted("any", "*", "*", "near 2", "")
    assert entry.permits(1.0, 1.0 + 2**-51, f64) and not entry.permits(1.0, 1.0 + 2**-50, f64)
    assert not entry.permits(0.0, -0.0, f64)
    assert replace(entry, what="zero").permits(0.0, -0.0, f64)
    assert not replace(entry, what="refused").permits(1.0, 2.0, f64)
    assert replace(entry, what="tiny").permits(0.0, -edges(f16)[12], f16)
    assert not replace(entry, what="tiny").permits(0.0, 1e-3, f16)


def test_every_case_of_bits_has_one_meaning() -> None:
    """What an operation is on single bits, the definition says twice: the two agree."""
    bits = {case.name: case for case in cases() if {*case.operands, case.result} == {i1}}
    for name, case in bits.items():
        if DEFINITIONS[name].on_bits:
            assert expected(case) == expected(bits[on_bits(name, i1)])


def spellings() -> dict[str, Spelling]:
    from tern.targets import python_expressions, triton_expressions, tvm_expressions
    from tern.targets.cpp import operations as cpp
    from tern.targets.llvm import operations

    modules = {
        "llvm": operations,
        "cpp": cpp,
        "numba": python_expressions,
        "tvm": tvm_expressions,
        "triton": triton_expressions,
    }
    return {name: module.SPELLING for name, module in modules.items()}


@pytest.mark.parametrize("target", ["llvm", "cpp", "numba", "tvm", "triton"])
def test_a_target_spells_every_operation_or_says_why_not(target) -> None:
    spelling = spellings()[target]
    assert not spelling.forms.keys() & spelling.unsupported.keys()
    assert spelling.forms.keys() | spelling.unsupported.keys() == scalar_operations()
    assert all(spelling.unsupported.values())


def test_the_command_line() -> None:
    command = [sys.executable, "-m", "tern", "--conformance"]
    done = subprocess.run([*command, "loops"], capture_output=True, text=True)
    assert done.returncode == 0
    assert f"| loops  | {len(cases())} " in done.stdout and "| division " in done.stdout
    done = subprocess.run([*command, "abacus"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == f"tern: --conformance knows {', '.join(RUNNERS)}, and not abacus\n"
