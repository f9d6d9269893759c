"""Runs opt with a plugin, confined, and says what became of it.

What comes back is text of a process that ran a reader's code: it is parsed, compared, and given to
a second opt, without the plugin, that verifies it. Nothing is believed of it.
"""

from __future__ import annotations

import re
import resource
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from autograder.check.cpp import reports
from autograder.check.cpp.plugin import crashes
from autograder.check.cpp.plugin.build import PLUGIN, Plugin, pass_name, readable_name
from autograder.check.cpp.program import hidden
from autograder.check.failures import fail
from autograder.report.results import Detail
from autograder.worker.system_programs import Expired, read, run_sandboxed

SECONDS = 20.0  # wall-clock limit of one run, unless a check says otherwise
MEMORY = 1 << 30  # bytes of address space beside what opt maps to begin with
MAX_IR = 1 << 22  # bytes of a module that comes back
IN, OUT = "in.ll", "out.ll"
# After the pass, what it says is preserved is compared with what is computed anew.
PIPELINE = "function(require<domtree>,require<loops>,tern,verify,tern-preserved)"
UNTOLD = "without invalidating analyses"  # of a function that was changed: LLVM's own words


@dataclass(frozen=True)
class Ran:
    """What a run of opt has left: what the pass printed, the module as it is now, CPU seconds."""

    printed: str
    module: str
    seconds: float


def run(plugin: Plugin, module: str, seconds: float = SECONDS, transforms: bool = True) -> Ran:
    """Run the plugin's pass over every function of a module of LLVM IR.

    CheckFailed with one line if the process crashes, ends early, takes too long, or if what it
    leaves is not valid. The module of a pass that never `transforms` is not verified again.
    """
    Path(plugin.folder, IN).write_text(module, encoding="utf-8")
    Path(plugin.folder, OUT).unlink(missing_ok=True)
    begun = _children()
    options = ["-load-pass-plugin", f"./{PLUGIN}", f"-passes={PIPELINE}"]
    hashed = ["-verify-analysis-invalidation"] if plugin.ground.tools.version >= 17 else []
    done = _opt(plugin, [*options, *hashed], IN, seconds)
    took = _children() - begun
    if done.returncode and UNTOLD in done.stdout:
        more = _opt(plugin, options, IN, seconds)  # is there worse to tell?
        done = more if more.returncode else done
    if done.returncode:
        _fail(plugin, done.stdout, done.returncode)
    try:
        text = read(plugin.folder, OUT, MAX_IR).decode("utf-8", "replace")
    except OSError:
        fail("opt has ended without a module: something in the pass has ended it early")
    if transforms:
        _verify(plugin)
    return Ran(done.stdout, text, took)


def _children() -> float:
    """CPU seconds of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _opt(
    plugin: Plugin, options: Sequence[str], given: str, seconds: float
) -> subprocess.CompletedProcess:
    tools = plugin.ground.tools
    opaque = ["-opaque-pointers"] if tools.version < 15 else []
    out = OUT if given == IN else "/dev/null"
    command = [tools.opt, *opaque, *options, "-S", given, "-o", out]
    try:
        return run_sandboxed(command, plugin.folder, seconds, hidden=hidden(), memory=MEMORY)
    except Expired:
        name = pass_name(plugin.header)
        fail(f"{name} was still running after {seconds:g} s: has every loop of it an end?")


def _verify(plugin: Plugin) -> None:
    """CheckFailed if the module that came back is not valid: opt without the plugin says so."""
    done = _opt(plugin, ["-passes=verify"], OUT, SECONDS)
    if done.returncode:
        fail(f"it makes invalid IR: {_complaint(done.stdout)}", reports.whole(done.stdout))


def _complaint(told: str) -> str:
    """The first line with which the verifier, or the parser, complains."""
    for row in told.splitlines():
        row = row.partition("error: ")[2] or row
        if row.strip() and not row.startswith(("WARNING", "tern: ")):
            return row.strip()[: reports.LONGEST]
    return "opt does not take it"


def _fail(plugin: Plugin, told: str, code: int) -> NoReturn:
    """CheckFailed for a run that has failed: why, where in the header, and on which function."""
    header, name = plugin.header, pass_name(plugin.header)
    whole = reports.whole(told)
    function = re.search(r"tern: on @([^\n\0]*)", told)
    on: list[Detail] = [("on the function", f"@{function[1]}")] if function else []
    if found := re.search(r"^tern: stale: (.*)$", told, re.M):
        why = f"{name} says that it preserves {found[1]}, and has changed what that follows from"
        fail(f"{why}: return PreservedAnalyses::none()", [*on, *whole])
    if UNTOLD in told:
        why = f"{name} says that it preserves all analyses, and has changed the function"
        fail(f"{why}: return PreservedAnalyses::none()", [*on, *whole])
    if re.search(r"LLVM ERROR: Broken (?:module|function) found", told):
        fail(f"it makes invalid IR: {_complaint(told)}", [*on, *whole])
    if found := re.search(r"undefined symbol: (\S+)", told):
        why = f"{readable_name(found[1])} is declared and used, but has no body in {header.file}"
        fail(why, whole)
    why = _why(told, code)
    if (line := crashes.line_of(plugin, told)) is not None:
        frame = header.frame(line)
        fail(f"line {frame[1]}: {why}", [*on, *whole], [frame])
    fail(f"{name}: {why}", [*on, *whole])


def _why(told: str, code: int) -> str:
    """What ended opt, as far as its last words say it."""
    if re.search("out of memory|bad_alloc|Allocation failed", told):
        return "it asks for memory without end"
    if found := re.search(r"Assertion [`'](.*?)' failed", told, re.S):
        return f"an assertion of LLVM's failed: {found[1]}"
    if found := re.search(r"^(?:\S*opt\S*: )?LLVM ERROR: (.*)$", told, re.M):
        return f"LLVM stopped: {found[1]}"
    if found := re.search(r"^([^\n]*)\nUNREACHABLE executed", told, re.M):
        return f"what was called unreachable is reached: {found[1]}"
    if code in (-signal.SIGSEGV, -signal.SIGBUS):
        return "a null or wild pointer is followed, or recursion has no end"
    if code == -signal.SIGXCPU:
        return "it used up its CPU time"
    if code < 0:
        return f"opt was ended by {signal.Signals(-code).name}"
    return f"opt ended with exit code {code}"
