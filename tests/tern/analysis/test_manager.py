"""What is kept of a function while passes change it, none of which says so before it has ended."""

import pytest

from tern.analysis.loops import dominators, natural_loops
from tern.analysis.manager import ANALYSES, Analyses, keeping
from tern.ir import Operation, erase_unreachable_blocks, function, parse
from tern.passes import PassManager
from tern.passes.dead_code import dce, live_values, sweep
from tern.passes.dead_loops import bypass_dead_loops
from tern.passes.hoist import licm
from tern.passes.preheaders import erase_empty_preheaders, insert_preheaders
from tern.passes.samples import random_program

# Two blocks that nothing reaches come before a loop that nobody needs.
BEHIND = """
func.func @behind(%n: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  cf.br ^head(%zero, %zero : i32, i32)
^nowhere:
  cf.br ^nowhere2
^nowhere2:
  cf.br ^end
^head(%i: i32, %a: i32):
  %more = arith.cmpi slt, %i, %n : i32
  cf.cond_br %more, ^body, ^end
^body:
  %j = arith.addi %i, %one : i32
  %b = arith.addi %a, %one : i32
  cf.br ^head(%j, %b : i32, i32)
^end:
  %dead = arith.muli %i, %i : i32
  return %n : i32
}
"""


def ask(module: Operation) -> int:
    """A pass that only asks, so that what it asked for is kept."""
    func = function(module, "behind")
    natural_loops(func)
    dominators(func)
    return 0


def thorough(module: Operation) -> int:
    """Dead code elimination that asks for the loops before it erases blocks, and after it."""
    func, changes = function(module, "behind"), 0
    while True:
        bypassed = bypass_dead_loops(func)
        before = len(func.body.blocks)
        erase_unreachable_blocks(func)
        erased = before - len(func.body.blocks) + sweep(func, *live_values(func))
        changes += erased + bypassed
        if not erased and not bypassed:
            return changes


@pytest.mark.parametrize("passes", [[thorough], [ask, thorough], [ask, dce]])
def test_a_pass_may_ask_again_after_it_has_changed_blocks(passes: list) -> None:
    alone, managed = parse(BEHIND), parse(BEHIND)
    for each in passes:
        each(alone)
    PassManager(passes, None, check_analyses=True).run(managed)
    assert str(managed) == str(alone)
    assert len(function(managed, "behind").body.blocks) == 2


def test_what_is_given_out_is_always_right() -> None:
    for seed in range(40):
        func = next(iter(random_program(seed, 60).regions[0].blocks[0].operations))
        with keeping(Analyses()) as kept:
            for change in (
                lambda f: None,
                lambda f: insert_preheaders(f)[0],
                lambda f: f.body.blocks.append(f.body.blocks.pop(1)) if f.body.blocks[2:] else 0,
                lambda f: erase_empty_preheaders(f, insert_preheaders(f)[1]),
            ):
                natural_loops(func)
                change(func)
                for name, ask_for in (("dominators", dominators), ("natural_loops", natural_loops)):
                    assert ask_for(func) == ANALYSES[name](func)
        assert kept.computed["natural_loops"] + kept.reused["natural_loops"] >= 8


def test_what_is_the_same_is_not_computed_twice() -> None:
    module = parse(BEHIND)
    manager = PassManager([ask, ask, licm, ask], None, check_analyses=True)
    manager.run(module)
    assert manager.analyses.computed["dominators"] <= 3
    assert manager.analyses.reused["dominators"] >= 2
    assert manager.analyses.reused["natural_loops"] >= 2
