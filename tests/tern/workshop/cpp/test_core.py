"""The C++ core beside tern's Python: the same bytes, the same changes to the same objects."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

import tern
from tern.__main__ import main
from tern.build import build
from tern.command.middle import middle_end
from tern.errors import TernError, UsageError
from tern.ir import Operation, functions, parse, verify, write_bytecode
from tern.parts import original
from tern.passes import optimize
from tern.passes.dead_code import erase_dead_operations
from tern.passes.samples import random_graph_program, random_program
from tern.targets.cpp.build import COMPILERS
from tern.workshop.cpp import FOLDER, Core, CoreError, load_core, workload
from tern.workshop.cpp.core import numbered
from tern.workshop.cpp.layouts import CACHE_LINE, FIELDS, layout_figure, layouts
from tern.workshop.cpp.measure import STEPS, factors, pairs, python_memory
from tests.tern.ir.test_bytecode import EVERYTHING
from tests.tern.passes.test_any_graph import INTO_EACH_OTHER, OUT_OF_REACH, TWO_NAMES, TWO_NANS
from tests.tern.random_programs import EXAMPLES, correct_program
from tests.turns import tries

CASES = sorted((Path(__file__).parents[3] / "cases" / "tern").glob("*.tern"))
COUNTED = """
func.func @f(%n: i32) -> i32 {
  %0 = arith.constant 0 : i32
  %1 = arith.constant STEP : i32
  %limit = arith.constant LIMIT : i32
  cf.br ^bb1(%0 : i32)
^bb1(%i: i32):
  %t = arith.cmpi PREDICATE, %i, %limit : i32
  cf.cond_br %t, ^bb2, ^bb3
^bb2:
  %j = arith.addi %i, %1 : i32
  cf.br ^bb1(%j : i32)
^bb3:
  func.return %n : i32
}
"""
NO_COMPILER = not any(map(shutil.which, COMPILERS))


@pytest.fixture(scope="module")
def core() -> Core:
    if NO_COMPILER:
        pytest.skip("there is no C++ compiler here")
    return load_core()


def compare(core: Core, module: Operation) -> int:
    """What the passes of both do to a module has to be the same; how much that was."""
    changes = 0
    for name, ours, theirs in (
        ("gvn", original("passes.gvn"), core.gvn),
        ("dce", original("passes.dce"), core.dce),
        ("erase_dead_operations", erase_dead_operations, core.erase_dead_operations),
    ):
        expected, actual = module.clone(), module.clone()
        known = {id(op) for op in actual.walk()}
        count = ours(expected)
        assert theirs(actual) == count, f"{name} of\n{module}"
        assert write_bytecode(actual) == write_bytecode(expected), f"{name} of\n{module}"
        assert [op.location for op in actual.walk()] == [op.location for op in expected.walk()]
        assert {id(op) for op in actual.walk()} <= known, "operations are the same objects"
        hints = [value.hint for value in numbered(actual)[1]]
        assert hints == [value.hint for value in numbered(expected)[1]]
        changes += count
    return changes


# --- bytecode -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*EXAMPLES, *CASES], ids=lambda path: path.stem)
def test_programs_survive_and_passes_do_what_pythons_do(core, path) -> None:
    module = build(path.read_text())
    data = write_bytecode(module)
    assert core.round_trip(data) == data
    compare(core, module)
    optimize(module)
    compare(core, module)


def test_every_operation_of_every_dialect_survives(core) -> None:
    data = write_bytecode(parse(EVERYTHING))
    assert core.round_trip(data) == data


def test_deep_nesting_needs_no_stack(core) -> None:
    inner = Operation("test.inner")
    for _ in range(100_000):
        outer = Operation("test.outer", regions=[tern.ir.Region([tern.ir.Block()])])
        outer.body.only_block.append(inner)
        inner = outer
    data = write_bytecode(inner)
    with core.holding(data) as handle:
        assert handle.run("erase_dead") == 0
        assert handle.bytecode() == data


def test_damaged_bytes_are_refused_or_are_some_ir(core) -> None:
    whole = write_bytecode(build(EXAMPLES[0].read_text()))
    refused = 0
    for seed in range(tries(300, long=20_000)):
        rng = random.Random(seed)
        data = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.choice(b'0123456789[]{},:"x?- ')
        try:
            core.round_trip(bytes(data))
        except CoreError as error:
            assert len(str(error).splitlines()) == 1
            refused += 1
    assert refused
    for data in (b"", b"{}", whole[:-1], whole + b" "):
        with pytest.raises(CoreError):
            core.round_trip(data)


# --- passes ---------------------------------------------------------------------------------------


def test_random_programs(core) -> None:
    changes = 0
    for seed in range(tries(20, long=1_000)):
        changes += compare(core, random_program(seed, 60))
        changes += compare(core, build(correct_program(seed)))
    assert changes > 100


def test_any_graph(core) -> None:
    assert sum(compare(core, random_graph_program(s)) for s in range(tries(40, long=2_000)))
    for text in (INTO_EACH_OTHER, TWO_NAMES, TWO_NANS, OUT_OF_REACH):
        compare(core, parse(f"builtin.module {{{text}}}"))


def test_loops_that_end_and_loops_that_may_not(core) -> None:
    kinds = [
        (predicate, step, limit)
        for predicate in ("slt", "sle", "sgt", "sge", "ne", "eq", "ult")
        for step in (1, -1, 3, -3, 0, -(2**31))
        for limit in (10, 2**31 - 1, 2**31 - 3, -(2**31), 2 - 2**31)
    ]
    gone = [ends(core, *kind) for kind in random.Random(7).sample(kinds, tries(60, long=210))]
    assert 5 < sum(gone) < len(gone) - 5


def ends(core: Core, predicate: str, step: int, limit: int) -> bool:
    """Whether the loop is gone afterwards, as both agree."""
    text = COUNTED.replace("PREDICATE", predicate).replace("STEP", str(step))
    module = parse(f"builtin.module {{{text.replace('LIMIT', str(limit))}}}")
    compare(core, module)
    core.dce(module)
    return len(functions(module)[0].body.blocks) < 4


def test_dead_code_deep_in_regions(core) -> None:
    nest = """
    func.func @f(%a: f32, %n: index, %m: memref<4xf32>) {
      %0 = arith.addf %a, %a : f32
      affine.for %i = 0 to 4 {
        %1 = arith.mulf %0, %a : f32
        %2 = affine.load %m[%i] : memref<4xf32>
        %3 = arith.addf %1, %2 : f32
        affine.for %j = 0 to 4 {
          %4 = arith.mulf %3, %3 : f32
          %5 = arith.addf %4, %4 : f32
        }
      }
      return
    }
    """
    module = parse(f"builtin.module {{{nest}}}")
    copy = module.clone()
    assert core.erase_dead_operations(module) == erase_dead_operations(copy) > 0
    assert str(module) == str(copy)


def test_the_whole_compiler_with_two_passes_in_cpp(core) -> None:
    for seed in range(tries(5, long=200)):
        expected, actual = random_program(seed), random_program(seed)
        optimize(expected)
        with tern.using(core.passes()):
            optimize(actual)
        verify(actual)
        assert str(actual) == str(expected)


def test_the_workload_is_the_same_in_both_languages(core) -> None:
    module = workload.build(500)
    with core.built(500) as handle:
        assert handle.bytecode() == write_bytecode(module)
        for step in ("walk", "replace", "erase_dead"):
            assert handle.run(step) == getattr(workload, step)(module) > 0
            assert handle.bytecode() == write_bytecode(module), step


def test_what_is_measured_has_every_step(core) -> None:
    (pair,) = pairs(core, 200, 1)
    assert list(pair.python) == list(pair.cpp) == [*STEPS, "free"]
    assert all(factors([pair], step) for step in STEPS)
    memory = python_memory(500)
    assert 300 < memory.bytes < 1_500 and 5 < memory.allocations < 20


# --- a reader's headers ---------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("small_vec", "walk"):
        shutil.copy(FOLDER / f"{name}.hpp", tmp_path)
    return tmp_path


@pytest.mark.skipif(NO_COMPILER, reason="there is no C++ compiler here")
def test_the_core_is_made_of_the_readers_headers(folder) -> None:
    walk = (folder / "walk.hpp").read_text()
    assert "this->walk(root);" in walk
    (folder / "walk.hpp").write_text(walk.replace("this->walk(root);", ""))  # finds nothing dead
    core = load_core(folder, options=("-O0", "-DNDEBUG"))
    module = build("fn f(a: i32) -> i32 { let b = a + 1; return a; }")
    assert original("passes.dce")(module.clone()) > 0 and core.dce(module) == 0


@pytest.mark.skipif(NO_COMPILER, reason="there is no C++ compiler here")
def test_an_error_in_a_header_is_told_by_its_line(folder, capsys) -> None:
    text = (folder / "small_vec.hpp").read_text()
    (folder / "small_vec.hpp").write_text(text.replace("  bool empty() const {", "  bool empty( {"))
    line = text[: text.index("  bool empty() const {")].count("\n") + 1
    program = folder / "f.tern"
    program.write_text("fn f(a: i32) -> i32 { return a; }")
    assert main([str(program), "--core", f"cpp:{folder}"]) == 1
    message = capsys.readouterr().err
    assert f"small_vec.hpp:{line}:" in message and message.count("\n") == 1


def test_what_is_wrong_with_a_folder(tmp_path) -> None:
    with pytest.raises(UsageError, match="has none of the headers"):
        middle_end(1, core=f"cpp:{tmp_path}")
    (tmp_path / "walk.hpp").write_text('#pragma once\n#include "ours.hpp"\n')
    with pytest.raises(UsageError, match=r"walk.hpp:2: there is no ours.hpp"):
        load_core(tmp_path)


# --- the command ----------------------------------------------------------------------------------


def test_the_command(core, tmp_path, capsys) -> None:
    program = tmp_path / "f.tern"
    program.write_text(
        "fn f(n: i32) -> i32 { let s = 0; for i in 0..n { s = s + n * n; } return n * n + s; }"
    )
    assert main([str(program), "--statistics"]) == 0
    expected = capsys.readouterr()
    assert main([str(program), "--statistics", "--core", "cpp"]) == 0
    assert capsys.readouterr() == expected
    assert main([str(program), "--core", "cpp", "--run", "f", "3"]) == 0
    assert capsys.readouterr().out == "36\n"


def test_without_a_compiler_one_line_says_so(tmp_path, capsys, monkeypatch) -> None:
    program = tmp_path / "f.tern"
    program.write_text("fn f(a: i32) -> i32 { return a; }")
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert main([str(program), "--core", "cpp"]) == 1
    message = capsys.readouterr().err
    assert "there is no C++ compiler here" in message and message.count("\n") == 1


@pytest.mark.parametrize("more", [["--core", "rust"], ["--core", "cpp", "-O0"]])
def test_what_is_asked_for_has_to_exist(tmp_path, capsys, more) -> None:
    program = tmp_path / "f.tern"
    program.write_text("fn f(a: i32) -> i32 { return a; }")
    assert main([str(program), *more]) == 2
    assert "--core" in capsys.readouterr().err


def test_errors_are_terns() -> None:
    assert issubclass(CoreError, TernError) and CoreError.exit_code == 1


# --- layouts --------------------------------------------------------------------------------------


@pytest.mark.skipif(NO_COMPILER, reason="there is no C++ compiler here")
def test_the_compiler_says_where_members_are() -> None:
    found = layouts({"OpResult": FIELDS["OpResult"], "Operation": FIELDS["Operation"]})
    for layout in found.values():
        size = layout[""][1]
        ends = [start + width for field, (start, width) in layout.items() if field]
        assert layout["base"][0] == 0 and max(ends) <= size < max(ends) + 16
    first = sum(found["Operation"]["regions"])
    first_of_all = "in a vector, its pointer and its size come first"
    assert found["Operation"]["operands"][0] == first, first_of_all
    assert first + 16 <= CACHE_LINE, "what a walk reads"
    picture = layout_figure("OpResult", found["OpResult"])
    assert "OpResult: 40 bytes" in repr(picture) + str(picture)
