"""Makes a Colab machine ready for a chapter, and says in one line what is there.

Colab brings its own torch, triton, NumPy, Numba, and llvmlite, which fit its GPUs, and a running
kernel may have loaded them. So nothing that is installed is ever replaced: pip is told every
version that is there, and refuses what would need another one. The first code cell of each
notebook calls this; `python -m book.stamp` writes that cell.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

PROJECT = "ai-compiler-book"
SHOWN = ("torch", "triton", "numba", "numpy")
# What pip takes as a version; Debian's packages, which Colab has too, may have others.
VERSION = re.compile(
    r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-z0-9]+([.-][a-z0-9]+)*)?"
)
# Colab's llvmlite carries LLVM 15, which reads `ptr`, the only pointer of today's LLVM, when told
# so before it is imported. Later ones ignore this.
OPAQUE_POINTERS = ("LLVMLITE_ENABLE_OPAQUE_POINTERS", "1")
CONFLICT = re.compile(r"The user requested \(constraint\) ([\w.-]+)\S*==([^,\s]+)")
NO_NETWORK = (
    "Failed to establish a new connection",
    "Name or service not known",
    "Connection refused",
)


class NotInstalled(Exception):
    """pip could not install something without replacing what is there; one line that says why."""


def prepare(*packages: str, new: bool = False) -> None:
    """Install what the book needs and this machine lacks, then the chapter's own `packages`.

    A package is a requirement as pip takes it, such as "apache-tvm==0.27.0". `new` says that the
    caller has just installed the book. Prints one line. Where one of `packages` cannot be had, the
    line says so, and the cells that use it will; IPython's UsageError, which shows as one line, is
    raised only for what tern and the autograder cannot do without. May be called again at any time:
    with nothing missing, pip asks the network for nothing.
    """
    from IPython.core.error import UsageError

    os.environ.setdefault(*OPAQUE_POINTERS)
    before = installed()
    try:
        install(requirements(), before)
    except NotInstalled as why:
        raise UsageError(f"the book cannot run here: {why}") from None
    failed = []
    for package in packages:
        try:
            install([package], installed())
        except NotInstalled as why:
            failed.append(f"{package} ({why})")
    after = installed()
    added = [name for name in after if name not in before]
    print(summary(after, [PROJECT, *added] if new else added, failed, gpu()))


def installed() -> dict[str, str]:
    """The version of every distribution on the path, by normalized name; the first one counts.

    One of which a version cannot be read is left out.
    """
    importlib.invalidate_caches()  # pip ran in another process
    found: dict[str, str] = {}
    for each in metadata.distributions():
        about: Any = each.metadata or {}  # a damaged one may have none
        name, version = about.get("Name"), about.get("Version")
        if name and version:
            found.setdefault(normalized(name), version)
    return found


def normalized(name: str) -> str:
    """A distribution's name as the package index knows it.

    >>> normalized("Apache_TVM.ffi")
    'apache-tvm-ffi'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements() -> list[str]:
    """What the installed project requires, as pip takes it; nothing where it is not installed."""
    try:
        return metadata.requires(PROJECT) or []
    except metadata.PackageNotFoundError:
        return []


def constraints(versions: Mapping[str, str]) -> str:
    """pip's constraints file by which nothing that is installed can be replaced.

    >>> constraints({"torch": "2.11.0+cu128", "python-debian": "0.1.43ubuntu1"})
    'torch==2.11.0+cu128\\n'
    """
    known = {name: version for name, version in versions.items() if VERSION.fullmatch(version)}
    return "".join(f"{name}=={version}\n" for name, version in known.items())


def install(required: Iterable[str], keep: Mapping[str, str]) -> None:
    """Have pip install what is required, and nothing but the `keep` versions of what is there.

    Raises NotInstalled.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        file = Path(folder) / "constraints.txt"
        file.write_text(constraints(keep), encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
        done = subprocess.run(
            [*pip, "--constraint", str(file), *required],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise NotInstalled(reason(done.stdout + done.stderr))


def reason(told: str) -> str:
    """What pip's messages give as the reason, in one line.

    >>> reason("WARNING: x\\nERROR: No matching distribution found for y\\n\\nnote: z")
    'No matching distribution found for y'
    """
    if conflict := CONFLICT.search(told):
        name, version = conflict.groups()
        return f"it needs another {name} than {version}, which is this runtime's and stays"
    if any(words in told for words in NO_NETWORK):
        return "there is no network"
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR: ")]
    return (errors or lines[-1:] or ["pip did not say why"])[0].removeprefix("ERROR: ")


def gpu() -> str:
    """The names of the NVIDIA GPUs that the driver reports, empty if none."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return ""
    ask = [command, "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    names = done.stdout.split("\n") if done.returncode == 0 else []
    return ", ".join(name.strip() for name in names if name.strip())


def summary(versions: Mapping[str, str], added: list[str], failed: list[str], gpus: str) -> str:
    """One line: the machine, its versions, what was added, and what could not be.

    >>> line = summary({"numpy": "2.1.3", "hypothesis": "6.155"}, ["hypothesis"], [], "Tesla T4")
    >>> line.partition("Tesla ")[2]
    'T4; no torch, no triton, no numba, numpy 2.1.3; installed: hypothesis 6.155.'
    """
    python = ".".join(map(str, sys.version_info[:3]))
    shown = [f"{name} {versions[name]}" if name in versions else f"no {name}" for name in SHOWN]
    new = [f"{name} {versions.get(name, '')}".strip() for name in added]
    parts = [
        f"Python {python}, {gpus or 'no GPU'}",
        ", ".join(shown),
        f"installed: {', '.join(new)}" if new else "nothing was missing",
        *(f"not installed: {one}" for one in failed),
    ]
    return "; ".join(parts) + "."
