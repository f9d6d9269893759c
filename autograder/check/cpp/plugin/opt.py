"""Runs opt with a plugin, confined, and says what became of it.

What comes back is text of a process that ran a reader's code: it is parsed, compared, and given to
a second opt, without the plugin, that verifies it. Nothing is believed of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.check.cpp import reports
from autograder.check.cpp.plugin.build import PLUGIN, Plugin, pass_name
from autograder.check.cpp.program import hidden
from autograder.check.failures import fail
from autograder.report.results import Detail
from autograder.worker.system_programs import Expired, read, run_sandboxed

SECONDS = 20.0  # wall-clock limit of one run, unless a check says otherwise
MEMORY = 1 << 30  # bytes of address space beside what opt maps to begin with
MAX_IR = 1 << 22  # bytes of a module that comes back
IN, OUT = "in.ll", "out.ll"
# After the pass, what it says is preserved is compared with what is computed anew.
PIPELINE = "function(require<domtree>,require<loops>,tern,verify<domtree>,verify<loops>)"
STALE = re.compile(
    r"DominatorTree is (?:different than a freshly computed one|not up to date)!?"
    r"|DominatorTree verification failed|Domtree.*(?:differ|fail)"
    r"|CFG unexpectedly changed by pass|Loop(?:s|Info).*(?:match|differ|invalid)"
)


@dataclass(frozen=True)
class Ran:
    """What a run of opt has left: what the pass printed, and the module as it is now."""

    printed: str
    module: str


def run(plugin: Plugin, module: str, seconds: float = SECONDS, transforms: bool = True) -> Ran:
    """Run the plugin's pass over every function of a module of LLVM IR.

    CheckFailed with one line if the process crashes, ends early, takes too long, or if what it
    leaves is not valid. A pass that only `transforms` nothing leaves no module.
    """
    Path(plugin.folder, IN).write_text(module, encoding="utf-8")
    Path(plugin.folder, OUT).unlink(missing_ok=True)
    done = _opt(plugin, ["-load-pass-plugin", f"./{PLUGIN}", f"-passes={PIPELINE}"], IN, seconds)
    if done.returncode:
        _fail(plugin, done.stdout, done.returncode)
    try:
        text = read(plugin.folder, OUT, MAX_IR).decode("utf-8", "replace")
    except OSError:
        fail("opt has ended without a module: something in the pass has ended it early")
    if transforms:
        _verify(plugin)
    return Ran(done.stdout, text)


def _opt(plugin: Plugin, options: Sequence[str], given: str, seconds: float):
    tools = plugin.ground.tools
    opaque = ["-opaque-pointers"] if tools.version < 15 else []
    command = [tools.opt, *opaque, "-disable-symbolication"] if tools.version > 14 else [tools.opt]
    command = [tools.opt, *opaque, *options, "-S", given, "-o", OUT if given == IN else "/dev/null"]
    try:
        return run_sandboxed(command, plugin.folder, seconds, hidden=hidden(), memory=MEMORY)
    except Expired:
        fail(
            f"{pass_name(plugin.header)} was still running after {seconds:g} s: is there a loop "
            "without an end?"
        )


def _verify(plugin: Plugin) -> None:
    """CheckFailed if the module that came back is not valid: opt without the plugin says so."""
    done = _opt(plugin, ["-passes=verify"], OUT, SECONDS)
    if done.returncode:
        fail(
            f"the pass makes invalid IR: {_verifiers_line(done.stdout)}", reports.whole(done.stdout)
        )


def _verifiers_line(told: str) -> str:
    """The first line with which the verifier, or the parser, complains."""
    for row in told.splitlines():
        if row.strip() and not row.startswith(("WARNING", "opt")):
            return row.strip()[: reports.LONGEST]
        if "error:" in row:
            return row.partition("error:")[2].strip()[: reports.LONGEST]
    return "opt does not take it"


def _fail(plugin: Plugin, told: str, code: int) -> None:
    """CheckFailed for a run that has failed: why, where in the header, and on which function."""
    header, name = plugin.header, pass_name(plugin.header)
    whole = reports.whole(told)
    function = re.search(r"tern: on @([^\n]*)", told)
    on: list[Detail] = [("on the function", f"@{function[1]}")] if function else []
    if found := STALE.search(told):
        why = f"{name} changed blocks, and says that it preserved what is known of them"
        fail(f"{why}: return PreservedAnalyses::none()", [("LLVM", found[0]), *on, *whole])
    why = _why(told, code)
    if (line := _line(plugin, told)) is not None:
        frame = header.frame(line)
        fail(f"line {frame[1]}: {why}", [*on, *whole], [frame])
    fail(f"{name}: {why}", [*on, *whole])


def _why(told: str, code: int) -> str:
    if "out of memory" in told or "bad_alloc" in told or "Allocation failed" in told:
        return "it asks for memory without end"
    if found := re.search(r"Assertion [`'](.*?)' failed", told, re.S):
        return f"an assertion of LLVM's failed: {found[1]}"
    if found := re.search(r"^(?:\S*opt\S*: )?(?:LLVM ERROR: )(.*)$", told, re.M):
        return f"LLVM stopped: {found[1]}"
    if found := re.search(r"UNREACHABLE executed[^\n]*|^([^\n]*)\nUNREACHABLE", told, re.M):
        return found[1] or found[0]
    if code in (-11, 139, -7):
        return "a null or wild pointer is followed, or recursion has no end"
    if code == -6:
        return "LLVM stopped (abort)"
    if code == -24:
        return "it used up its CPU time"
    return f"opt ended with exit code {code}"


def _line(plugin: Plugin, told: str) -> int | None:
    """The first line of the header in a stack trace, by the plugin's line tables."""
    found = re.findall(
        rf"\({re.escape(PLUGIN)}\+(0x[0-9a-f]+)\)|{re.escape(PLUGIN)}[^\n]*?\+(0x[0-9a-f]+)", told
    )
    addresses = list(dict.fromkeys(one or other for one, other in found))[:30]
    if not addresses:
        return None
    command = ["addr2line", "-i", "-e", PLUGIN, *addresses]
    try:
        done = run_sandboxed(command, plugin.folder, 20.0, hidden=hidden())
    except Expired:
        return None
    lines = re.findall(rf"\b{re.escape(plugin.header.file)}:(\d+)", done.stdout)
    return int(lines[0]) if lines else None
