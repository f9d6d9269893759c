"""Remembers what has passed on this machine, outside the checkout.

An entry is named by a digest of all that the step's result can depend on: the step's own name and
command, the content of its inputs as git has it, and the machine with all that is installed. It is
written after the step has passed, whole or not at all, and never for one that failed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path
from typing import Any

FOLDER = "AI_COMPILER_BOOK_CI"  # the environment variable that says where
KEPT = 60 * 86_400.0  # seconds: what is older is thrown away
MATTERS = ("OPENBLAS", "OMP", "MKL", "NUMBA", "TRITON", "TVM", "TORCH", "AUTOGRADER", "PYTHON")


def store_folder() -> Path:
    if FOLDER in os.environ:
        return Path(os.environ[FOLDER])
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "ai-compiler-book" / "ci"


class Passed:
    """The store. With `again` nothing is found in it; what passes is kept all the same."""

    def __init__(self, folder: Path, checkout: Path, machine: str, again: bool = False) -> None:
        self.folder, self.checkout, self.machine, self.again = folder, checkout, machine, again

    def key(self, inputs: tuple[str, ...], name: str, command: tuple[str, ...]) -> str:
        hasher = hashlib.sha256(json.dumps([name, command, self.machine]).encode())
        for path in inputs:
            hasher.update(f"{path} {self._content(path)}\n".encode())
        return hasher.hexdigest()

    def find(
        self, inputs: tuple[str, ...], name: str, command: tuple[str, ...]
    ) -> dict[str, Any] | None:
        """The entry of a step that passed with the same content, if there is one."""
        if self.again or not inputs:
            return None
        path = self.folder / f"{self.key(inputs, name, command)}.json"
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(entry, dict) or entry.get("passed") is not True:
            return None
        return {**entry, "made": str(path.with_suffix(".made"))}

    def bring(self, entry: dict[str, Any], makes: str) -> bool:
        """Put the file that the step made in its place. False if it is lost."""
        if not makes:
            return True
        target = self.checkout / makes
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(entry["made"], target)
        except OSError:
            return False
        return True

    def keep(
        self,
        inputs: tuple[str, ...],
        name: str,
        command: tuple[str, ...],
        cpu: float,
        clock: float,
        makes: str = "",
    ) -> None:
        """Remember a step that has passed, and the file that it made. Call it for no other."""
        if not inputs:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another step's, which has its name now
                if old.stat().st_mtime < time.time() - KEPT:
                    old.unlink()
        path = self.folder / f"{self.key(inputs, name, command)}.json"
        mine = path.with_suffix(f".{os.getpid()}")
        if makes:
            shutil.copyfile(self.checkout / makes, mine)
            mine.replace(path.with_suffix(".made"))
        when = datetime.now().strftime("%Y-%m-%d %H:%M")
        entry = {"passed": True, "name": name, "cpu": cpu, "clock": clock, "when": when}
        mine.write_text(json.dumps(entry), encoding="utf-8")
        mine.replace(path)

    def _content(self, path: str) -> str:
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", f"HEAD:{path}"],
            cwd=self.checkout,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip() or "is not there"


def fingerprint(python: Path) -> str:
    """A digest of the machine: its processor, its system's packages, Python and its packages."""
    listing = (
        "import importlib.metadata as m, sys; print(sys.version);"
        "print(sorted({(d.metadata['Name'], d.version) for d in m.distributions()}))"
    )
    told = [
        _said(str(python), "-c", listing),
        _said("dpkg-query", "-W"),
        platform.platform(),
        _processor(),
        str(os.cpu_count()),
        str(sorted(item for item in os.environ.items() if item[0].startswith(MATTERS))),
        str(sorted(path.name for path in Path("/dev").glob("nvidia*"))),
    ]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def _said(*command: str) -> str:
    """What a command prints, empty where there is no such command."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor()
    lines = info.read_text(encoding="utf-8").splitlines()
    changing = ("cpu MHz", "bogomips")
    return "\n".join(line for line in lines if not line.startswith(changing))
