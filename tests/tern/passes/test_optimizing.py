"""The passes on the flat form, each on programs made for it."""

import pytest

from tern.analysis.loops import natural_loops
from tern.build import build
from tern.ir import (
    Operation,
    function,
    functions,
    is_speculatable,
    is_terminator,
    may_fail,
    outcome,
    parse,
    run,
    verify,
)
from tern.passes.dead_code import dce
from tern.passes.hoist import licm
from tern.passes.inline import inline
from tern.passes.pipeline import O1, PASSES, optimize, pipeline
from tern.passes.preheaders import erase_empty_preheaders, insert_preheaders
from tern.passes.reduce_strength import reduce_strength
from tern.passes.samples import planted_program, random_program
from tern.passes.samples.planted import size
from tern.passes.simplify_cfg import simplify_cfg
from tern.workshop import forty


def names(module: Operation, inside: str = "") -> list[str]:
    """The operations of a module, or of one of its functions, by their names."""
    root = function(module, inside) if inside else module
    return [op.name.partition(".")[2] for op in root.walk()]


def loop_names(func: Operation) -> list[str]:
    """What stands in a loop."""
    inside = {block: None for loop in natural_loops(func) for block in loop.blocks}
    return [op.name.partition(".")[2] for block in inside for op in block.operations]


# what may fail ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "fails"),
    [
        ("arith.divsi %x, %x : i32", True),
        ("arith.divsi %x, %two : i32", False),
        ("arith.divsi %x, %minus : i32", True),  # the least number by -1
        ("arith.divui %x, %minus : i32", False),
        ("arith.remsi %x, %zero : i32", True),
        ("arith.shli %x, %two : i32", False),
        ("arith.shli %x, %minus : i32", True),
        ("arith.shrsi %x, %y : i32", True),
        ("arith.addi %x, %y : i32", False),
        ("arith.sitofp %x : i32 to f32", False),
    ],
)
def test_constants_rule_failures_out(operation: str, fails: bool) -> None:
    module = parse(
        f"""
func.func @f(%x: i32, %y: i32) {{
  %zero = arith.constant 0 : i32
  %two = arith.constant 2 : i32
  %minus = arith.constant -1 : i32
  %r = {operation}
  return
}}"""
    )
    op = function(module, "f").body.blocks[0].operations[3]
    assert may_fail(op) == fails and is_speculatable(op) == (not fails)


# loops --------------------------------------------------------------------------------------------

NEST = """
fn nest(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { for j in 0..n { for k in 0..n { s = s + a * a + i; } } }
    return s;
}
"""


def test_natural_loops_inner_ones_first() -> None:
    loops = natural_loops(function(build(NEST), "nest"))
    assert [loop.depth for loop in loops] == [3, 2, 1]
    assert [len(loop.blocks) for loop in loops] == [2, 5, 8]
    assert loops[0].parent is loops[1] and loops[1].parent is loops[2]
    assert all(next(iter(loop.blocks)) is loop.header for loop in loops)


def test_a_cycle_with_two_ways_in_is_no_loop() -> None:
    module = parse("""
func.func @f(%c: i1, %x: i32) -> i32 {
  cf.cond_br %c, ^a, ^b
^a:
  %p = arith.muli %x, %x : i32
  cf.cond_br %c, ^b, ^end
^b:
  cf.br ^a
^end:
  return %p : i32
}""")
    assert natural_loops(function(module, "f")) == []
    assert licm(module) == 0


def test_preheaders_come_and_go() -> None:
    for seed in range(100):
        module = random_program(seed)
        for func in functions(module):
            text = str(func)
            headers = {loop.header for loop in natural_loops(func)}
            preheaders, made = insert_preheaders(func)
            verify(func)
            assert preheaders.keys() == headers
            for header, block in preheaders.items():
                assert [to for to, _ in block.terminator.successors] == [header]
            erase_empty_preheaders(func, made)
            assert str(func) == text


# hoisting -----------------------------------------------------------------------------------------


def test_an_operation_rises_through_all_loops() -> None:
    module = build(NEST)
    func = function(module, "nest")
    assert licm(module) > 0
    assert "muli" not in loop_names(func) and "muli" in names(func)
    assert run(module, "nest", 3, 5) == run(build(NEST), "nest", 3, 5)


def test_a_division_stays_in_a_loop_that_may_not_run() -> None:
    source = """
fn f(n: i32, a: i32, b: i32) -> i32 {
    let s = 0;
    for i in 0..n { s = s + a / b + a / 7; }
    return s;
}"""
    module = build(source)
    licm(module)
    divisions = [op for op in function(module, "f").walk() if op.name == "arith.divsi"]
    inside = loop_names(function(module, "f"))
    assert len(divisions) == 2 and inside.count("divsi") == 1
    assert run(module, "f", 0, 1, 0) == 0  # nobody divides
    assert outcome(module, "f", 1, 1, 0).error == "integer division by zero"


HEADER = """
func.func @f(%n: i32, %a: i32, %b: i32) -> i32 {{
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %slot = memref.alloca() : memref<i32>
  memref.store %a, %slot[] : memref<i32>
  cf.br ^head(%zero : i32)
^head(%i: i32):
  {header}
  cf.br ^test
^test:
  {test}
  %more = arith.cmpi slt, %i, %n : i32
  cf.cond_br %more, ^body, ^end
^body:
  {body}
  %j = arith.addi %i, %one : i32
  cf.br ^head(%j : i32)
^end:
  return %i : i32
}}"""


@pytest.mark.parametrize(
    ("header", "test", "body", "moves"),
    [
        ("%q = arith.divsi %a, %b : i32", "", "", True),
        ("", "%q = arith.divsi %a, %b : i32", "", True),  # nothing but a branch before it
        ("", "", "%q = arith.divsi %a, %b : i32", False),
        (
            "%p = arith.remsi %b, %i : i32",
            "%q = arith.divsi %a, %b : i32",
            "",
            False,
        ),  # it goes first
        ("memref.store %b, %slot[] : memref<i32>", "%q = arith.divsi %a, %b : i32", "", False),
        ("%q = memref.load %slot[] : memref<i32>", "", "", True),
        (
            "%q = memref.load %slot[] : memref<i32>",
            "",
            "memref.store %b, %slot[] : memref<i32>",
            False,
        ),
        ("", "", "%q = memref.load %slot[] : memref<i32>", False),
        ("%q = func.call @g(%a) : (i32) -> i32", "", "", False),
    ],
)
def test_what_can_fail_moves_only_if_it_runs_first(header, test, body, moves) -> None:
    text = HEADER.format(header=header, test=test, body=body).replace("func.call", "call")
    module = parse(text + "\nfunc.func @g(%x: i32) -> i32 {\n  return %x : i32\n}")
    verify(module)
    op = next(op for op in module.walk() if op.results and op.results[0].hint == "%q")
    home = op.parent
    licm(module)
    verify(module)
    assert (op.parent is not home) == moves


def test_nothing_moves_twice_and_an_unmoved_function_keeps_its_blocks() -> None:
    moved = 0
    for seed in range(150):
        module = random_program(seed)
        before = str(module)
        if licm(module):
            moved += 1
        else:
            assert str(module) == before
        text = str(module)
        assert licm(module) == 0 and str(module) == text
    assert 0 < moved < 150


# dead code ----------------------------------------------------------------------------------------


def test_dead_code_of_every_kind() -> None:
    module = parse("""
func.func @f(%n: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %slot = memref.alloca() : memref<i32>
  %dead = arith.muli %n, %n : i32
  %deader = arith.addi %dead, %n : i32
  memref.store %deader, %slot[] : memref<i32>
  cf.br ^head(%zero, %zero, %one : i32, i32, i32)
^head(%i: i32, %a: i32, %b: i32):
  %more = arith.cmpi slt, %i, %n : i32
  cf.cond_br %more, ^body, ^end
^body:
  %j = arith.addi %i, %one : i32
  cf.br ^head(%j, %b, %a : i32, i32, i32)
^end:
  return %i : i32
^nowhere:
  cf.br ^end
}""")
    # muli, addi, the variable and its store; two arguments that only swap; a block
    assert dce(module) == 4 + 2 + 1
    assert names(module)[2:] == "constant constant br cmpi cond_br addi br return".split()
    verify(module)


def test_what_can_fail_is_not_dead() -> None:
    source = "fn f(a: i32, b: i32) -> i32 { let q = a / b; let r = a / 3; return a; }"
    module = build(source)
    dce(module)
    assert names(module).count("divsi") == 1
    assert outcome(module, "f", 1, 0).same(outcome(build(source), "f", 1, 0))


def test_a_store_that_somebody_may_read_stays() -> None:
    module = parse("""
func.func @f(%x: i32, %out: memref<i32>) -> i32 {
  %a = memref.alloca() : memref<i32>
  %b = memref.alloca() : memref<i32>
  memref.store %x, %a[] : memref<i32>
  memref.store %x, %b[] : memref<i32>
  memref.store %x, %out[] : memref<i32>
  %y = memref.load %b[] : memref<i32>
  %z = memref.load %a[] : memref<i32>
  return %y : i32
}""")
    assert dce(module) == 3  # the load of %a, the store to it, and %a
    assert names(module).count("store") == 2


@pytest.mark.parametrize(
    ("loop", "goes"),
    [
        ("for i in 0..n { t = t + i; }", True),
        ("for i in 0..n { for j in 0..n { t = t * j; } }", True),
        ("for i in 0..n { t = t / n; }", False),  # it may fail
        ("for i in 0..n { s = s + i; }", False),  # s is returned
        ("let k = n; while k > 0 { k = k - 1; }", True),
        ("let k = n; while k != 0 { k = k - 1; }", True),  # wraps around, and comes to 0
        ("let k = n; while k != 0 { k = k - 2; }", False),  # never, if n is odd
        ("let k = 0; while k < n { k = k + 3; }", False),  # may step over n, and wrap
        ("let k = 0; while k < 100 { k = k + 3; }", True),
        ("let k = 0; while k < 2147483647 { k = k + 3; }", False),
        ("let k = n; while k > 0 { k = k / 2; }", False),  # it ends; we don't see it
        ("let k = 0; while k < 10 { k = k - 1; }", False),
        ("let k = 0; while k >= 0 { t = t + 1; }", False),  # for ever
    ],
)
def test_a_dead_loop_goes_if_it_ends(loop: str, goes: bool) -> None:
    module = build(f"fn f(n: i32) -> i32 {{ let s = 1; let t = 0; {loop} return s; }}")
    dce(module)
    verify(module)
    assert (natural_loops(function(module, "f")) == []) == goes


def test_dead_code_is_found_at_once() -> None:
    for seed in range(150):
        module = random_program(seed)
        dce(module)
        assert dce(module) == 0


# the others ---------------------------------------------------------------------------------------


def test_branches_are_simplified() -> None:
    module = parse("""
func.func @f(%c: i1, %x: i32) -> i32 {
  %true = arith.constant true
  cf.cond_br %true, ^a, ^b
^a:
  cf.cond_br %c, ^c(%x : i32), ^c(%x : i32)
^b:
  cf.br ^a
^c(%y: i32):
  cf.br ^d(%y : i32)
^d(%z: i32):
  %r = arith.addi %z, %z : i32
  cf.cond_br %c, ^e, ^f
^e:
  cf.br ^f
^f:
  return %r : i32
}""")
    func = function(module, "f")
    assert simplify_cfg(module) > 0
    verify(module)
    assert names(func)[1:] == ["constant", "addi", "return"]
    assert simplify_cfg(module) == 0


def test_a_loop_of_empty_blocks_is_left_alone() -> None:
    module = parse("""
func.func @f() {
  cf.br ^a
^a:
  cf.br ^b
^b:
  cf.br ^a
}""")
    simplify_cfg(module)
    verify(module)
    assert len(function(module, "f").body.blocks) == 2


def test_inlining_and_who_is_not_inlined() -> None:
    module = build("""
fn square(x: i32) -> i32 { return x * x; }
fn twice(x: i32) -> i32 { if x > 3 { return square(x); } return square(x + 1); }
fn even(n: i32) -> bool { if n == 0 { return true; } return odd(n - 1); }
fn odd(n: i32) -> bool { if n == 0 { return false; } return even(n - 1); }
fn f(x: i32) -> i32 { if even(x) { return twice(x); } return twice(x - 1); }
""")
    before = module.clone()
    assert inline(module) == 4
    verify(module)
    assert [op.attributes["callee"] for op in module.walk() if op.name == "func.call"] == [
        "odd",
        "even",
        "even",
    ]
    for x in range(8):
        assert run(module, "f", x) == run(before, "f", x)


def test_all_functions_on_a_cycle_of_calls_are_recursive() -> None:
    module = build("""
fn a(n: i32) -> i32 { if n < 1 { return 0; } return b(n - 1) + c(n - 1); }
fn b(n: i32) -> i32 { if n < 1 { return 1; } return a(n - 1); }
fn c(n: i32) -> i32 { if n < 1 { return 2; } return b(n - 1); }
""")
    assert inline(module) == 0


def test_inlining_keeps_to_its_budget() -> None:
    module = build(
        "fn g(x: i32) -> i32 { return x * x + x * 3; }\n"
        "fn f(x: i32) -> i32 { return g(x) + g(x + 1) + g(x + 2); }"
    )
    assert inline(module.clone(), budget=3) == 0
    size = len(list(function(module, "g").walk())) - 1
    assert inline(module.clone(), max_growth=2 * size) == 2
    assert inline(module.clone()) == 3


def test_a_product_becomes_a_sum_exact_also_where_it_overflows() -> None:
    source = """
fn f(n: i32, k: i32) -> i32 {
    let s = 0;
    for i in 0..n { s = s + (i * k + 7) * s; }
    return s;
}"""
    module = build(source)
    before = module.clone()
    licm(module)
    assert reduce_strength(module) == 1
    dce(module)
    verify(module)
    assert loop_names(function(module, "f")).count("muli") == 1  # by s, which is no such product
    for n, k in ((0, 5), (9, 3), (40, 2**31 - 1), (5, -(2**31))):
        old, new = outcome(before, "f", n, k), outcome(module, "f", n, k)
        assert old.same(new)
    assert outcome(module, "f", 40, 3).executed < outcome(before, "f", 40, 3).executed


# the pipeline -------------------------------------------------------------------------------------


def test_thirty_lines_come_to_one_number() -> None:
    module = build("""
fn helper(x: i32) -> i32 { if x > 5 { return x * 2; } return x + 1; }
fn f() -> i32 {
    let a = 6;
    let b = a * 7;
    if b < 40 { b = helper(b) / (a - 6); }
    let unused = 0;
    for i in 0..100 { unused = unused + i * b; }
    return b;
}""")
    optimize(module)
    assert names(module, "f")[1:] == ["constant", "return"]
    assert run(module, "f") == 42


def test_every_pass_of_the_pipeline_says_what_it_did() -> None:
    module = build(NEST)
    manager = pipeline(O1, check_analyses=True)
    manager.run(module)
    assert [each.name for each in manager.statistics] == O1
    assert {name for name, _ in PASSES.items()} >= set(O1)
    licm_row = next(each for each in manager.statistics if each.name == "licm")
    assert licm_row.changes > 0 and licm_row.before == licm_row.after
    assert manager.report().count("\n") == len(O1)


def test_planted_dead_code_is_found_exactly() -> None:
    for seed in range(60):
        planted = planted_program(seed)
        without = planted_program(seed, plants=0)
        verify(planted)
        left = planted.clone()
        assert dce(left) > 0
        verify(left)
        assert computing(left) == computing(without)
        assert size(planted) > size(left)


def computing(module: Operation) -> int:
    """Operations that are no branches, and block arguments."""
    blocks = [block for func in functions(module) for block in func.body.blocks]
    return sum(len(block.args) for block in blocks) + sum(
        not is_terminator(op) for block in blocks for op in block.operations
    )


def test_orders_differ_on_the_forty_programs() -> None:
    orders = [("inline", "sccp", "gvn"), ("gvn", "sccp", "inline")]
    found = forty.compare_orders(orders)
    first, last = (sum(found[order].values()) for order in orders)
    assert first < last < 100 * len(forty.PROGRAMS) == 4_000


def test_the_forty_programs_come_to_the_same_and_do_less() -> None:
    for title in forty.PROGRAMS:
        module = forty.program(title)
        before = module.clone()
        optimize(module)
        for given in ((0, 3), (8, 5), (5, -9)):
            old, new = (outcome(each, "main", *given) for each in (before, module))
            assert old.same(new), title
            assert new.executed <= old.executed or given[0] == 0, title  # hoisted in vain
