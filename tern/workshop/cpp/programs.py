"""Small programs in C++: compiled, run, and looked at. For notebooks, whose magic this is:

    %%cpp_program            compile the cell as C++17, run it, and print what it prints
    %%cpp_program --sanitize the same under AddressSanitizer and UBSan: what they report, in short

`#include "small_vec.hpp"` and its like find the core's headers. Nothing guards the machine from
what a program does: it is the reader's own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tern.errors import TernError, UsageError
from tern.targets.cpp.build import CompilerError, compiler
from tern.workshop.cpp.sources import FOLDER

NAME = "program.cpp"
LANGUAGE = ("-std=c++17", "-I", str(FOLDER))
SANITIZED = ("-O0", "-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
SECONDS = 60
"""How long a compilation, and a run, may take."""

USAGE = "%%cpp_program takes --sanitize, or nothing"

# Reports don't depend on where the system put things, and nobody may trace this process.
_DRIVER = """
extern "C" const char *__asan_default_options() { return "detect_leaks=0:disable_coredump=0"; }
"""
_FRAME = re.compile(rf"^\s+#\d+ .* in (.+?) \S*{re.escape(NAME)}:(\d+)", re.MULTILINE)
_UNDEFINED = re.compile(rf"{re.escape(NAME)}:(\d+):\d+: (runtime error: [^\n]*)")
_ENDS = re.compile(r"\s*\.(?:size|cfi_endproc|section|globl)|[^\s.].*:$")  # of a function
_ADDRESS = re.compile(r"ERROR: AddressSanitizer: (?:attempting )?([\w-]+)")


class ProgramError(TernError):
    """A program ended badly. Says how, in a line."""


def run(text: str, *, sanitize: bool = False, options: Sequence[str] = ()) -> str:
    """What a whole program prints, and below it what a sanitizer reports, if it does.

    Compiled with -O2 or, to `sanitize`, without optimization. CompilerError if there is no
    compiler, or for a text that it refuses; ProgramError if the program ends badly and no sanitizer
    says why.
    """
    (printed,) = run_with(text, [()], sanitize=sanitize, options=options)
    return printed


def run_with(
    text: str,
    arguments: Iterable[Sequence[str]],
    *,
    sanitize: bool = False,
    options: Sequence[str] = (),
) -> list[str]:
    """As `run`, once for each of some command lines, compiled once."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "program")
        chosen = SANITIZED if sanitize else ("-O2",)
        _compile(text + _DRIVER * sanitize, [*chosen, *options, "-o", str(program)], folder)
        return [_printed([str(program), *each], text) for each in arguments]


def _printed(command: Sequence[str], text: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise ProgramError(f"the program took more than {SECONDS} seconds") from None
    if done.returncode == 0:
        return done.stdout
    if report := in_short(done.stderr, text):
        return f"{done.stdout}{report}\n"
    raise ProgramError(f"the program ended with {done.returncode}: {done.stderr.strip()[:200]}")


def in_short(report: str, text: str = "") -> str:
    """The kind of error that a sanitizer reports, and the line of the program; "" for no report."""
    if found := _UNDEFINED.search(report):
        number, what = int(found[1]), found[2]
    elif found := _ADDRESS.search(report):
        frame = _FRAME.search(report)
        number, what = int(frame[2]) if frame else 0, f"AddressSanitizer: {found[1]}"
    else:
        return ""
    lines = text.splitlines()
    where = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f"{what}\n  line {number}: {where}" if where else what


def preprocessed(text: str, options: Sequence[str] = ()) -> str:
    """A program with all that it includes pasted in. CompilerError as for `run`."""
    with tempfile.TemporaryDirectory() as folder:
        return _compile(text, ["-E", "-P", *options], folder)


def seconds_to_compile(text: str, options: Sequence[str] = ()) -> float:
    """CPU time that the compiler takes to read and check a text. CompilerError as for `run`."""
    begun = os.times()
    with tempfile.TemporaryDirectory() as folder:
        _compile(text, ["-fsyntax-only", *options], folder)
    ended = os.times()
    user = ended.children_user - begun.children_user
    return user + ended.children_system - begun.children_system


def assembly(text: str, *names: str, options: Sequence[str] = ("-O2",)) -> str:
    """The machine code of the named functions, as the compiler writes it for this processor.

    Labels that nothing jumps to, and directives, are left out. CompilerError as for `run`.
    """
    with tempfile.TemporaryDirectory() as folder:
        quiet = ["-S", "-fno-asynchronous-unwind-tables", "-fcf-protection=none", "-o", "-"]
        listing = _compile(text, [*options, *quiet], folder)
    if shutil.which("c++filt"):
        listing = subprocess.run(
            ["c++filt"], input=listing, capture_output=True, text=True, check=True
        ).stdout
    shown = [_function(listing, name) for name in names]
    return "\n\n".join(shown)


def _function(listing: str, name: str) -> str:
    # A comment begins with # and a space on x86, with ## or // elsewhere.
    listing = re.sub(r"[ \t]*(?:#|##|//) .*$", "", listing, flags=re.MULTILINE)
    begins = re.search(rf"^_?{re.escape(name)}(?:\(.*\))?:$", listing, re.MULTILINE)
    if begins is None:
        raise UsageError(f"there is no function {name} in what was compiled")
    kept = []
    for line in listing[begins.end() :].splitlines():
        if _ENDS.match(line):
            break
        if line.endswith(":") or (line.strip() and not re.match(r"\s+\.", line)):
            kept.append(re.sub(r"(?<=\S)\t+", " ", line.strip()))
    jumped = {label for line in kept for label in re.findall(r"\.?L\w+(?!.*:)", line)}
    lines = []
    for line in kept:
        if not line.endswith(":"):
            mnemonic, _, rest = line.partition(" ")
            lines.append(f"    {mnemonic:7} {rest}".rstrip())
        elif line[:-1] in jumped:
            lines.append(line)
    return "\n".join([f"{name}:", *lines])


def _compile(text: str, options: Sequence[str], folder: str) -> str:
    """What the compiler prints. CompilerError with its first complaint, and the line."""
    source = Path(folder, NAME)
    source.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [compiler(), *LANGUAGE, *options, str(source)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        found = re.search(rf"{re.escape(NAME)}:(\d+):\d+: error: ([^\n]*)", done.stderr)
        why = f"line {found[1]}: {found[2]}" if found else done.stderr.strip()[:300]
        raise CompilerError(why)
    return done.stdout


def register_here() -> None:
    """Make `%%cpp_program` known to the kernel that this runs in, if this runs in one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        shell.register_magic_function(cpp_program, "cell", "cpp_program")


def cpp_program(line: str, cell: str) -> None:
    """Compile and run the cell. A program that fails is one line, not a traceback."""
    words = line.split()
    if words not in ([], ["--sanitize"]):
        print(USAGE)
        return
    try:
        print(run(cell, sanitize=bool(words)), end="")
    except TernError as error:
        print(error)
