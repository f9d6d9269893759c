"""Are the passes right? Random programs, every small program; and do these find what is wrong?"""

import random
from collections import Counter

import pytest

from benchmarks.random_passes import trial
from tern.ir import VerifyError, function, outcome, parse, verify
from tern.passes.manager import Pass, PassManager
from tern.passes.pipeline import PASSES, optimize
from tern.passes.samples import random_arguments, random_program
from tern.types import i8
from tern.workshop.validation import (
    WRONG,
    all_lanes,
    counterexample,
    difference,
    every_program,
    first_difference,
    run_lanes,
)

FEW = all_lanes(2, i8, step=16)


def test_random_programs_through_random_orders_come_to_the_same(request) -> None:
    count = 20_000 if request.config.getoption("--long", default=False) else 120
    told: Counter[str] = Counter()
    wrong = [problem for seed in range(count) if (problem := trial(seed, told))]
    assert not wrong
    assert told["changes"] > 10 * count and told["programs that fail"] > count / 10


@pytest.mark.rotates(2)
@pytest.mark.parametrize("name", [name for name in PASSES if name != "inline"])
def test_a_pass_is_right_on_every_program_of_one_operation(name: str) -> None:
    tried, wrong = counterexample(PASSES[name].run, every_program(1), FEW)
    assert wrong is None and tried > 400


def test_all_passes_are_right_on_programs_of_two_operations() -> None:
    def all_passes(func) -> None:
        for each in PASSES.values():
            if each.name != "inline":
                each.run(func)
                verify(func)

    programs = every_program(2, every=301)
    tried, wrong = counterexample(all_passes, programs, FEW)
    assert wrong is None and tried > 150


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_pass_is_found_by_small_programs(name: str) -> None:
    programs = every_program(1)
    if name == "a - b is b - a":  # which takes two operations, and no branch
        programs = every_program(2, ["straight"], every=3)
    _, wrong = counterexample(WRONG[name], programs, FEW)
    assert wrong is not None
    assert (
        first_difference(run_lanes(wrong.before, FEW), run_lanes(wrong.after, FEW), FEW)
        == wrong.inputs
    )
    assert str(wrong.before) != str(wrong.after)


def test_a_hoisted_division_is_found_by_random_programs() -> None:
    found = 0
    for seed in range(80):
        before = random_program(seed)
        after = before.clone()
        WRONG["hoisted division"](after)
        verify(after)
        rng = random.Random(seed)
        calls = [random_arguments(function(before, "sample"), rng) for _ in range(4)]
        found += difference(before, after, "sample", calls, 20_000) is not None
    assert found > 2


def test_lanes_come_to_what_the_interpreter_does() -> None:
    x, y = FEW
    for func in every_program(2, every=1301):
        module = parse(str(func))
        lanes = run_lanes(func, FEW)
        places = {op.location: op.name for op in func.walk()}
        name = func.attributes["sym_name"]
        for lane in range(0, len(x), 37):
            came_to = outcome(module, name, int(x[lane]), int(y[lane]))
            if lanes.failed[lane]:
                assert came_to.results is None
                assert places[lanes.failed[lane]] in ("arith.divsi", "arith.shli")
            else:
                assert came_to.results == (lanes.results[lane],)


def test_a_pass_that_preserves_less_than_it_says_is_found() -> None:
    from tern.passes.hoist import licm
    from tern.passes.simplify_cfg import simplify_cfg

    def run(preserves: frozenset[str]) -> None:
        for seed in range(30):
            passes = [licm, Pass("tidy", simplify_cfg, preserves), licm]
            PassManager(passes, None, check_analyses=True).run(random_program(seed))

    run(frozenset())
    with pytest.raises(VerifyError, match="the pass tidy says that it preserves natural_loops"):
        run(frozenset({"natural_loops"}))


def test_a_pass_that_changes_and_says_that_it_did_not_is_found() -> None:
    from tern.passes.hoist import licm
    from tern.passes.simplify_cfg import simplify_cfg

    def silent(module) -> int:
        simplify_cfg(module)
        return 0

    with pytest.raises(VerifyError, match="the pass silent says that it changed nothing"):
        for seed in range(30):
            PassManager([licm, silent], None, check_analyses=True).run(random_program(seed))


def test_the_default_pipeline_does_less() -> None:
    before = after = 0
    for seed in range(100):
        module = random_program(seed)
        optimized = module.clone()
        optimize(optimized)
        rng = random.Random(seed)
        call = random_arguments(function(module, "sample"), rng)
        old, new = (outcome(m, "sample", *call, max_steps=20_000) for m in (module, optimized))
        assert old.same(new) or not old.ended
        before += old.executed
        after += new.executed
    assert after < 0.75 * before
