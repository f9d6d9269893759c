"""What LLVM remarks of programs: where, by which pass, under which name, in plain words."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tern.__main__ import main
from tern.build import build
from tern.cost import AVX2
from tern.ir import Operation, function, functions
from tern.lower import lower_source
from tern.passes import optimize
from tern.passes.for_machine import for_machine
from tern.targets.llvm.debug import LineTable, located, location_of
from tern.text import Source, Span

pytest.importorskip("llvmlite")

from tern.targets.llvm import emit_llvm, llvm_text
from tern.targets.llvm.remarks import parse_remarks, program_remarks, text_remarks

SOFTMAX = """\
fn softmax(x: f32[n, m]) -> f32[n, m] {
    let e = exp(x - max(x, axis=1));
    return e / sum(e, axis=1);
}

fn axpy(a: f32, x: f32[n], y: f32[n]) -> f32[n] {
    return a * x + y;
}

fn power(x: f32, n: i32) -> f32 {
    let acc = 1.0;
    while n > 0 { if n % 2 == 1 { acc = acc * x; } x = x * x; n = n / 2; }
    return acc;
}

fn sum_to(n: i32) -> i32 { if n < 1 { return 0; } return sum_to(n - 1) + n; }
"""


def told(capsys, tmp_path: Path, text: str, *options: str) -> tuple[int, list[str], str]:
    file = tmp_path / "program.tern"
    file.write_text(text)
    status = main([str(file), *options])
    out, err = capsys.readouterr()
    return status, [line.removeprefix(f"{tmp_path}/") for line in out.splitlines()], err


def test_each_remark_is_at_its_line(capsys, tmp_path) -> None:
    status, lines, err = told(
        capsys, tmp_path, SOFTMAX, "--remarks", "--remarks-filter", "^loop-vec|tail"
    )
    assert (status, err) == (0, "")
    assert (
        "program.tern:3:16: not vectorized: a vector would add up floats in another order, which "
        "rounds otherwise [loop-vectorize, analysis: CantReorderFPOps]"
    ) in lines
    widths = r"vectorized: vectors of \d+ elements, \d+ in each iteration"
    for where in ("2:17", "2:21", "3:12", "7:12"):
        assert any(
            re.fullmatch(rf"program.tern:{where}: {widths} \[.*, passed: Vectorized\]", line)
            for line in lines
        ), where
    assert any(line.startswith("program.tern:12:5: not vectorized: each") for line in lines)
    assert "program.tern:16:58: the call of itself" in "\n".join(lines)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--remarks", "--remarks-filter", "("], 2, "--remarks-filter is no regular expression"),
        (["--remarks-filter", "inline"], 2, "--remarks-filter goes with --remarks"),
        (["--remarks", "--remarks-filter", "x", "--emit", "llvm"], 2, "without --emit"),
        (["--remarks", "--locations"], 2, "--locations goes with --emit mlir"),
    ],
)
def test_errors(capsys, tmp_path, arguments, status, message) -> None:
    code, lines, err = told(capsys, tmp_path, SOFTMAX, *arguments)
    assert (code, lines) == (status, []) and message in err


def test_at_level_3_tern_and_llvm_both_tell(capsys, tmp_path) -> None:
    text = SOFTMAX[: SOFTMAX.index("fn axpy")]
    options = ["-O3", "--vectors", "avx2", "--remarks", "--remarks-filter", "loop-vectorize"]
    status, lines, err = told(capsys, tmp_path, text, *options)
    assert status == 0 and lines
    assert "tern: remark: @softmax: loop not vectorized: arith.addf adds up in order" in err


def test_functions_without_a_form_are_told_of(capsys, tmp_path) -> None:
    text = "fn f(x: f32[n]) -> f32[n] { return x + x; }\nfn g(x: f32) -> f32 { return h(x); }\n"
    text += "fn h(x: f32) -> f32 { return x; }\nfn s(x: f32[n, m]) -> f32[n] { return x[:, 0]; }"
    status, lines, _ = told(capsys, tmp_path, text, "--remarks")
    assert status in (0, 1) and any(":1:" in line for line in lines)


def test_a_program_without_remarks(capsys, tmp_path) -> None:
    status, lines, err = told(capsys, tmp_path, "fn f(x: f32) -> f32 { return x; }", "--remarks")
    assert (status, "".join(lines), err) == (0, "", "")


# locations ------------------------------------------------------------------------------------


def test_without_a_source_the_text_has_no_locations() -> None:
    source = Source(SOFTMAX)
    func = function(build(source), "power")
    plain = emit_llvm(func)
    assert "!" not in plain
    with located(source) as table:
        text = emit_llvm(func)
    assert re.sub(r",? ?!dbg !\d+", "", text) == plain
    assert "!DISubprogram" in table.text()


def all_functions(source: Source) -> list[Operation]:
    return [function(lower_source(source, [n], optimize), n) for n in ("softmax", "axpy")]


@pytest.mark.parametrize("arranged", [False, True])
def test_locations_survive_tern(arranged: bool) -> None:
    """Every instruction but phis and notes of failures has a line of its own function."""
    source = Source(SOFTMAX)
    for func in all_functions(source):
        if arranged:
            for_machine(func.parent_op, AVX2, False)
        with located(source) as table:
            text = llvm_text(function(func.parent_op, func.attributes["sym_name"]))
        lines = [line for line in text.splitlines() if line.startswith("  ")]
        bare = [line for line in lines if "!dbg" not in line]
        assert all(" = phi " in line or " = alloca " in line for line in bare), bare
        rows = {int(row) for row in re.findall(r"!DILocation\(line: (\d+)", table.text())}
        assert rows <= ({2, 3, 1} if func.attributes["sym_name"] == "softmax" else {6, 7})
        assert {2, 3} <= rows or 7 in rows


def test_an_operation_without_a_location_has_its_neighbors() -> None:
    source = Source(SOFTMAX)
    (func,) = functions(lower_source(source, ["axpy"], optimize))
    loop = next(op for op in func.walk() if op.name == "affine.for")
    inner = loop.body.only_block.operations[0]
    expected, loop.location = inner.location, None
    assert isinstance(expected, Span) and location_of(loop) == expected
    inner.location = None
    loop.location = Span(1, 2)
    assert location_of(inner) == Span(1, 2)


def test_names_of_files_and_functions_are_quoted() -> None:
    table = LineTable(Source(SOFTMAX, 'odd "name"\\ü\n.tern'))
    (name,) = re.findall(r"!DIFile\(filename: (.*), directory", table.text())
    assert name == '"odd \\22name\\22\\5C\\C3\\BC\\0A.tern"'
    (func,) = functions(lower_source(Source(SOFTMAX), ["axpy"], optimize))
    with located(Source(SOFTMAX, 'odd "name"\\ü\n.tern')) as table:
        text = llvm_text(func)
    assert {r.file for r in text_remarks(text + table.text())} <= {"<unknown>", table.source.name}


# against opt ----------------------------------------------------------------------------------


def opt() -> str:
    if (found := shutil.which("opt-22")) is None:
        pytest.skip("not judged here: opt of LLVM 22 is not there")
    return found


def test_names_are_those_of_opt(tmp_path) -> None:
    """The table's names, kinds, and functions are what `opt --pass-remarks-output` writes."""
    source = Source(SOFTMAX, "s.tern")
    with located(source) as table:
        module = build(source)
        optimize(module)
        text = llvm_text(*all_functions(source), *map(function, [module] * 2, ["power", "sum_to"]))
    file, out = tmp_path / "s.ll", tmp_path / "out.yaml"
    file.write_text(f"{text}\n{table.text()}")
    machine = ["-mtriple=x86_64-unknown-linux-gnu", "-mcpu=haswell"]
    command = [opt(), "-O3", *machine, f"--pass-remarks-output={out}", str(file), "-o", "-"]
    subprocess.run(command, check=True, capture_output=True)
    names: dict[tuple[str, int, int], set[str]] = {}
    for entry in out.read_text().split("--- !")[1:]:
        fields = dict(re.findall(r"^(Pass|Name|DebugLoc): +(.*)$", entry, re.MULTILINE))
        where = re.search(r"Line: (\d+), Column: (\d+)", fields.get("DebugLoc", ""))
        if where:
            key = (fields["Pass"], int(where[1]), int(where[2]))
            names.setdefault(key, set()).add(fields["Name"])
    found = text_remarks(file.read_text(), cpu="haswell")
    compared = 0
    for each in found:
        of = {"loop-deletion": "loop-delete"}.get(each.of, each.of)
        if each.name and (of, each.line, each.column) in names:
            assert each.name in names[of, each.line, each.column], each
            compared += 1
    assert compared >= 15


def test_a_message_may_have_several_lines() -> None:
    printed = (
        "BISECT: running pass (7) loop-vectorize on f\n"
        "remark: a.tern:4:9: loop not vectorized: unsafe dependent memory operations in loop. Use\n"
        "Backward loop carried data dependence.\n"
        "BISECT: running pass (8) LoopUnrollPass on loop %b in function g\n"
        "remark: <unknown>:0:0: unrolled loop by a factor of 4\n"
    )
    (one, first), (two, second) = parse_remarks(printed, "analysis")
    assert (one, first.of, first.function, first.line) == (7, "loop-vectorize", "f", 4)
    assert first.name == "UnsafeDep" and "Backward" in first.message and "\n" not in first.words
    assert (two, second.of, second.function, second.line) == (8, "loop-unroll", "g", 0)
    assert str(second) == "@g: unrolled: 4 iterations at a time [loop-unroll, analysis: " + (
        "PartialUnrolled]"
    )


def test_a_text_that_is_none() -> None:
    with pytest.raises(ValueError, match="expected"):
        text_remarks("define nothing")


def test_the_level_and_the_passes_count() -> None:
    source = Source(SOFTMAX)
    funcs = all_functions(source)
    assert not [r for r in program_remarks(funcs, source, level=0) if r.name == "Vectorized"]
    assert {r.of for r in program_remarks(funcs, source, passes="^licm$")} == {"licm"}
