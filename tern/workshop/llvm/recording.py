"""`python -m tern.workshop.llvm.recording [NAME …]`: run sessions, keep what LLVM's tools print.

With `told` a page shows a session: run here where LLVM 22's tools are and it's quick, else as it
was recorded, with the date and the version.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from textwrap import wrap

from tern.errors import TernError
from tern.workshop import recorded
from tern.workshop.llvm import toolchain
from tern.workshop.llvm.sessions import Session, sessions
from tern.workshop.llvm.toolchain import Toolchain

RECORDED = "llvm"
TOOLS = ("opt", "llc", "llvm-reduce")
HERE = Path(__file__).parent
SECONDS = 300


class NotRun(TernError):
    """A session that could not be run here; the message is why."""


@functools.cache
def outputs(name: str) -> dict[str, str]:
    """What each command of a session printed, its errors as well, by the command."""
    if _runs_here(name):
        return run(sessions()[name], toolchain.all_of_them()[0])
    return dict(recorded.recorded(RECORDED)["outputs"][name])


def told(name: str) -> str:
    """A session as a terminal shows it, below a line that says where it was run."""
    lines = [f"# {version(name)}"]
    for command, printed in outputs(name).items():
        words = wrap(f"$ {command}", 76, break_long_words=False, break_on_hyphens=False)
        lines += [" \\\n    ".join(words), printed, ""]
    return "\n".join(lines).rstrip()


def version(name: str) -> str:
    """Where a session's outputs come from: `recorded with LLVM 22.1.8, 2026-11-30`."""
    if _runs_here(name):
        return f"run here, with LLVM {toolchain.NEWEST}"
    found = recorded.recorded(RECORDED)
    return f"recorded with LLVM {found['version']}, {found['date']}"


def header(name: str) -> str:
    """The text of one of the book's C++ files, without the marks of an exercise."""
    text = (HERE / name).read_text(encoding="utf-8")
    return re.sub(r"^// ### (?:BEGIN|END) SOLUTION\n", "", text, flags=re.M)


def recurrences() -> list[tuple[str, str]]:
    """What ScalarEvolution says of tern's loops: of each value its instruction, and how it goes on;
    without the addresses of the result, which are as those of the argument."""
    (printed,) = outputs("recurrences").values()
    pairs = re.findall(r"^  (%\S+) = (.*)\n  -->  (.*?) U:", printed, re.M)
    rows = [(f"`{name} = {op}`", f"`{chain}`") for name, op, chain in pairs]
    return [row for row in rows if "out" not in row[0]]


def _runs_here(name: str) -> bool:
    return _tools_are_here() and not (sessions()[name].plugins or sessions()[name].slow)


def _tools_are_here() -> bool:
    found = toolchain.find()
    return found is not None and found.version == toolchain.NEWEST and _tool(found, "llc") != ""


def _tool(tools: Toolchain, name: str) -> str:
    """The path of a tool of this LLVM; empty if it isn't there."""
    folder, _, ending = tools.opt.rpartition("opt")
    return shutil.which(f"{folder}{name}{ending}") or ""


def run(session: Session, tools: Toolchain) -> dict[str, str]:
    """What each command prints. NotRun if a plugin can't be built."""
    with tempfile.TemporaryDirectory() as folder:
        for name in TOOLS:
            if path := _tool(tools, name):
                Path(folder, name).symlink_to(path)
        for name, text in session.files.items():
            Path(folder, name).write_text(text)
            Path(folder, name).chmod(0o755)
        builder = toolchain.all_of_them()[-1] if session.old else tools
        for name in session.plugins:
            build(name, builder, Path(folder))
        return {command: _printed(command, folder) for command in session.commands}


def build(name: str, tools: Toolchain, folder: Path) -> None:
    """Compile a plugin with one of the book's passes: `loop-report` is that of loop_report.hpp.
    Takes 10 s of CPU time. NotRun, with the compiler's first error."""
    struct = "".join(word.capitalize() for word in name.split("-"))
    header = f'"{name.replace("-", "_")}.hpp"'
    defined = [f"-DPASS={struct}", f'-DNAME="{name}"', f"-DHEADER={header}"]
    command = [tools.compiler, *tools.options, *defined, "-shared", "-I", str(HERE)]
    done = subprocess.run(
        [*command, str(HERE / "plugin.cpp"), "-o", str(folder / f"{name}.so")],
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        raise NotRun(next((x for x in done.stderr.splitlines() if "error" in x), done.stderr))


def _printed(command: str, folder: str) -> str:
    path = os.pathsep.join([folder, os.environ.get("PATH", "")])
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    return short(done.stdout.replace(folder, "."))


def short(printed: str) -> str:
    """Without what nobody reads: of MIR only the body, of assembly only instructions, of a crash
    only the error, of a dominator tree only the tree, no comments on predecessors, and nothing of
    what llvm-reduce tries."""
    printed = re.sub(r"(?s)^--- \|\n.*^body:", "body:", printed, flags=re.M)
    printed = re.sub(r"(?s)^PLEASE submit a bug report.*", "", printed, flags=re.M)
    printed = re.sub(r"^(\*\*\* |---|Done reducing| \*{4} ).*\n", "", printed, flags=re.M)
    printed = re.sub(r" +; preds = .*", "", printed)
    printed = re.sub(r"^(=+-+|Inorder Dominator Tree: .*|Roots: .*)\n", "", printed, flags=re.M)
    printed = re.sub(r"(?<=\w) \{\d+,\d+\} \[\d+\]$", "", printed, flags=re.M)
    if "\t.cfi_startproc" in printed:
        lines = re.findall(r"^(?:\w+:|\t[a-z]\w*(?=[\t\n])).*$", printed, flags=re.M)
        printed = "\n".join(lines)
    return printed.strip("\n").rstrip()


def main() -> int:
    """Record every session, or those named. The exit status: 1 if the tools aren't here."""
    if not _tools_are_here():
        print(f"not recorded: {toolchain.missing() or 'needs LLVM 22'}", file=sys.stderr)
        return 1
    tools = toolchain.all_of_them()[0]
    told = subprocess.run([tools.opt, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"version (\S+)", told)
    path = Path(recorded.__file__).parent / f"{RECORDED}.json"
    before = json.loads(path.read_text(encoding="utf-8"))["outputs"] if path.exists() else {}
    names = sys.argv[1:] or list(sessions())
    data = {
        "version": found[1] if found else "?",
        "date": date.today().isoformat(),
        "outputs": before | {name: run(sessions()[name], tools) for name in names},
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
