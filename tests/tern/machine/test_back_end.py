"""What the back end writes computes what the interpreter says: natively, and in the simulator."""

import importlib.util
import math
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import tern
from tern.build import build
from tern.ir import (
    Builder,
    EvaluationError,
    Operation,
    functions,
    interpret,
    new_function,
    run,
)
from tern.ir.samples import random_function
from tern.machine import Machine, compile_functions
from tern.machine.aarch64 import AARCH64
from tern.machine.simulate import Simulator
from tern.machine.x86_64 import X86_64
from tern.targets.errors import EmitError
from tern.targets.interface import target
from tern.text import Source
from tern.types import f32, f64, i1, i32, i64, index
from tests.tern.random_programs import correct_program
from tests.turns import tries

MACHINES = [X86_64, AARCH64]
NATIVE = importlib.util.find_spec("llvmlite") is not None
EXAMPLES = Path(tern.__file__).parent / "examples"
LIMITS = [None, 3, 6, 1, 2]  # how many registers of each class there are


def same(a: Any, b: Any) -> bool:
    """Equal to the bit, but for which NaN it is."""
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, float) and isinstance(b, float):
        return (a != a and b != b) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    return type(a) is type(b) and a == b


def outcome(call: Any, *args: Any) -> Any:
    """What a call gives, as a tuple; or the first words of its error."""
    try:
        result = call(*args)
    except EvaluationError as error:
        words = str(error)
        for kind in ("does not fit", "shift", "by zero", "too deeply"):
            if kind in words:
                return kind
        return words
    return tuple(result) if isinstance(result, (tuple, list)) else (result,)


def ways(funcs: list[Operation], limit: int | None = None) -> Iterator[tuple[str, Any]]:
    """The ways to run functions: the simulator of each machine, and this machine."""
    for machine in MACHINES:
        yield machine.name, Simulator(compile_functions(funcs, machine, limit)).call
    if NATIVE:
        from tern.machine.load import load

        yield "native", load(*funcs, limit=limit).call


def arguments(func: Operation, rng: random.Random) -> list[Any]:
    integers = [rng.randint(-(2**31), 2**31 - 1), rng.randint(-5, 5)]
    floats = [0.0, -0.0, 1.0, rng.uniform(-100, 100)]
    types = [arg.type for arg in func.body.blocks[0].args]
    return [rng.choice(integers if type == i32 else floats) for type in types]


def test_random_functions() -> None:
    for seed in range(tries(60, long=2_000)):
        rng = random.Random(seed)
        func = random_function(seed, 5 + seed % 120, slots=seed % 7 == 0)
        args = arguments(func, rng)
        expected = outcome(interpret, func, args)
        for way, call in ways([func], LIMITS[seed % len(LIMITS)]):
            actual = outcome(call, "sample", *args)
            assert same(expected, actual), (seed, way, expected, actual)


def test_random_programs() -> None:
    """In tern's own language, with calls, loops, and divisions that may fail."""
    compiled = 0
    for seed in range(tries(40, long=400)):
        module = build(correct_program(seed))
        rng = random.Random(seed)
        for func in functions(module):
            kinds = func.attributes["function_type"]
            name = func.attributes["sym_name"]
            args = [
                rng.random() < 0.5 if type == i1
                else rng.uniform(-9, 9) if type in (f32, f64) else rng.randint(-9, 9)
                for type in kinds.inputs
            ]  # fmt: skip
            try:
                found = list(ways([func]))
            except EmitError:
                continue
            compiled += 1
            limited = partial(run, max_steps=200_000)
            expected = outcome(limited, module, name, *args)
            if expected == "the function takes too many steps":
                continue
            for way, call in found:
                actual = outcome(call, name, *args)
                assert same(expected, actual), (seed, name, way, args, expected, actual)
    assert compiled > 20


@pytest.mark.parametrize(
    ("file", "name", "calls"),
    [
        ("collatz", "longest", [(1,), (60,)]),
        ("collatz", "collatz", [(27,), (2**20,)]),
        ("gcd", "gcd", [(48, -36), (0, 0), (7, 0), (-(2**31), -1)]),
        ("gcd", "coprime", [(8, 9), (8, 10)]),
        ("newton", "newton", [(2.0,), (0.0,), (-0.0,), (-1.0,), (math.nan,), (math.inf,)]),
        ("power", "power", [(1.5, 10), (0.1, 0), (3.0, 2**31 - 1)]),
        ("primes", "primes_below", [(60,)]),
        ("primes", "divides", [(0, 5), (5, 0), (3, 9)]),
    ],
)
def test_examples(file, name, calls) -> None:
    module = build((EXAMPLES / f"{file}.tern").read_text())
    for way, call in ways(functions(module)):
        for args in calls:
            expected = outcome(run, module, name, *args)
            assert same(expected, outcome(call, name, *args)), (way, args)


def test_every_scalar_example_is_compiled() -> None:
    """Those with tensors are refused, and nothing else is."""
    for path in sorted(EXAMPLES.glob("*.tern")):
        for machine in MACHINES:
            funcs = functions(build(path.read_text()))
            emitted = target("asm", machine=machine.name).emit(funcs)
            for error in emitted.refused:
                assert "tensor" in str(error), (path.name, error)
            scalar = [f.attributes["sym_name"] for f in funcs if "tensor" not in str(f)]
            assert [name for name in scalar if f"tern_{name}:" not in emitted.text] == []


# every operation ------------------------------------------------------------------------------

# Every third is tried as a constant, too.
INTEGERS = {
    i1: [False, True],
    i32: [0, 1, 31, 8, -1, 32, -(2**31), 7, 2**31 - 1, -1],
    i64: [0, 1, 63, 8, -1, 64, -(2**63), 7, 2**31, 2**32 + 5, 2**63 - 1, -8],
}
INTEGERS[index] = INTEGERS[i64]
FLOATS = [0.0, -0.0, 1.0, -1.5, 2.5, math.inf, -math.inf, math.nan, 2.0**31, -(2.0**31), 2.0**63,
          -(2.0**63), 2.0**31 - 1, -(2.0**31) - 1, 2.0**-140, 3e38, 1e300]  # fmt: skip
BINARY = "addi subi muli divsi divui remsi remui andi ori xori shli shrsi shrui".split()
BINARY += "maxsi minsi maxui minui".split()
FLOAT_BINARY = "addf subf mulf divf maximumf minimumf".split()


def numbers(type: Any) -> list[Any]:
    if type == f32:
        return [x for x in FLOATS if not math.isfinite(x) or abs(x) < 1e39]
    return FLOATS if type == f64 else INTEGERS[type]


def of_two(name: str, type: Any, constant: Any = None) -> Operation:
    """A function of one operation; its second operand may be a constant."""
    func = new_function("f", [type, type] if constant is None else [type], [type])
    block = func.body.blocks[0]
    b = Builder(block)
    second = block.args[1] if constant is None else b.constant(constant, type)
    b.ret([b.binary(f"arith.{name}", block.args[0], second)])
    return func


def agree(
    func: Operation, calls: list[tuple[Any, ...]], limits: tuple[int | None, ...] = (None, 1)
) -> None:
    for limit in limits:
        try:
            found = list(ways([func], limit))
        except EmitError:
            assert any(arg.type == i1 for arg in func.body.blocks[0].args) or "i1" in str(func)
            return
        for way, call in found:
            for args in calls:
                expected = outcome(interpret, func, args)
                actual = outcome(call, "f", *args)
                assert same(expected, actual), (str(func), way, limit, args, expected, actual)


@pytest.mark.parametrize("type", [i1, i32, i64], ids=str)
@pytest.mark.parametrize("name", BINARY)
def test_integers(name, type) -> None:
    agree(of_two(name, type), [(a, b) for a in numbers(type) for b in numbers(type)])
    for constant in numbers(type)[:: 1 if type == i1 else 3]:
        agree(of_two(name, type, constant), [(a,) for a in numbers(type)], limits=(None,))


@pytest.mark.parametrize("type", [f32, f64], ids=str)
@pytest.mark.parametrize("name", FLOAT_BINARY)
def test_floats(name, type) -> None:
    agree(of_two(name, type), [(a, b) for a in numbers(type) for b in numbers(type)])


@pytest.mark.parametrize("type", [i1, i32, i64, f32, f64], ids=str)
def test_comparisons(type) -> None:
    from tern.ir.dialects.arith.comparisons import FLOAT_PREDICATES, INTEGER_PREDICATES

    some = numbers(type)[:10] if type in (f32, f64) else numbers(type)  # zeros, infinities, NaN
    pairs = [(a, b) for a in some for b in some]
    limits = (None,)
    for predicate in FLOAT_PREDICATES if type in (f32, f64) else INTEGER_PREDICATES:
        kept = new_function("f", [type, type], [i1])
        b = Builder(kept.body.blocks[0])
        b.ret([b.compare(predicate, *kept.body.blocks[0].args)])
        agree(kept, pairs, limits)
        chosen = new_function("f", [type, type], [type])  # and in a select, and in a branch
        b = Builder(chosen.body.blocks[0])
        x, y = chosen.body.blocks[0].args
        then, otherwise = chosen.body.add_block(), chosen.body.add_block()
        b.cond_br(b.compare(predicate, x, y), then, (), otherwise)
        b = Builder(then)
        b.ret([b.select(b.compare(predicate, y, x), x, y)])
        Builder(otherwise).ret([y])
        agree(chosen, pairs, limits)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("sitofp", i1, f32), ("sitofp", i32, f32), ("sitofp", i32, f64), ("sitofp", i64, f32),
        ("sitofp", i64, f64), ("uitofp", i1, f64), ("uitofp", i32, f32), ("fptosi", f32, i32),
        ("fptosi", f32, i64), ("fptosi", f64, i32), ("fptosi", f64, i64), ("extsi", i1, i32),
        ("extsi", i1, i64), ("extsi", i32, i64), ("extui", i1, i32), ("extui", i1, i64),
        ("extui", i32, i64), ("trunci", i64, i32), ("trunci", i32, i1), ("trunci", i64, i1),
        ("index_cast", i32, index), ("index_cast", index, i32), ("index_cast", i64, index),
        ("index_castui", i32, index), ("extf", f32, f64), ("truncf", f64, f32),
        ("bitcast", f32, i32), ("bitcast", i32, f32), ("bitcast", f64, i64), ("bitcast", i64, f64),
    ],
)  # fmt: skip
def test_conversions(name, before, after) -> None:
    func = new_function("f", [before], [after])
    b = Builder(func.body.blocks[0])
    b.ret([b.cast(f"arith.{name}", func.body.blocks[0].args[0], after)])
    values = [x for x in numbers(before) if not (name == "bitcast" and x != x)]
    agree(func, [(value,) for value in values])


@pytest.mark.parametrize("name", ["arith.negf", "math.absf", "math.sqrt", "math.absi"])
def test_of_one(name) -> None:
    for type in (i1, i32, i64) if name == "math.absi" else (f32, f64):
        func = new_function("f", [type], [type])
        b = Builder(func.body.blocks[0])
        b.ret([b.unary(name, func.body.blocks[0].args[0])])
        agree(func, [(value,) for value in numbers(type)])


# errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "args", "line", "column"),
    [
        ("fn f(a: i32, b: i32) -> i32 {\n    let c = a + 1;\n    return c / b;\n}", (1, 0), 3, 12),
        ("fn g(a: i32) -> i32 { return 7 % a; }\nfn f(a: i32) -> i32 {\n return g(a) + 1; }",
         (0,), 1, 30),
        ("fn f(a: f32) -> i32 {\n    return i32(a);\n}", (1e20,), 2, 12),
    ],
)  # fmt: skip
def test_errors_know_their_place(text, args, line, column) -> None:
    source = Source(text, "program")
    for way, call in ways(functions(build(source))):
        with pytest.raises(EvaluationError) as caught:
            call("f", *args)
        assert source.position(caught.value.location.start) == (line, column), way


def test_calls_nested_too_deeply() -> None:
    module = build("fn f(n: i32) -> i32 { return f(n + 1) + 1; }")
    for way, call in ways(functions(module)):
        assert outcome(call, "f", 0) == "too deeply", way
        assert outcome(call, "f", 0) == "too deeply", way  # the stack was given back


def test_dead_operations_still_fail() -> None:
    """What the interpreter fails at fails here, even if nobody uses the result."""
    func = of_two("divsi", i32)
    func.body.blocks[0].terminator.operands[0] = func.body.blocks[0].args[0]
    agree(func, [(1, 0), (1, 1)])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fn f(x: f32) -> f32 { return exp(x); }", "math.exp has no form"),
        ("fn f(x: f32[n]) -> f32[n] { return x; }", "does not fit a register"),
        ("fn f(x: f64) -> f64 { return floor(x); }", "math.floor has no form"),
    ],
)
def test_refused_in_one_located_line(text, says) -> None:

    for machine in MACHINES:
        emitted = target("asm", machine=machine.name).emit(functions(build(text)))
        (error,) = emitted.refused
        assert re.search(says, str(error)) and "\n" not in str(error)
        assert error.location is not None and emitted.text == ""


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_too_many_arguments_are_refused(machine: Machine) -> None:
    count = len(machine.registers["general"].arguments) + 1
    func = new_function("f", [i32] * count, [i32])
    Builder(func.body.blocks[0]).ret([func.body.blocks[0].args[0]])
    with pytest.raises(EmitError, match=f"{count} arguments"):
        compile_functions([func], machine)


# the text -------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("llvm-mc") is None, reason="llvm-mc is not installed")
def test_another_assembler_takes_the_text_for_aarch64() -> None:
    """llvmlite assembles for the machine it runs on only."""
    texts = [compile_functions([random_function(s, 80, False)], AARCH64, LIMITS[s % 5]).text
             for s in range(5)]  # fmt: skip
    for text in texts:
        command = ["llvm-mc", "-triple=aarch64-linux-gnu", "-filetype=obj", "-o", "/dev/null"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[:500]


def test_aarch64_under_an_emulator() -> None:
    """The machine code itself, where somebody has installed an emulator and an assembler."""
    pytest.importorskip("unicorn")
    if shutil.which("llvm-mc") is None:
        pytest.skip("llvm-mc is not installed")
    from tests.tern.machine.emulated import call

    for seed in range(tries(20, long=200)):
        func = random_function(seed, 5 + seed % 80, slots=False)
        args = arguments(func, random.Random(seed))
        program = compile_functions([func], AARCH64, LIMITS[seed % len(LIMITS)])
        assert same(outcome(interpret, func, args), outcome(call, program, "sample", *args)), seed


def test_every_pattern_is_known_to_its_simulator() -> None:
    """What no test program reaches still decodes."""
    from tern.machine.simulate import _DECODERS, _operands

    for machine in MACHINES:
        decode = _DECODERS[machine.name]
        general = machine.registers["general"].allocatable[0]
        for pattern in machine.patterns:
            mnemonics = {line.split()[0] for line in pattern.text.splitlines() if ":" not in line}
            for mnemonic in mnemonics:
                if "{" not in mnemonic:
                    try:
                        decode(mnemonic, _operands(f"{general}, {general}, {general}, eq"), {})
                    except KeyError as error:
                        assert mnemonic not in str(error), (machine.name, mnemonic)
                    except (ValueError, AttributeError, TypeError):
                        pass  # other operands, but an instruction that is known


# the command line -----------------------------------------------------------------------------


def command(capsys, *arguments: str) -> tuple[int, str, str]:
    from tern.__main__ import main

    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_command_line_prints_assembly(capsys) -> None:
    gcd = str(EXAMPLES / "gcd.tern")
    status, out, _ = command(capsys, gcd, "--emit", "asm", "--machine", "aarch64")
    assert status == 0 and "msub" in out and out.startswith("tern_gcd:")
    status, out, _ = command(capsys, gcd, "--emit", "asm", "--machine", "x86_64")
    assert status == 0 and "idiv" in out
    status, _, error = command(capsys, gcd, "--emit", "ir", "--machine", "x86_64")
    assert status == 2 and "--machine goes with --emit asm" in error
    softmax = str(EXAMPLES / "softmax.tern")
    status, out, error = command(capsys, softmax, "--emit", "asm", "--machine", "x86_64")
    assert status == 1 and not out and "does not fit a register" in error


@pytest.mark.skipif(not NATIVE, reason="llvmlite is not installed")
def test_the_command_line_runs_machine_code(capsys, monkeypatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)  # Ctrl-C would end the tests
    gcd = str(EXAMPLES / "gcd.tern")
    assert command(capsys, gcd, "--target", "machine", "--run", "gcd", "48", "-36")[:2] == (
        0,
        "12\n",
    )
    status, _, error = command(
        capsys, gcd, "--target", "machine", "--run", "gcd", str(-(2**31)), "-1"
    )
    assert status == 1 and re.search(r"gcd\.tern:4:20: error: .* does not fit an i32", error)
