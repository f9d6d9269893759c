"""Plugins that crash, hang, lie, or reach for what is not theirs: each is told in one line."""

from __future__ import annotations

import re

import pytest

from autograder.check.cpp.plugin import build, kept_llvm, opt
from autograder.check.failures import CheckFailed
from autograder.course.cpp_cell import Header
from tern.workshop.llvm import programs, toolchain
from tests.autograder.check.cpp.passes import needs_llvm, reporting

pytestmark = needs_llvm
MODULE = """
define i32 @first(i32 %n, i32 %k) {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %next = add i32 %i, 1
  %more = icmp ult i32 %next, %n
  br i1 %more, label %loop, label %out
out:
  ret i32 %i
}
"""
DECLARED = "namespace llvm { struct InstCombinePass { InstCombinePass(); PreservedAnalyses run("
DECLARED += "Function &, FunctionAnalysisManager &); char room[200]; }; }"
UNBRANCH = """for (auto &B : llvm::make_range(F.begin(), std::prev(F.end())))
      if (auto *Br = llvm::cast<llvm::BranchInst>(B.getTerminator()); Br->isConditional()) {
        Br->getSuccessor(0)->removePredecessor(&B);
        llvm::IRBuilder<>(Br).CreateBr(Br->getSuccessor(1));
        Br->eraseFromParent();
      }"""

# Refused before anything of it runs.
REFUSED = {
    "a static object": (
        reporting(before="struct S { S(); int v; }; inline S::S() { v = 1; } static S s;"),
        "loop_report.hpp runs code before main",
    ),
    "an option, which is a static object": (
        reporting(
            before='#include "llvm/Support/CommandLine.h"\nstatic llvm::cl::opt<bool> V("v");'
        ),
        "loop_report.hpp runs code before main",
    ),
    "a constructor function": (
        reporting(before="__attribute__((constructor)) static void early() {}"),
        "line 3: the attribute constructor",
    ),
    "exit": (reporting("std::exit(0);", "#include <cstdlib>"), "it calls exit, which ends"),
    "LLVM's exit": (
        reporting(
            "llvm::sys::Process::Exit(0);",
            "namespace llvm::sys { struct Process { static void Exit(int, bool = false); }; }",
        ),
        "it uses llvm::sys::Process::Exit",
    ),
    "a file": (reporting('std::fopen("x", "r");', "#include <cstdio>"), "it calls fopen"),
    "another pass's header": (
        reporting(before='#include "llvm/Transforms/InstCombine/InstCombine.h"'),
        "line 3: it includes <InstCombine.h>: what it may include is the C++ library, and compat",
    ),
    "another pass": (
        reporting("llvm::InstCombinePass().run(F, AM);", DECLARED),
        "it uses llvm::InstCombinePass, which runs a pass of LLVM's",
    ),
    "the judge's text": (reporting(before='#include "entry.cpp"'), "line 3: 'entry.cpp' file not"),
    "the plugin's entry": (
        reporting(before='extern "C" int llvmGetPassPluginInfo() { return 0; }'),
        'line 3: extern "C" would take the name',
    ),
    "no pass": (reporting(name="Other"), "loop_report.hpp defines no struct LoopReport"),
    "no run": (
        Header(
            "loop_report",
            '#include "compat.hpp"\nstruct LoopReport : llvm::PassInfoMixin<LoopReport> {};',
        ),
        "LoopReport has no member run(Function &, FunctionAnalysisManager &)",
    ),
    "no semicolon": (reporting("int x = 3"), "line 6: expected ';'"),
    "a member that is not there": (reporting("F.nonsense();"), "line 6: no member named"),
}
# Runs, and is ended or does not last.
RUNS = {
    "a null pointer": (
        reporting("llvm::Value *V = nullptr; V->getType();"),
        "line 6: a null or wild pointer is followed",
    ),
    "a cast to another class": (
        reporting("llvm::cast<llvm::PHINode>(&F.front().back());"),
        "line 6: an assertion of LLVM's failed: isa<",
    ),
    "recursion": (reporting("run(F, AM);"), "line 5: a null or wild pointer is followed, or rec"),
    "an error that LLVM does not survive": (
        reporting('llvm::report_fatal_error("I give up");'),
        "line 6: LLVM stopped: I give up",
    ),
    "an endless loop": (
        reporting("while (true) F.getName();"),
        "LoopReport was still running after 2 s: has every loop of it an end?",
    ),
    "endless memory": (
        reporting("while (true) new llvm::SmallVector<char, 65536>;"),
        "LoopReport: it asks for memory without end",
    ),
    "a function without a body": (
        reporting("h();", "void h();"),
        "h is declared and used, but has no body in loop_report.hpp",
    ),
    "invalid IR": (
        reporting("F.front().getTerminator()->eraseFromParent();"),
        "it makes invalid IR: Basic Block in function 'first' does not have terminator!",
    ),
    "a new block, and dominators that are said to be right": (
        reporting("llvm::SplitBlock(&F.front(), F.front().getTerminator());"),
        "LoopReport says that it preserves the dominator tree",
    ),
    "a loop that is none any more": (
        reporting(UNBRANCH),
        "LoopReport says that it preserves the loops",
    ),
    "another instruction, and analyses that are said to be right": (
        reporting(
            "llvm::IRBuilder<>(F.back().getTerminator()).CreateAdd(F.getArg(0), F.getArg(1));"
        ),
        "LoopReport says that it preserves all analyses, and has changed the function",
    ),
}
SECONDS = {"an endless loop": 2.0}


@pytest.mark.rotates(4)
@pytest.mark.parametrize(("header", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(header: Header, message: str) -> None:
    assert_told(header, message, 20)


@pytest.mark.rotates(4)
@pytest.mark.parametrize("what", RUNS)
def test_what_is_ended(what: str) -> None:
    header, message = RUNS[what]
    if "preserves all" in message and kept_llvm.the_tools().version < 17:
        pytest.skip("LLVM notices that since version 17")
    failure = assert_told(header, message, SECONDS.get(what, 20))
    if message.startswith("line "):
        assert ("on the function", "@first") in failure.details
        assert failure.where[0][1] == int(message[5])


def assert_told(header: Header, message: str, seconds: float) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        plugin = build.build(header, kept_llvm.ground(kept_llvm.the_tools()))
        opt.run(plugin, MODULE, seconds)
    assert caught.value.message.startswith(message), caught.value.message
    assert "\n" not in caught.value.message
    return caught.value


@pytest.mark.rotates(4)
def test_what_is_too_long_to_be_looked_at_is_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "MAX_PREPROCESSED", 10_000)
    with pytest.raises(CheckFailed, match="^with its macros expanded it has more than 10,000 byt"):
        build.build(reporting(), kept_llvm.ground(kept_llvm.the_tools()))


def test_a_plugin_sees_nothing_but_the_system_and_cannot_write_where_headers_are_kept() -> None:
    """A header that got past all looks would not get far: the kernel refuses."""
    ground = kept_llvm.ground(kept_llvm.the_tools())
    body = f"""
    auto opens = [](const char *path, const char *mode) {{
      FILE *file = fopen(path, mode);
      if (file) fclose(file);
      return file != nullptr;
    }};
    llvm::outs() << opens("{programs.__file__}", "r") << opens("{ground.folder}/entry.o", "r")
                 << opens("{ground.folder}/new", "w") << opens("/etc/passwd", "r")
                 << opens("new", "w") << (fork() >= 0) << '\\n';"""
    header = reporting(body, "#include <cstdio>\n#include <unistd.h>")
    plugin = build.Plugin(header, ground, *_folder())
    build._compile(plugin, build._unit(header), trusted=True)
    assert opt.run(plugin, MODULE).printed.strip() == "000010"


def _folder() -> tuple:
    import tempfile

    folder = tempfile.TemporaryDirectory(prefix="cpp-")
    return folder.name, folder


@pytest.mark.rotates(4)
@pytest.mark.parametrize("tools", toolchain.all_of_them()[1:], ids=str)
def test_an_older_llvm(tools: toolchain.Toolchain) -> None:
    """The same headers, and the same lines of a report, with the oldest LLVM that is here."""
    ground = kept_llvm.ground(tools)
    for name in ("loop_report", "strength", "peephole", "count_blocks"):
        header = build.headers.of_file(kept_llvm.folder() / f"{name}.hpp")
        opt.run(build.of_the_book(header, ground), MODULE)
    header, message = RUNS["a null pointer"]
    with pytest.raises(CheckFailed, match=re.escape(message)):
        opt.run(build.build(header, ground), MODULE)
