"""StableHLO as a target: the text, what jaxlib says of it, and what XLA computes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.build import build
from tern.errors import EmitError, TernError
from tern.frontends.stablehlo import import_stablehlo
from tern.frontends.stablehlo.samples import PROGRAMS
from tern.ir import Operation, function, functions, run
from tern.ir.arrays import dtype_of
from tern.passes import optimize
from tern.passes.specialize import specialize
from tern.targets.interface import target
from tern.targets.named import named
from tern.targets.stablehlo import (
    XlaError,
    compile_xla,
    from_portable,
    interpreted,
    optimized_hlo,
    portable,
    stablehlo_text,
    verified,
    versions,
)
from tern.targets.stablehlo.child import dtype_named
from tern.targets.stablehlo.xla import PROCESS
from tern.text import Source
from tests.tern.tensor_programs import ELEMENTS, Program, close, tensor_programs
from tests.turns import tries

pytestmark = pytest.mark.rotates(10)

EXAMPLES = Path(tern.__file__).parent / "examples"
here = pytest.mark.skipif(find_spec("jax") is None, reason="needs the package jax")

SHAPES = {
    "softmax": [(4, 6)],
    "layer_norm": [(4, 6), (6,), (6,)],
    "rms_norm": [(4, 6), (6,)],
    "gelu": [(4, 6)],
    "matmul": [(4, 6), (6, 5)],
    "dense": [(4, 6), (6, 5), (5,)],
    "distances": [(4, 1), (5,)],
    "attention": [(3, 8), (5, 8), (5, 2), ()],
}


def example(name: str) -> Operation:
    source = Source((EXAMPLES / f"{name}.tern").read_text(), f"{name}.tern", brackets=True)
    module = named(source, optimize)
    return function(module, name)


def arguments(shapes: Any) -> list[Any]:
    random = np.random.default_rng(7)
    drawn = [random.standard_normal(shape, dtype=np.float32) for shape in shapes]
    return [each if each.shape else float(each) for each in drawn]


# the text -----------------------------------------------------------------------------------------


def test_the_text_has_the_programs_names_and_floats_as_bits() -> None:
    text = stablehlo_text(specialize(example("softmax"), SHAPES["softmax"]))
    first, second, *_ = text.splitlines()[1:]
    assert first == "  func.func public @softmax(%x: tensor<4x6xf32>) -> (tensor<4x6xf32>) {"
    assert second == "    %cst = stablehlo.constant dense<0xFF800000> : tensor<f32>"
    assert re.search(r"^    %e = stablehlo.exponential %\d : tensor<4x6xf32>$", text, re.MULTILINE)
    assert text.count(" = stablehlo.") == 13


def test_what_is_called_is_there_and_private() -> None:
    module = build(
        "fn twice(a: f32[3]) -> f32[3] { return a + a; }\n"
        "fn f(x: f32[3]) -> f32[3] { return twice(twice(x)); }"
    )
    text = stablehlo_text(function(module, "f"), entry="main")
    assert "func.func private @twice(" in text and "func.func public @main(" in text
    assert text.count("call @twice(") == 2


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("fn f(x: f32[n]) -> f32[n] { return x; }", "`n` of tensor<{n}xf32> is not known"),
        ("fn f(n: i32) -> i32 { while n > 9 { n = n - 9; } return n; }", "@f has control flow"),
    ],
)
def test_what_has_no_form_is_one_line(source, says) -> None:
    with pytest.raises(EmitError) as caught:
        stablehlo_text(function(build(source), "f"))
    assert says in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.location is not None


def test_a_sum_starts_where_the_program_says() -> None:
    """Not from 0, which XLA may add as often as it likes."""
    from tern.ir import parse

    text = """func.func @f(%a: tensor<3xf32>) -> tensor<f32> {
      %c = arith.constant 5.0 : f32
      %0 = tensor.empty() : tensor<f32>
      %1 = linalg.fill ins(%c : f32) outs(%0 : tensor<f32>) -> tensor<f32>
      %2 = linalg.reduce { arith.addf }
        ins(%a : tensor<3xf32>) outs(%1 : tensor<f32>) dimensions = [0]
      return %2 : tensor<f32>
    }"""
    (func,) = functions(parse(text))
    written = stablehlo_text(func)
    assert "dense<0x80000000>" in written  # -0.0, which changes nothing
    assert "stablehlo.add" in written.rpartition("applies stablehlo.add")[2]


def test_the_command_line() -> None:
    command = [sys.executable, "-m", "tern", str(EXAMPLES / "softmax.tern"), "--emit", "stablehlo"]
    done = subprocess.run([*command, "--sizes", "n=2,m=3"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "func.func public @softmax(%x: tensor<2x3xf32>)" in done.stdout
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.fullmatch(
        r"\S+softmax.tern:2:1: error: `n` of tensor<\{n\}x\{m\}xf32> is .*\n", done.stderr
    )
    done = subprocess.run([*command[:-1], "ir", "--sizes", "n=2"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "tern: --sizes goes with --emit stablehlo\n")


def test_without_jax_it_is_one_line() -> None:
    code = (
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'jax' else find(name, *more)\n"
        "import sys; from tern.__main__ import main\n"
        f"command = ['--target', 'xla', {str(EXAMPLES / 'softmax.tern')!r}]\n"
        "sys.exit(main([*command, '--run', 'softmax', '[[1]]']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        "tern: --target xla: XLA needs the package jax, which is not there (pip install jax)\n"
    )


def test_jax_is_not_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys, tern, tern.targets.stablehlo, tern.frontends.stablehlo\n"
        "print([name for name in sys.modules if name.startswith('jax')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


# XLA ----------------------------------------------------------------------------------------------


@here
@pytest.mark.parametrize("name", SHAPES)
def test_xla_computes_what_the_interpreter_does(name) -> None:
    func, given = example(name), arguments(SHAPES[name])
    compiled = compile_xla(func)
    found, expected = compiled(*given), run(func.parent_op, name, *given)
    assert found.dtype == expected.dtype
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-6)


@here
@pytest.mark.parametrize("name", ["layer_norm", "gelu", "attention"])
def test_the_specifications_own_interpreter_agrees(name) -> None:
    """A third opinion: neither tern's text nor XLA decides what StableHLO means."""
    func, given = example(name), arguments(SHAPES[name])
    text = stablehlo_text(specialize(func, given), entry="main")
    (found,) = interpreted(text, [np.asarray(each, "f4") for each in given])
    assert np.allclose(found, compile_xla(func)(*given), rtol=1e-5, atol=1e-6)


@here
@pytest.mark.parametrize("name", ["bool", "uint8", "uint32", "uint64", "float16", "bfloat16"])
def test_the_specifications_interpreter_takes_every_type(name) -> None:
    short = {"bool": "i1", "bfloat16": "bf16"}.get(name, name.replace("uint", "ui"))
    type = f"tensor<2x{short.replace('float', 'f')}>"
    text = f"func.func @main(%a: {type}) -> {type} {{\n return %a : {type}\n}}"
    given = np.array([0, 1], dtype_named(name))
    (found,) = interpreted(text, [given])
    assert found.dtype == given.dtype and found.tolist() == given.tolist()


@here
def test_other_sizes_are_another_program() -> None:
    compiled = compile_xla(example("softmax"))
    for shape in [(2, 3), (3, 2), (2, 3)]:
        assert np.allclose(compiled(*arguments([shape])).sum(1), 1)
    assert len(compiled._made) == 2


@here
def test_arguments_are_checked_before() -> None:
    compiled = compile_xla(example("dense"))
    with pytest.raises(TypeError, match="takes 3 arguments, not 1"):
        compiled(*arguments([(4, 6)]))
    with pytest.raises(ValueError):
        compiled(*arguments([(4, 6), (5, 6), (5,)]))


@here
def test_after_a_crash_there_is_a_new_process_and_the_function_goes_on() -> None:
    compiled, given = compile_xla(example("gelu")), arguments([(2, 3)])
    before = compiled(*given)
    assert PROCESS._process is not None
    os.kill(PROCESS._process.popen.pid, signal.SIGABRT)
    PROCESS._process.popen.wait()
    assert np.array_equal(compiled(*given), before)


@here
def test_what_the_verifier_says_is_one_line_with_a_place() -> None:
    text = (
        "module {\n  func.func @main(%a: tensor<3xf32>) -> tensor<4xf32> {\n"
        "    return %a : tensor<3xf32>\n  }\n}"
    )
    with pytest.raises(
        XlaError, match=r"^loc\(3:5\): type of return operand 0 \('tensor<3xf32>'\)"
    ):
        verified(text)
    with pytest.raises(XlaError):
        verified("module { stablehlo.nothing }")


@here
def test_hlo_after_its_passes_has_a_fusion() -> None:
    text = stablehlo_text(specialize(example("gelu"), [(64, 64)]), entry="main")
    assert "fusion(" in optimized_hlo(text)


@here
@pytest.mark.parametrize("name", ["softmax", "gelu"])
def test_a_portable_artifact_of_an_old_version_is_the_same_program(name) -> None:
    given = arguments(SHAPES[name])
    text = stablehlo_text(specialize(example(name), given), entry="main")
    oldest, current = versions()
    assert tuple(map(int, oldest.split("."))) < (1, 0, 0) < tuple(map(int, current.split(".")))
    old = portable(text, "1.0.0")
    assert b"StableHLO_v1.0.0" in old and b"StableHLO_v1.0.0" not in portable(text)
    again = from_portable(old)
    assert np.allclose(interpreted(again, given)[0], interpreted(text, given)[0], atol=1e-6)
    with pytest.raises(XlaError, match=r"^no artifact of version 99\.0\.0: "):
        portable(text, "99.0.0")
    with pytest.raises(XlaError, match="^this is no portable artifact: "):
        from_portable(b"no artifact")


@here
@pytest.mark.parametrize("sample", PROGRAMS, ids=lambda sample: sample.name)
def test_in_and_out_again(sample) -> None:
    """From JAX to tern, and from there through XLA."""
    func = function(import_stablehlo(sample.text()), "main")
    given = sample.arguments(5)
    expected = sample.computes(*[each.astype("f8") for each in given])
    assert np.allclose(compile_xla(func)(*given), expected, rtol=1e-5, atol=2e-5)


@here
@pytest.mark.parametrize("name", ["minilm", "resnet18"])
def test_jaxlib_verifies_whole_networks(name) -> None:
    source = (EXAMPLES / f"{name}.tern").read_text()
    command = [sys.executable, "-m", "tern", str(EXAMPLES / f"{name}.tern"), "--emit", "stablehlo"]
    done = subprocess.run(
        [*command, "--sizes", "b=1,s=16,vocabulary=100,n=1,classes=10"],
        capture_output=True,
        text=True,
    )
    last = re.findall(r"^fn (\w+)", source, re.MULTILINE)[-1]
    assert f"func.func public @{last}(" in done.stdout, done.stderr
    assert len(verified(done.stdout)) > 10_000


# round trips --------------------------------------------------------------------------------------


def results_of(found: Any) -> list[np.ndarray]:
    return [np.asarray(each) for each in (found if isinstance(found, tuple) else (found,))]


def backwards(text: str, program: Program) -> list[np.ndarray]:
    """What StableHLO's text computes after it has become tern's IR again."""
    back = import_stablehlo(text)
    types = functions(back)[0].attributes["function_type"].inputs
    given = [np.asarray(x, dtype_of(t.element)) for x, t in zip(program.arguments, types)]
    return results_of(run(back, "main", *given))


@here
@given(data=st.data())
@settings(max_examples=tries(25, long=500), deadline=None)
def test_random_programs_go_through_xla_and_come_back(data) -> None:
    program = data.draw(tensor_programs(data.draw(st.sampled_from(ELEMENTS))))
    compiled = compile_xla(functions(program.module)[0])
    with np.errstate(all="ignore"):
        expected = results_of(run(program.module, "f", *program.arguments))
        try:
            text = compiled.text(*program.arguments)
        except TernError as error:
            assert "linalg.generic" in str(error) or "single bits" in str(error)
            return
        for generic in (False, True):
            found = backwards(verified(text, generic), program)
            assert all(close(*pair) for pair in zip(found, expected, strict=True))
        found = results_of(compiled(*program.arguments))
    for actual, wanted in zip(found, expected, strict=True):
        assert actual.dtype == wanted.dtype and close(actual, wanted)


def test_the_interface_knows_it() -> None:
    assert target("stablehlo").why_not(example("softmax")) is not None
    assert target("stablehlo").why_not(specialize(example("softmax"), [(2, 3)])) is None
