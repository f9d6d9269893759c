"""Pieces of headers, as they stand in their files: the core's, and LLVM's where they are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tern.draw.cplusplus import cpp
from tern.draw.picture import Picture
from tern.errors import UsageError
from tern.workshop.cpp.programs import run
from tern.workshop.cpp.sources import FOLDER


def piece(file: str, begins: str = "", ends: str = "", folder: Path = FOLDER) -> Picture:
    """A header's text from the line that begins with `begins` to before that with `ends`.

    The whole text without them. UsageError if no line does.
    """
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    first = _line(lines, begins, 0, file) if begins else 0
    last = _line(lines, ends, first + 1, file) if ends else len(lines)
    title = f"tern/workshop/cpp/{file}" if folder == FOLDER else file
    return cpp("\n".join(lines[first:last]), f"{title}, from line {first + 1}")


def _line(lines: list[str], begins: str, start: int, file: str) -> int:
    for number in range(start, len(lines)):
        if lines[number].startswith(begins):
            return number
    raise UsageError(f"{file} has no line that begins with {begins!r}")


def llvm_headers() -> tuple[Path, str] | None:
    """The folder of the newest LLVM's headers on this machine, and its version; None without."""
    found = []
    for include in [*Path("/usr/lib").glob("llvm-*/include"), *_configured()]:
        config = include / "llvm" / "Config" / "llvm-config.h"
        if config.is_file() and (include / "llvm" / "ADT" / "SmallVector.h").is_file():
            said = re.search(r'LLVM_VERSION_STRING "([^"]+)"', config.read_text(encoding="utf-8"))
            version = said[1] if said else "?"
            found.append(([int(n) for n in re.findall(r"\d+", version)], include, version))
    return max(found)[1:] if found else None


def _configured() -> list[Path]:
    command = shutil.which("llvm-config")
    if command is None:
        return []
    done = subprocess.run([command, "--includedir"], capture_output=True, text=True)
    return [Path(done.stdout.strip())] if done.returncode == 0 else []


SIZES = {
    "SmallVector<void *, 2>": "llvm::SmallVector<void *, 2>",
    "SmallVector<int>": "llvm::SmallVector<int>",
    "ArrayRef<int>": "llvm::ArrayRef<int>",
    "StringRef": "llvm::StringRef",
    "Use": "llvm::Use",
    "Value": "llvm::Value",
    "Instruction": "llvm::Instruction",
    "BasicBlock": "llvm::BasicBlock",
}
"""Classes of LLVM's, and what the compiler calls them."""


def llvm_sizes(include: Path) -> dict[str, int]:
    """How many bytes an object of each of SIZES has. CompilerError as for `run`."""
    headers = ("ADT/SmallVector.h", "ADT/StringRef.h", "IR/BasicBlock.h", "IR/Instruction.h")
    text = "".join(f'#include "llvm/{header}"\n' for header in headers)
    prints = "".join(f'std::printf("%zu\\n", sizeof({name}));' for name in SIZES.values())
    text += f"#include <cstdio>\nint main() {{ {prints} }}\n"
    options = ["-O0", "-DNDEBUG", "-DLLVM_DISABLE_ABI_BREAKING_CHECKS_ENFORCING=1"]
    told = run(text, options=[*options, "-isystem", str(include)]).split()
    return dict(zip(SIZES, map(int, told)))
