"""The solver against iteration by hand, and each analysis against walks along the paths."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.analysis import VARYING, GenKill, Problem, Solution, Tables, solve
from tern.analysis.constants import Constants
from tern.analysis.expressions import anticipated_expressions, available_expressions
from tern.analysis.liveness import live_values
from tern.analysis.reaching import reaching_stores
from tern.analysis.samples import random_sets, random_tables
from tern.ir import Operation, Value, control_flow_graph, functions, parse
from tern.ir.samples import chain, nest, program_graph, random_function, random_graph
from tern.ir.strategies import graphs
from tern.machine.liveness import liveness

Graph = list[list[int]]


def by_iteration(problem: Problem, successors: Graph) -> tuple[list, list]:
    """Facts before and after each block, in the direction of the flow: all equations, again and
    again, in the order of the blocks' numbers."""
    blocks = range(len(successors))
    before = [problem.start for _ in blocks]
    after = [problem.start for _ in blocks]
    while True:
        old = list(after)
        for block in blocks:
            if problem.backward:
                sources, boundary = successors[block], not successors[block]
            else:
                sources, boundary = [b for b in blocks if block in successors[b]], block == 0
            fact = problem.boundary if boundary else problem.start
            for source in sources:
                fact = problem.meet(fact, after[source])
            before[block], after[block] = fact, problem.transfer(block, fact)
        if after == old:
            return before, after


def replayed(problem: Problem, successors: Graph, visits: list[int]) -> list:
    """What the visits of a solution come to, done again: facts after each block."""
    after = [problem.start for _ in successors]
    for block in visits:
        if problem.backward:
            sources, boundary = successors[block], not successors[block]
        else:
            sources = [b for b, targets in enumerate(successors) if block in targets]
            boundary = block == 0
        fact = problem.boundary if boundary else problem.start
        for source in sources:
            fact = problem.meet(fact, after[source])
        after[block] = problem.transfer(block, fact)
    return after


def is_solution(problem: Problem, successors: Graph, solution: Solution) -> None:
    before, after = by_iteration(problem, successors)
    if problem.backward:
        before, after = after, before
    assert solution.at_start == before
    assert solution.at_end == after
    ends = solution.at_start if problem.backward else solution.at_end
    assert replayed(problem, successors, solution.visits) == ends


@pytest.mark.parametrize("make", [lambda r, n: random_sets(r, n, 12), random_tables])
@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(0, 10**6))
def test_the_best_solution_on_any_graph(
    make: Callable[[random.Random, int], Problem], successors: Graph, seed: int
) -> None:
    problem = make(random.Random(seed), len(successors))
    is_solution(problem, successors, solve(problem, successors))


@pytest.mark.parametrize("seed", range(20))
def test_larger_graphs(seed: int) -> None:
    rng = random.Random(seed)
    successors = rng.choice([random_graph, program_graph])(seed, 80)
    is_solution(*(p := random_sets(rng, len(successors), 70), successors), solve(p, successors))
    is_solution(*(p := random_tables(rng, len(successors)), successors), solve(p, successors))


@pytest.mark.parametrize("seed", range(60))
def test_samples_are_lattices_and_monotone(seed: int) -> None:
    problem = random_tables(random.Random(seed), 8)
    facts = range(len(problem.meets))
    meet = problem.meet
    for a in facts:
        assert meet(a, a) == a == meet(problem.start, a)
        for b in facts:
            assert meet(a, b) == meet(b, a)
            assert all(meet(meet(a, b), c) == meet(a, meet(b, c)) for c in facts)
            if meet(a, b) == a:
                for block in range(8):
                    low, high = problem.transfer(block, a), problem.transfer(block, b)
                    assert meet(low, high) == low


def test_a_loop_that_never_ends_has_no_boundary() -> None:
    # 0 → 1 → 1: nothing leads out, so nothing is used at the end.
    problem = GenKill([0, 1], [0, 0], 1, backward=True, must=False, boundary=1)
    assert solve(problem, [[1], [1]]).at_start == [1, 1]
    problem = GenKill([0, 0], [0, 0], 1, backward=True, must=False, boundary=1)
    assert solve(problem, [[1], [1]]).at_start == [0, 0]


def test_the_entry_of_a_loop_keeps_its_boundary() -> None:
    # Block 0 is its own successor: what comes back meets what came in.
    problem = GenKill([0b01], [0], 0b11, backward=False, must=True, boundary=0b10)
    assert solve(problem, [[0]]).at_start == [0b10]


def test_no_blocks() -> None:
    assert solve(Tables([[0]], [], 0, 0), []) == Solution([], [], [])


def test_hundred_thousand_blocks() -> None:
    problem = GenKill([1] + [0] * 99_999, [0] * 100_000, 1, backward=False, must=False)
    assert solve(problem, chain(100_000)).visits == list(range(100_000))
    problem = GenKill([0] * 99_999 + [1], [0] * 100_000, 1, backward=True, must=False)
    solution = solve(problem, chain(100_000))
    assert solution.at_start == [1] * 100_000
    assert len(solution.visits) == 100_000


def test_a_visit_for_each_block_without_loops() -> None:
    for successors in (chain(100), [[1, 2], [3], [3], []]):
        for backward in (False, True):
            problem = random_sets(random.Random(1), len(successors), 30)
            problem = GenKill(problem.gen, problem.kill, problem.universe, backward, True)
            assert sorted(solve(problem, successors).visits) == list(range(len(successors)))


# ---- the analyses ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(15))
def test_liveness_is_the_machine_s(seed: int) -> None:
    func = random_function(seed, 60, slots=seed % 2 == 0)
    problem, values = live_values(func)
    number = {value: i for i, value in enumerate(values)}
    successors = control_flow_graph(func)
    blocks = []
    for block in func.body.blocks:
        effects = [(tuple(number[arg] for arg in block.args), ())]
        for op in block.operations:
            reads = [*op.operands, *(v for _, passed in op.successors for v in passed)]
            effects.append((tuple(number[r] for r in op.results), tuple(number[v] for v in reads)))
        blocks.append(effects)
    assert solve(problem, successors).at_end == liveness(blocks, successors)


@pytest.mark.parametrize("seed", range(15))
def test_liveness_and_other_sets_of_machine_blocks(seed: int) -> None:
    """Sets of instructions, solved as a problem, are what the machine's own loop finds."""
    rng = random.Random(seed)
    successors = nest(40)
    problem = random_sets(rng, len(successors), 20)
    backward = GenKill(problem.gen, problem.kill, problem.universe, True, False)
    blocks = []
    for gen, kill in zip(problem.gen, problem.kill):
        reads = tuple(i for i in range(20) if gen >> i & 1)
        writes = tuple(i for i in range(20) if kill >> i & 1)
        blocks.append([((), reads), (writes, ())])
    assert solve(backward, successors).at_end == liveness(blocks, successors)


def paths(successors: Graph, start: int, blocks: int) -> list[list[int]]:
    """All paths from `start` of at most so many blocks, each as far as it gets."""
    found, work = [], [[start]]
    while work:
        path = work.pop()
        following = successors[path[-1]]
        if not following or len(path) == blocks:
            found.append(path)
        else:
            work.extend([*path, target] for target in following)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_stores_that_reach_are_those_that_some_path_leaves(seed: int) -> None:
    func = random_function(seed, 25)
    problem, stores = reaching_stores(func)
    successors = control_flow_graph(func)
    solution = solve(problem, successors)
    seen = [0] * len(successors)
    for path in paths(successors, 0, 9):
        holds: dict[Value, Operation] = {}
        for block in path:
            for store in holds.values():
                seen[block] |= 1 << stores.index(store)
            for op in func.body.blocks[block].operations:
                if op.name == "memref.store":
                    holds[op.operands[1]] = op
    for facts, found in zip(solution.at_start, seen):
        assert found & ~facts == 0  # every store that was seen to reach is in the solution
    if all(len(path) < 9 for path in paths(successors, 0, 9)):
        assert seen == solution.at_start  # and no other


DIAMOND = """
func.func @f(%a: i32, %b: i32, %c: i1) -> i32 {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  %0 = arith.addi %a, %b : i32
  cf.br ^bb3(%0 : i32)
^bb2:
  %1 = arith.muli %a, %b : i32
  cf.br ^bb3(%1 : i32)
^bb3(%2: i32):
  %3 = arith.addi %a, %b : i32
  %4 = arith.addi %3, %2 : i32
  return %4 : i32
}
"""


def names(first: list[Operation], facts: int) -> set[str]:
    """The expressions of a set that use the function's own arguments."""
    return {op.name[-4:] for i, op in enumerate(first) if facts >> i & 1 and op.operands[0].hint}


def test_available_and_anticipated_expressions() -> None:
    (func,) = functions(parse(DIAMOND))
    successors = control_flow_graph(func)
    a, b, c = func.body.blocks[0].args
    for value, hint in ((a, "a"), (b, "b"), (c, "c")):
        value.hint = hint
    problem, first = available_expressions(func)
    solution = solve(problem, successors)
    at_end = [names(first, facts) for facts in solution.at_end]
    assert at_end[:3] == [set(), {"addi"}, {"muli"}]
    assert names(first, solution.at_start[3]) == set()  # one of two paths has computed it

    problem, first = anticipated_expressions(func)
    solution = solve(problem, successors)
    # Every path will compute a + b, so the entry may; the product only some will.
    assert names(first, solution.at_end[0]) == {"addi"}
    assert names(first, solution.at_start[2]) == {"addi", "muli"}


def test_an_expression_ends_where_its_operand_is_defined_anew() -> None:
    (func,) = functions(
        parse("""
func.func @f(%n: i32) -> i32 {
  %one = arith.constant 1 : i32
  cf.br ^bb1(%n : i32)
^bb1(%i: i32):
  %next = arith.subi %i, %one : i32
  %more = arith.cmpi sgt, %next, %one : i32
  cf.cond_br %more, ^bb1(%next : i32), ^bb2
^bb2:
  return %next : i32
}
""")
    )
    problem, first = available_expressions(func)
    solution = solve(problem, control_flow_graph(func))
    assert solution.at_start[1] == 0
    assert solution.at_end[1] == (1 << len(first)) - 1
    problem, first = anticipated_expressions(func)
    solution = solve(problem, control_flow_graph(func))
    assert solution.at_end[0] == 0


@pytest.mark.parametrize("seed", range(20))
def test_constants_hold_on_every_path_that_is_followed(seed: int) -> None:
    """A number that the analysis knows at a block's end is what is there whenever a run leaves it.

    The run is this test's own: it follows one path and computes with the analysis' transfer on
    exact facts, which the solution must agree with or know less.
    """
    func = random_function(seed, 40)
    problem = Constants(func)
    successors = control_flow_graph(func)
    solution = solve(problem, successors)
    rng = random.Random(seed)
    for _ in range(20):
        block, fact = 0, problem.boundary
        for _ in range(12):
            fact = problem.transfer(block, fact)
            for value, number in solution.at_end[block].items():
                assert number is VARYING or fact.get(value, number) == number
            if not successors[block]:
                break
            block = rng.choice(successors[block])


def test_constants_survive_a_loop_that_does_not_change_them() -> None:
    """Optimistic: what comes back around is not held against what came in, until it differs."""
    (func,) = functions(
        parse("""
func.func @f(%c: i1) -> i32 {
  %x = memref.alloca() : memref<i32>
  %y = memref.alloca() : memref<i32>
  %0 = arith.constant 1 : i32
  memref.store %0, %x[] : memref<i32>
  memref.store %0, %y[] : memref<i32>
  cf.br ^bb1
^bb1:
  %1 = memref.load %x[] : memref<i32>
  %2 = arith.muli %1, %1 : i32
  memref.store %2, %x[] : memref<i32>
  %3 = memref.load %y[] : memref<i32>
  %4 = arith.addi %3, %0 : i32
  memref.store %4, %y[] : memref<i32>
  cf.cond_br %c, ^bb1, ^bb2
^bb2:
  return %1 : i32
}
""")
    )
    x, y = (op.result for op in func.body.blocks[0].operations[:2])
    facts = solve(Constants(func), control_flow_graph(func)).at_start[2]
    assert facts[x] == 1
    assert facts[y] is VARYING


def test_constants_of_variables() -> None:
    (func,) = functions(
        parse("""
func.func @f(%c: i1) -> i32 {
  %x = memref.alloca() : memref<i32>
  %y = memref.alloca() : memref<i32>
  %0 = arith.constant 2 : i32
  %1 = arith.constant 3 : i32
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  memref.store %0, %x[] : memref<i32>
  memref.store %1, %y[] : memref<i32>
  cf.br ^bb3
^bb2:
  memref.store %1, %x[] : memref<i32>
  memref.store %1, %y[] : memref<i32>
  cf.br ^bb3
^bb3:
  %2 = memref.load %x[] : memref<i32>
  return %2 : i32
}
""")
    )
    x, y = (op.result for op in func.body.blocks[0].operations[:2])
    facts = solve(Constants(func), control_flow_graph(func)).at_start[3]
    assert facts[x] is VARYING
    assert facts[y] == 3
