import inspect
import subprocess
import sys

import pytest

import tern
from tern import parts
from tern.ir import control_flow_graph, dominance_frontiers, immediate_dominators
from tern.ir.samples import random_function


def test_a_part_is_callable_and_known_by_name() -> None:
    assert "ir.to_ssa" in parts.names()
    assert parts.get("ir.immediate_dominators") is immediate_dominators
    assert parts.original("ir.immediate_dominators") is immediate_dominators.__wrapped__
    text = inspect.getsource(immediate_dominators.__wrapped__)
    assert text.startswith('@part("ir.immediate_dominators")')


def test_using_replaces_a_part_in_the_whole_compiler_and_nests() -> None:
    calls = []

    def mine(successors):
        calls.append(len(successors))
        return parts.original("ir.immediate_dominators")(successors)

    func = random_function(1, 40)
    with tern.using({"ir.immediate_dominators": mine}):
        tern.to_ssa(func.clone())
        assert len(calls) == 1
        with tern.using({"ir.immediate_dominators": immediate_dominators}):
            tern.to_ssa(func.clone())
        assert len(calls) == 1
        tern.to_ssa(func.clone())
    assert len(calls) == 2
    tern.to_ssa(func.clone())
    assert len(calls) == 2


def test_using_ends_with_its_block_even_by_an_error() -> None:
    with pytest.raises(ZeroDivisionError), tern.using({"ir.dominance_frontiers": lambda *_: 1}):
        1 / 0
    assert dominance_frontiers([[]], [None]) == [set()]


def test_what_is_remembered_is_remembered_of_the_parts_in_force() -> None:
    calls = []

    @parts.cached_with_parts
    def size(seed: int) -> int:
        calls.append(seed)
        return len(immediate_dominators(control_flow_graph(random_function(seed, 20))))

    book = size(1)
    assert (size(1), calls) == (book, [1])
    with tern.using({"ir.immediate_dominators": lambda graph: []}):
        assert (size(1), size(1), calls) == (0, 0, [1, 1])
        with parts.originals():
            assert size(1) == book
        assert size(1) == 0
        with pytest.raises(ZeroDivisionError), tern.using({}):
            1 / 0
        assert size(1) == 0
    assert (size(1), calls) == (book, [1, 1, 1])
    size.cache_clear()
    assert (size(1), calls) == (book, [1, 1, 1, 1])


def test_nothing_that_was_made_by_other_parts_stays() -> None:
    """Of what tern computes once, and calls parts for."""
    from tern.build import build
    from tern.check.library import library
    from tern.rewrite import canonicalize
    from tern.rewrite.matching import Node
    from tern.text.automata.tokens import token_automaton
    from tern.workshop import forty

    def changes() -> int:
        return canonicalize(build("fn f(x: i32) -> i32 { return (x + 0) * 1; }")).changes

    def never(*_: object) -> None:
        raise AssertionError("the book's own library and baselines need no other parts")

    title, given = next(iter(forty.PROGRAMS)), (7, 11)
    library.cache_clear()
    forty._built.cache_clear()
    forty._executed_before.cache_clear()
    readers = {f"text.{name}": never for name in ("tokenize", "parse", "parse_block")}
    with tern.using({**readers, "text.parse_expression": never, "ir.to_ssa": never}):
        assert "softmax" in library()
        assert forty.percent(title, forty.program(title), given) == 100

    for _ in range(2):
        with tern.using({"rewrite.decision_tree": lambda rules: Node([])}):
            assert changes() == 0
        assert changes() > 0
        with tern.using({"text.automata.minimize": lambda automaton: automaton}):
            large = len(token_automaton())
        assert len(token_automaton()) < large


def test_using_says_what_is_wrong() -> None:
    with pytest.raises(KeyError, match="did you mean 'ir.to_ssa'"):
        with tern.using({"ir.tossa": print}):
            pass
    with pytest.raises(TypeError, match="not callable"):
        with tern.using({"ir.to_ssa": 3}):
            pass
    assert control_flow_graph(random_function(0, 0)) == [[]]


def test_import_is_light() -> None:
    code = (
        "import sys, tern; from tern import using;"
        "heavy = {'numpy', 'tern.ir', 'tern.text', 'hypothesis'} & set(sys.modules);"
        "assert not heavy, heavy;"
        "import tern.ir; assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_everything_that_tern_exports_is_there() -> None:
    for name in tern.__all__:
        assert getattr(tern, name) is not None
    assert set(tern.__all__) == set(dir(tern))
    with pytest.raises(AttributeError):
        tern.nothing_of_the_kind


def test_run_takes_source_text() -> None:
    source = "fn twice(x: i32) -> i32 { return x + x; }"
    assert tern.run(source, "twice", 21) == 42
    assert tern.run(tern.build.build(source), "twice", 4) == 8
