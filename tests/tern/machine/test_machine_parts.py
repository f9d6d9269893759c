"""The parts of the back end: each against a plain version of itself, and in the compiler."""

import itertools
import random
import sys
from typing import Any

import pytest

import tern
from tern.build import build
from tern.ir import functions
from tern.ir.samples import loops, nest, program_graph, random_function, random_graph
from tern.machine import compile_functions, linear_scan, liveness, parallel_copies, select
from tern.machine.aarch64 import AARCH64
from tern.machine.allocate import pressure, question_of
from tern.machine.intervals import live_intervals, loop_depths, overlap
from tern.machine.liveness import bits
from tern.machine.samples import random_blocks, random_intervals, random_moves, random_tree
from tern.machine.simulate import Simulator
from tern.machine.x86_64 import X86_64
from tests.turns import tries

# select ---------------------------------------------------------------------------------------


def cheapest(tree: list[Any], rows: list[Any]) -> int:
    """The cost of the cheapest cover, by trying all of them."""
    from tern.machine.select import match

    def cost(node: int) -> int:
        found = []
        for shape, price in rows:
            if shape[0] == tree[node][0]:
                leaves = match(shape, node, tree)
                if leaves is not None:
                    found.append(price + sum(cost(leaf) for leaf in leaves))
        return min(found)

    inner = {operand for _, operands, _ in tree for operand in operands}
    return sum(cost(node) for node in range(len(tree)) if node not in inner)


@pytest.mark.parametrize("machine", [X86_64, AARCH64], ids=lambda m: m.name)
def test_the_cover_is_the_cheapest(machine) -> None:
    for seed in range(tries(60, long=2_000)):
        tree = random_tree(random.Random(seed), 9)
        tiles = select(tree, machine.rows)
        assert sum(machine.rows[number][1] for _, number in tiles) == cheapest(tree, machine.rows)


def test_no_pattern_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no pattern computes frob\.i32"):
        select([("frob.i32", (), None)], X86_64.rows)


# liveness -------------------------------------------------------------------------------------


def live_by_search(blocks: Any, successors: Any, block: int, value: int) -> bool:
    """Whether some path from the end of a block reads the value before it writes it."""
    seen, work = set(), list(successors[block])
    while work:
        at = work.pop()
        if at in seen:
            continue
        seen.add(at)
        for writes, reads in blocks[at]:
            if value in reads:
                return True
            if value in writes:
                break
        else:
            work.extend(successors[at])
    return False


def test_live_is_what_a_path_reads() -> None:
    for seed in range(tries(150, long=2_000)):
        rng = random.Random(seed)
        graph = random_graph(seed, rng.randint(1, 12))
        blocks = random_blocks(rng, len(graph), 5)
        live = liveness(blocks, graph)
        for block, value in itertools.product(range(len(graph)), range(5)):
            expected = live_by_search(blocks, graph, block, value)
            assert (live[block] >> value & 1 == 1) == expected, (seed, block, value)


@pytest.mark.parametrize("shape", [nest, loops, lambda n: program_graph(1, n)])
def test_few_visits(shape, monkeypatch) -> None:
    """The worklist's order keeps blocks from being looked at again and again."""
    module = sys.modules["tern.machine.liveness"]

    popped = []
    pop = module.heappop

    def counted(heap: list[int]) -> int:
        popped.append(1)
        return pop(heap)

    monkeypatch.setattr(module, "heappop", counted)
    visits = []
    for size in (100, 800):
        graph = shape(size)
        popped.clear()
        liveness(random_blocks(random.Random(1), len(graph), 40), graph)
        visits.append(len(popped) / len(graph))
    assert visits[1] < 1.3 * visits[0] and visits[1] < 12


def test_intervals_cover_what_is_live() -> None:
    """At every instruction, the values that are live across it are those whose ranges hold it."""
    for seed in range(60):
        rng = random.Random(seed)
        graph = random_graph(seed, rng.randint(1, 9))
        blocks = random_blocks(rng, len(graph), 6)
        live_out = liveness(blocks, graph)
        ranges = live_intervals(blocks, live_out)
        for found in ranges.values():
            assert all(a[1] < b[0] for a, b in itertools.pairwise(found)), found
        time = 2 * sum(map(len, blocks))
        for number in reversed(range(len(blocks))):
            live = set(bits(live_out[number]))
            for writes, reads in reversed(blocks[number]):
                time -= 2
                after = {v for v, f in ranges.items() if any(s <= time + 1 < e for s, e in f)}
                assert after == live | set(writes)
                live = live - set(writes) | set(reads)


def test_loop_depths() -> None:
    assert loop_depths([[1], [2, 3], [1], []]) == [0, 1, 1, 0]
    assert loop_depths(nest(8)) == [0, 1, 2, 3, 0, 1, 2, 3]


# linear scan ----------------------------------------------------------------------------------


def questions(seeds: range, limit: int) -> Any:
    """What the compiler asks for random functions."""
    from tern.machine.code import code_of

    for seed in seeds:
        for machine in (X86_64, AARCH64):
            code = code_of(random_function(seed, 100, slots=False), machine)
            intervals, weights = pressure(code)
            for name in machine.registers:
                yield question_of(code, machine, name, intervals, weights, limit)


def test_registers_are_never_shared() -> None:
    for question in questions(range(tries(8, long=300)), 4):
        intervals, _, choices, _ = question
        given = linear_scan(*question)
        for value, register in given.items():
            assert register in choices[value]
        for a, b in itertools.combinations(given, 2):
            assert given[a] != given[b] or not overlap(intervals[a], intervals[b])


def test_nothing_is_spilled_where_registers_suffice() -> None:
    intervals = {v: [(2 * v + 1, 2 * v + 9)] for v in range(50)}
    choices = {v: range(4) for v in intervals}
    given = linear_scan(intervals, dict.fromkeys(intervals, 1), choices, {})
    assert len(given) == 50


def test_the_light_one_is_spilled() -> None:
    intervals = {0: [(1, 20)], 1: [(3, 20)], 2: [(5, 20)]}
    for light in intervals:
        weights = {v: 1 if v == light else 100 for v in intervals}
        given = linear_scan(intervals, weights, {v: [0, 1] for v in intervals}, {})
        assert light not in given and len(given) == 2


def fill(given: dict[int, int], question: tuple[Any, ...]) -> dict[int, int]:
    """Registers for values that have none, the heaviest first, where they're free all the time."""
    intervals, weights, choices, _ = question
    owners: dict[int, list[int]] = {}
    for value, register in given.items():
        owners.setdefault(register, []).append(value)
    for value in sorted(set(intervals) - set(given), key=lambda v: -weights[v]):
        for register in choices[value]:
            held = owners.setdefault(register, [])
            if not any(overlap(intervals[other], intervals[value]) for other in held):
                held.append(value)
                given[value] = register
                break
    return given


def test_what_better_orders_spare() -> None:
    """The figures of the exercise's explanation, which its medals rest on."""
    spilled = {"scan": 0, "heaviest first": 0, "a second look": 0}
    for seed in range(40):
        question = random_intervals(random.Random(seed), 600, 12)
        found = {
            "scan": linear_scan(*question),
            "heaviest first": fill({}, question),
            "a second look": fill(linear_scan(*question), question),
        }
        for how, given in found.items():
            spilled[how] += sum(w for v, w in question[1].items() if v not in given)
    assert 0.91 < spilled["heaviest first"] / spilled["scan"] < 0.95
    assert 0.83 < spilled["a second look"] / spilled["scan"] < 0.88


# parallel copies ------------------------------------------------------------------------------


def fewest(moves: dict[int, int]) -> int:
    """One for each register that changes, and one for each cycle nobody else reads from."""
    moves = {to: source for to, source in moves.items() if to != source}
    cycles, seen = 0, set()
    readers = list(moves.values())
    for start in moves:
        path = [start]
        while path[-1] in moves and moves[path[-1]] not in path:
            path.append(moves[path[-1]])
        if path[-1] in moves and moves[path[-1]] == start and start not in seen:
            seen.update(path)
            cycles += all(readers.count(register) == 1 for register in path)
    return len(moves) + cycles


def test_copies() -> None:
    for seed in range(tries(500, long=5_000)):
        moves = random_moves(random.Random(seed), 1 + seed % 9)
        done = parallel_copies(moves, 99)
        registers = {r: r for r in range(100)}
        for to, source in done:
            registers[to] = registers[source]
        assert all(registers[to] == source for to, source in moves.items()), (moves, done)
        assert all(registers[r] == r for r in range(99) if r not in moves), (moves, done)
        assert len(done) == fewest(moves), (moves, done)


# in the compiler ------------------------------------------------------------------------------

POLYNOMIAL = """
fn f(x: i64, n: i64) -> i64 {
    let a = x; let b = x + 1; let c = x * 3;
    let i = i64(0);
    while i < n {
        let t = a; a = b; b = c + t; c = t - i;
        i = i + 1;
    }
    return a + b + c;
}
"""


def test_the_compiler_uses_the_readers_parts() -> None:
    module = build(POLYNOMIAL)
    func = functions(module)

    def spills_all(intervals, weights, choices, hints):
        return {}

    def slow_copies(moves, scratch):
        return parallel_copies.__wrapped__(moves, scratch)

    plain = Simulator(compile_functions(func, X86_64))
    expected = plain.call("f", 3, 20)
    assert plain.counts.spilled == 0
    with tern.using({"machine.linear_scan": spills_all, "machine.parallel_copies": slow_copies}):
        program = compile_functions(func, X86_64)
    spilled = Simulator(program)
    assert spilled.call("f", 3, 20) == expected and spilled.counts.spilled > 100
    pytest.importorskip("llvmlite")
    from tern.machine.load import host_machine, load

    with tern.using({"machine.linear_scan": spills_all}):
        native = load(*func)
    assert native.program.allocations["f"].slots and not native.program.allocations["f"].registers
    assert native.call("f", 3, 20) == expected and host_machine()
