"""What the lesson on C++ shows: programs that run, memory that is read, and what isn't there."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import pytest

from tern.errors import UsageError
from tern.targets.cpp.build import COMPILERS, CompilerError
from tern.workshop.cpp import figures, measured, programs, shown
from tern.workshop.cpp.layouts import fields_figure
from tern.workshop.cpp.trace import SMALL_VEC, instrumented, read

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, COMPILERS)), reason="there is no C++ compiler here"
)


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")


# --- programs -------------------------------------------------------------------------------------


@needs_compiler
def test_a_program_prints_and_finds_the_headers() -> None:
    text = '#include "casting.hpp"\n#include <cstdio>\nint main() { std::printf("%d", 6 * 7); }'
    assert programs.run(text) == "42"


@needs_compiler
def test_a_refused_text_is_one_line() -> None:
    with pytest.raises(CompilerError, match=r"^line 2: "):
        programs.run("int main() {\n  return missing;\n}")


@needs_compiler
def test_a_bad_ending_is_told() -> None:
    with pytest.raises(programs.ProgramError, match="ended with 3"):
        programs.run("int main() { return 3; }")


REPORTS = {
    "ERROR: AddressSanitizer: attempting double-free on 0x602\n"
    "    #0 0x7f in operator delete\n    #1 0x55 in main /tmp/x/program.cpp:2\n": (
        "AddressSanitizer: double-free\n  line 2: delete p;"
    ),
    "program.cpp:1:3: runtime error: shift exponent 32 is too large\n": (
        "runtime error: shift exponent 32 is too large\n  line 1: int main() {"
    ),
    "Segmentation fault": "",
}


@pytest.mark.parametrize("report", REPORTS)
def test_a_sanitizers_report_is_cut_to_its_point(report: str) -> None:
    assert programs.in_short(report, "int main() {\n  delete p;\n}") == REPORTS[report]


@needs_compiler
@pytest.mark.parametrize("command", filter(shutil.which, ("g++", "clang++")))
def test_machine_code_has_the_named_functions_alone(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", command)
    text = "int one(int x) { return x + 1; }\nint two(int x) { return x * 3; }"
    listing = programs.assembly(text, "two")
    assert listing.startswith("two:\n") and "one" not in listing and "ret" in listing
    with pytest.raises(UsageError, match="no function three"):
        programs.assembly(text, "three")


def test_the_magic_tells_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    programs.cpp_program("--fast", "int main() {}")
    assert capsys.readouterr().out == f"{programs.USAGE}\n"


# --- memory, read ---------------------------------------------------------------------------------


@needs_compiler
def test_what_is_drawn_is_what_memory_holds() -> None:
    numbers = [random.randrange(-1000, 1000) for _ in range(random.randrange(1, 9))]
    body = "SmallVec<int, 2> v;\n" + "\n".join(f"v.push_back({n});" for n in numbers)
    output = programs.run(instrumented(body, {"v": SMALL_VEC}, "small_vec.hpp", ""))
    states = read(output)
    assert [state.line for state in states] == list(range(1, len(numbers) + 3))
    last = states[-2]
    start, data = last.objects["v"]
    assert int.from_bytes(data[8:12], "little") == len(numbers)
    where = int.from_bytes(data[:8], "little")
    if len(numbers) <= 2:
        assert not last.blocks and start <= where < start + len(data)
        held = data[16:]
    else:
        (block,) = last.blocks.values()  # the smaller ones are freed
        assert where == block[0]
        held = block[1]
    words = [int.from_bytes(held[4 * i : 4 * i + 4], "little", signed=True) for i in range(9)]
    assert words[: len(numbers)] == numbers
    ended = states[-1]
    assert not ended.objects and not ended.blocks


@needs_compiler
def test_the_three_figures_of_memory() -> None:
    heap = figures.lifetimes()
    assert "after line 4: Allocates 16 bytes (#0)." in heap.text
    assert "after line 6: Allocates nothing, frees nothing." in heap.text
    assert heap.html.count("leaked") >= 1 and ", freed" in heap.html
    for figure, notes in (
        (figures.ring(), figures.RING_NOTES),
        (figures.chain(), figures.CHAIN_NOTES),
    ):
        assert figure.text.splitlines() == [f"after line {n}: {note}" for n, note in notes.items()]
        assert 'class="pointer"' in figure.html


@needs_compiler
def test_an_address_of_nothing_is_no_arrow() -> None:
    text = "SmallVec<int, 2> v;"
    output = programs.run(instrumented(text, {"v": SMALL_VEC}, "small_vec.hpp", ""))
    assert "\nline 1\n" in output and not output.startswith("new")


# --- the rest -------------------------------------------------------------------------------------


@needs_compiler
def test_the_known_layouts_are_the_compilers() -> None:
    assert figures.structs() == figures._KNOWN
    assert "24 bytes" in fields_figure(figures.structs()).text


def test_growth_moves_what_it_says() -> None:
    by_one, twice = figures.growth(16).text.splitlines()
    assert by_one.startswith(f"room for one more: moved from the block before: {sum(range(16))},")
    assert twice == (
        f"twice the room: moved from the block before: {1 + 2 + 4 + 8}, pushed: 16, room: 0"
    )


@needs_compiler
def test_sanitizers_see_half_of_the_mistakes() -> None:
    reports = measured.mistakes()
    assert list(reports) == list(measured.MISTAKES)
    told = [bool(report) for report in reports.values()]
    assert told == [bool(report) for report in measured.SEEN], reports


def test_most_operations_have_few_operands() -> None:
    counts = measured.operand_counts()
    few = sum(n for operands, n in counts.items() if operands <= 2)
    assert few > 0.8 * sum(counts.values()) > 500


def test_a_piece_of_a_header_is_its_text() -> None:
    text = shown.piece("ir.hpp", "struct Region {", "// The operation whose result").text
    assert text.startswith("struct Region {\n") and text.rstrip().endswith("};")
    with pytest.raises(UsageError, match="no line that begins with 'struct Nothing'"):
        shown.piece("ir.hpp", "struct Nothing")


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_there_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    for figure in (figures.lifetimes, figures.ring, figures.chain, figures.operation):
        assert figure().text.startswith("not compiled here: ")
    assert figures.machine_code("int f();", "f").text.startswith("not compiled here: ")
    assert figures.structs() == figures._KNOWN
    assert list(measured.mistakes().values()) == list(measured.SEEN) and measured.visits((1,)) == []
    assert measured.speedups(1) == measured.RECORDED
    assert "recorded" in measured.llvm().text or shown.llvm_headers()
    programs.cpp_program("", "int main() {}")
    assert capsys.readouterr().out.count("no C++ compiler") == 4


LINES = {  # of LLVM 22.1.8, as the lesson cites them
    "llvm/ADT/SmallVector.h": {407: "growAndEmplaceBack", 1146: "kPreferredSmallVectorSizeof = 64"},
    "llvm/Support/Allocator.h": {
        175: "__asan_unpoison_memory_region",
        333: "computeSlabSize",
        390: "class SpecificBumpPtrAllocator",
    },
    "llvm/Support/Casting.h": {476: "struct CastInfo"},
    "llvm/IR/Use.h": {82: "Val = nullptr", 105: "}"},
    "mlir/IR/OpDefinition.h": {382: "static_cast<ConcreteType *>"},
}


def test_the_cited_lines_are_llvms() -> None:
    include = Path("/usr/lib/llvm-22/include")
    config = include / "llvm" / "Config" / "llvm-config.h"
    if not config.is_file() or '"22.1.8"' not in config.read_text(encoding="utf-8"):
        pytest.skip("LLVM 22.1.8's headers are not here")
    for header, cited in LINES.items():
        if header.startswith("mlir/") and not (include / "mlir").is_dir():
            continue  # MLIR's are a package of their own
        lines = (include / header).read_text(encoding="utf-8").splitlines()
        assert all(re.search(re.escape(text), lines[n - 1]) for n, text in cited.items()), header
