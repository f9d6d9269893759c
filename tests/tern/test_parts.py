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
