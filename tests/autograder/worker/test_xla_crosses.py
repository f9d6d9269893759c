"""Programs, jaxprs, and modules of HLO cross between judge and worker."""

from __future__ import annotations

import dataclasses
import json
import random
from typing import Any

import numpy as np
import pytest

from autograder.worker import codecs, wire
from tern.frontends.stablehlo import read_stablehlo
from tern.frontends.stablehlo.drawn import random_stablehlo
from tern.ir import functions
from tern.workshop import xla
from tern.workshop.xla import ops
from tern.workshop.xla.networks import recorded

codecs.register_tern()


def crossed(value: Any) -> Any:
    return wire.Encoded.of(value).decode()


def test_modules_arrive() -> None:
    rng = random.Random()
    modules = [make(rng, 20) for make in (xla.random_graph, xla.random_slices) for _ in range(5)]
    modules += [each["fused"] for each in recorded().values()]
    for module in modules:
        assert crossed(module) == module
        assert crossed(module.entry) == module.entry


def test_jaxprs_arrive_with_their_constants() -> None:
    rng = random.Random()
    for _ in range(20):
        program, types = xla.random_program(rng, 12)
        assert [crossed(each) for each in types] == types
        jaxpr = xla.trace(crossed(program), *types)
        found = crossed(jaxpr)
        assert found == jaxpr and str(found) == str(jaxpr)
        for (one, array), (other, expected) in zip(found.constants, jaxpr.constants, strict=True):
            assert one == other
            np.testing.assert_array_equal(array, expected)


def test_what_is_called_often_crosses_once() -> None:
    function = ops.sin
    for _ in range(40):  # 2**40 calls in all
        function = ops.jit(lambda a, inner=function: inner(inner(a)))
    jaxpr = xla.trace(function, xla.ShapedArray("f32", (4,)))
    found = crossed(jaxpr)
    inner = [each.params["jaxpr"] for each in found.equations]
    assert len(str(found)) == len(str(jaxpr))
    assert len({id(each) for each in inner}) == 1


def test_functions_of_stablehlo_arrive_with_their_locations() -> None:
    text = random_stablehlo(random.Random(), 20)
    (func,) = functions(read_stablehlo(text))
    found = crossed(func)
    assert [str(op.location) for op in found.walk()] == [str(op.location) for op in func.walk()]
    assert str(found) == str(func)
    damaged = wire.Encoded.of(func)
    text = json.dumps(damaged.data).replace('"<text>"', "7")
    with pytest.raises(ValueError, match="a damaged location"):
        wire.decode(json.loads(text), damaged.buffers)


def test_what_is_no_array_is_no_constant() -> None:
    jaxpr = xla.trace(lambda x: x + np.ones(3, np.float32), xla.ShapedArray("f32", (3,)))
    ((variable, _),) = jaxpr.constants
    wrong = dataclasses.replace(jaxpr, constants=((variable, [1.0, 1.0, 1.0]),))
    with pytest.raises(wire.Unsendable, match="a list where an array was expected"):
        crossed(wrong)


def test_a_program_is_not_run_before_it_is_called() -> None:
    program = crossed(xla.Program("raise SystemExit('run')"))
    with pytest.raises(SystemExit, match="run"):
        program()


@pytest.mark.parametrize(
    "forge",
    [
        lambda data: data.update({"root": "x"}) or data,
        lambda data: data["lines"][1].__setitem__(4, ["later"]) or data,
        lambda data: data["lines"].append(data["lines"][0]) or data,
        lambda data: data["lines"][0].__setitem__(1, 7) or data,
        lambda data: data["lines"][0].__setitem__(3, [["f33", [1], ""]]) or data,
        lambda data: data["lines"][0].__setitem__(3, [["f32", [-1], ""]]) or data,
        lambda data: data["lines"][0].__setitem__(3, [["f32", [1], "{0} x = f32[]"]]) or data,
        lambda data: data["lines"][0].__setitem__(0, "a\nb") or data,
        lambda data: data["lines"][0].__setitem__(6, "0)\n  x = f32[] constant(0") or data,
        lambda data: data["lines"][0].__setitem__(5, {"a": "0\u2028x"}) or data,
    ],
)
def test_what_no_encoder_made_is_refused(forge: Any) -> None:
    from autograder.worker.codecs.xla import ComputationCodec

    entry = xla.random_graph(random.Random(1), 12).entry
    name, root, lines = ComputationCodec().encode(entry)
    data = forge({"root": root, "lines": lines})
    with pytest.raises((ValueError, TypeError)):
        ComputationCodec().decode([name, data["root"], data["lines"]])


@pytest.mark.parametrize(
    "jaxpr",
    [
        xla.Jaxpr((), (xla.Equation("sin", (1.5,), (), {}),), ()),  # type: ignore[arg-type]
        xla.Jaxpr((), (xla.Equation("jit", (), (), {"jaxpr": "text"}),), ()),
        xla.Jaxpr((), (xla.Equation("sin", (), (), {"axes": [object()]}),), ()),
        xla.Jaxpr(("x",), (), ()),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_jaxpr_does_not_leave(jaxpr: Any) -> None:
    with pytest.raises(wire.Unsendable, match="a jaxpr with something else in it"):
        crossed(jaxpr)


def with_one(**changes: Any) -> xla.Computation:
    """A computation whose second instruction is another one."""
    x = xla.Instruction("x", "parameter", xla.Shape("f32", (4,)), (), {}, "0")
    y = xla.Instruction("y", "negate", xla.Shape("f32", (4,)), ("x",))
    y = dataclasses.replace(y, **changes)
    return xla.Computation("e", {"x": x, y.name: y}, y.name)


def test_extents_and_literals_of_numpy_arrive_as_numbers() -> None:
    found = crossed(with_one(shape=xla.Shape("f32", (np.int64(4),))))  # type: ignore[arg-type]
    assert found == with_one() and type(found["y"].array.dimensions[0]) is int
    half = xla.Literal(np.float32(0.5), xla.ShapedArray("f32", ()))  # type: ignore[arg-type]
    jaxpr = crossed(xla.Jaxpr((), (), (half,)))
    assert jaxpr.results[0].value == 0.5 and type(jaxpr.results[0].value) is float
    true = xla.Literal(np.bool_(True), xla.ShapedArray("bool", ()))  # type: ignore[arg-type]
    assert crossed(xla.Jaxpr((), (), (true,))).results[0].value is True


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "st\u00fcck.1"}, "is no name: a name is a letter or _, then letters"),
        ({"name": "x[0:3]"}, r"'x\[0:3\]' is no name"),
        ({"name": "y\nz"}, "is no name"),
        ({"operands": ("later",)}, "y uses later, which nothing before it defines"),
        ({"literal": "0)\n  z = f32[] constant(0"}, "y has a text that is no line of ASCII"),
        ({"attributes": {"dimensions": 1}}, "y has a int where a text was expected"),
        ({"shape": xla.Shape("f32", (2.5,))}, "the extents of y are no integers"),  # type: ignore
        ({"shape": xla.Shape("f33", (4,))}, "no shape: 'f33'"),
        ({"literal": "0" * 3_000_000}, "its instructions have 3,000,017 characters, more than"),
        ({"shape": ("f32", (4,))}, "the shape of y is a str"),
    ],
)
def test_what_is_no_computation_does_not_leave(changes: Any, says: str) -> None:
    with pytest.raises(wire.Unsendable, match=f"a computation of HLO that is none: .*{says}"):
        crossed(with_one(**changes))


def test_what_is_no_module_does_not_leave() -> None:
    entry = with_one()
    for name, computations, entry_name in [
        ("m\nx", {"e": entry}, "e"),
        ("m", {"f": entry}, "f"),
        ("m", {"e": entry}, "f"),
        ("m", {"e": None}, "e"),
    ]:
        with pytest.raises(wire.Unsendable, match="a module of HLO that is none: "):
            crossed(xla.Module(name, computations, entry_name))  # type: ignore[arg-type]
