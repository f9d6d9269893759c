"""Captured graphs: the same results for every call for which the guards hold."""

from __future__ import annotations

import contextlib
import io
import random

import numpy as np
import pytest

from tern.workshop import frameworks
from tern.workshop.frameworks import DataDependentError, Program, capture, machine, refuted
from tern.workshop.frameworks.captures import recording
from tern.workshop.frameworks.captures.aot import joint_graph, split
from tern.workshop.frameworks.captures.bytecode import Evaluator
from tern.workshop.frameworks.captures.dynamo import Compiled
from tern.workshop.frameworks.captures.families import family, random_family
from tern.workshop.frameworks.captures.instructions import Instructions

SEEDS = range(12)


def tensors(arguments) -> list:
    return [machine().tensor(x.copy()) if hasattr(x, "shape") else x for x in arguments]


def assert_alike(one, other) -> None:
    assert type(one) is type(other)
    if isinstance(one, tuple):
        assert len(one) == len(other)
        for each, expected in zip(one, other):
            assert_alike(each, expected)
    elif hasattr(one, "shape"):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one.data, other.data)
    else:
        assert one == other


@pytest.mark.parametrize("seed", SEEDS, indirect=True)
def test_no_unsound_reuse_of_a_graph(seed) -> None:
    program, calls = random_family(random.Random(seed), 3)
    assert family(capture, program, calls).mistake == ""


@pytest.mark.parametrize("seed", SEEDS, indirect=True)
def test_bytecode_gives_what_python_gives(seed) -> None:
    program, calls = random_family(random.Random(seed), 3)
    compiled = Compiled(program, machine().operators)
    for arguments in calls:
        assert_alike(compiled(*tensors(arguments)), program(*tensors(arguments)))
    assert not compiled.refused and compiled.segments


def test_a_family_without_guards_is_wrong() -> None:
    program, calls = random_family(random.Random(3), 5)

    def careless(function, *arguments):
        found = capture(function, *arguments)
        return found._replace(guards=())

    assert family(careless, program, calls).mistake


def test_one_graph_for_a_family_of_calls() -> None:
    def program(x, n):
        if n > 2 and x.shape[0] >= n:
            return (x * n).sum() / x.shape[0]
        return x[0] + n

    calls = [(np.ones((rows, 3)), n) for rows in range(4, 9) for n in range(3, 5)]
    found = family(capture, program, calls)
    assert (found.graphs, found.mistake) == (1, "")
    calls += [(np.ones((rows, 3)), 2) for rows in range(1, 9)]
    assert family(capture, program, calls).graphs == 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return x * n", []),
        ("return x + 1.0 if n % 2 else x", ["bool((x1 % 2))"]),
        ("return x * [1, 2, 3][n]", ["x1 == 1"]),
        ("return x if x.shape[0] == x.shape[0] else -x", []),
        ("return x if str(x.dtype) == 'float32' else -x", ["dtype(x0) == 'float64'"]),
        ("return x if n == 1 and n + 1 == 2 else -x", ["(x1 == 1)", "((x1 + 1) == 2)"]),
    ],
)
def test_guards_are_on_what_python_saw(body, expected) -> None:
    found = capture(Program(f"def program(x, n):\n    {body}\n"), np.ones(3), 1)
    assert [str(each) for each in found.guards[2:]] == expected
    assert [str(each) for each in found.guards[:2]] == [
        "kind(x0) == '1-d array'",
        "kind(x1) == 'int'",
    ]


def test_true_is_not_one() -> None:
    found = capture(lambda x, flag: x if flag else -x, np.ones(3), True)
    assert refuted(found.guards, (np.ones(3), 1)) is not None
    assert refuted(found.guards, (np.ones(3), True)) is None


@pytest.mark.parametrize("ask", [bool, float, int, np.asarray, np.exp, lambda x: x.item()])
def test_numbers_of_a_proxy(ask) -> None:
    with pytest.raises((DataDependentError, TypeError)):
        capture(lambda x: ask(x.sum()), np.ones(3))


# ---- bytecode --------------------------------------------------------------------------------


def test_what_breaks_a_graph_happens_each_time() -> None:
    told = []

    def program(x, n):
        y = x * n
        told.append(n)
        if y.sum() > 0:
            return y.exp()
        return -y

    compiled = Compiled(program, machine().operators)
    for n in (1, -1, 1, 2):
        x = machine().tensor(np.ones(3))
        before = len(told)
        assert_alike(compiled(x, n), program(x, n))
        assert told[before:] == [n, n]  # once by each
    assert {why for _, why in compiled.breaks if "append" in why}
    assert len(compiled.segments) <= 5


def test_a_global_that_has_changed_is_noticed() -> None:
    program = Program("scale = 2.0\ndef program(x):\n    return helper(x) * scale\n"
                      "def helper(x):\n    return x + scale\n")  # fmt: skip
    compiled = Compiled(program, machine().operators)
    x = machine().tensor(np.ones(2))
    assert compiled(x).data.tolist() == compiled(x).data.tolist() == [6.0, 6.0]
    assert len(compiled.segments) == 1
    program.scopes[0]["scale"] = 3.0
    assert compiled(x).data.tolist() == [12.0, 12.0]
    assert len(compiled.segments) == 2


def test_what_is_not_evaluated_runs_as_it_is() -> None:
    def program(x):
        try:
            return x + 1.0
        finally:
            pass

    compiled = Compiled(program, machine().operators)
    assert compiled(machine().tensor(np.ones(1))).data == [2.0]


def test_errors_are_the_functions_own() -> None:
    compiled = Compiled(lambda x, n: x * (1 // n), machine().operators)
    x = machine().tensor(np.ones(2))
    assert compiled(x, 1).data.tolist() == [1.0, 1.0]
    with pytest.raises(ZeroDivisionError):
        compiled(x, 0)


def test_recompiling_has_a_limit() -> None:
    compiled = Compiled(lambda x, n: x * [n][0] if str(n) else x, machine().operators)
    x = machine().tensor(np.ones(2))
    for n in range(12):
        assert compiled(x, n).data.tolist() == [n, n]
    assert len(compiled.segments) == 8 and compiled.eager


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("function", recording.FUNCTIONS, ids=lambda each: each.__name__)
def test_the_bytecode_of_each_version_computes_the_same(version, function) -> None:
    code = recording.instructions(version, function.__name__)
    for n in range(5):
        x = machine().tensor(np.random.default_rng(n).standard_normal((2, 3)))
        frame = Evaluator(function, code, {"x": x, "n": n})
        told, plain = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(told):
            while not frame.returned:
                frame.step()
        with contextlib.redirect_stdout(plain):
            expected = function(x, n)
        assert_alike(frame.returned[0], expected)
        assert told.getvalue() == plain.getvalue()


def test_tables_are_plain_data() -> None:
    found = Instructions(recording.scaled.__code__)
    again = Instructions.from_table(found.version, found.as_table(), list(found.consts))
    assert [each.opname for each in again.items] == [each.opname for each in found.items]
    assert again.index == found.index and again.lines == found.lines


# ---- joint graphs ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS, indirect=True)
def test_a_joint_graph_in_two_halves_gives_the_gradients(seed) -> None:
    program, shapes = frameworks.random_program(random.Random(seed), 8, in_place=True)
    arrays = [np.random.default_rng(seed).standard_normal(shape) for shape in shapes]
    try:
        joint = joint_graph(program, *arrays)
    except frameworks.GradientError:  # it writes to its arguments
        return
    operators = machine().operators
    whole = joint.run(operators, *map(machine().tensor, arrays))
    forward, back = split(joint)
    value, *saved = forward.run(operators, *map(machine().tensor, arrays))
    gradients = back.run(operators, *saved)
    for one, other in zip((value, *gradients), whole, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
    functional = frameworks.make_graph(machine(), frameworks.functional(program), *arrays)
    _, expected = frameworks.backward(lambda *x: functional.run(operators, *x), *arrays)
    for one, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(np.asarray(one), other.data, rtol=1e-9, atol=1e-12)


def test_the_table_is_computed() -> None:
    from tern.workshop.frameworks.captures.table import SAMPLES, WAYS, table

    found = {(each.sample, each.way): each for each in table(WAYS)}
    assert len(found) == len(SAMPLES) * len(WAYS)
    data = "a branch on numbers in a tensor"
    assert found[data, "proxies"].refused == found[data, "AOT"].refused == "DataDependentError"
    assert (found[data, "bytecode"].graphs, found[data, "bytecode"].second[:5]) == (2, "right")
    assert found["a print", "bytecode"].printed == 2
    assert found["a print", "proxies"].printed == 1
    assert found["a print", "proxies"].vanished == (2,)
    assert found["a global", "bytecode"].second == "right, captured again"
    assert found["a global", "proxies"].second == "wrong"
    assert {way for (_, way), each in found.items() if each.second == "wrong"} == {"proxies", "AOT"}
    assert all(
        "captured again" not in each.second for (_, way), each in found.items() if way == "AOT"
    )


# ---- crossing to another process -------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS[:4], indirect=True)
def test_captured_graphs_cross_as_plain_data(seed) -> None:
    from autograder.worker.codecs.frameworks import CapturedCodec
    from autograder.worker.wire import decode, encode

    def crossing(function, *arguments):
        buffers: list = []
        data = encode(CapturedCodec().encode(capture(function, *arguments)), buffers)
        return CapturedCodec().decode(decode(data, buffers))

    program, calls = random_family(random.Random(seed), 3)
    assert family(crossing, program, calls) == family(capture, program, calls)
