"""Where in the reader's header a plugin has crashed: LLVM's stack trace, with lines.

The sandbox doesn't let opt start llvm-symbolizer, so what it prints of a frame is an address and
the name of an exported function. How far the plugin was moved in memory follows from one of those;
then its line tables say where each address comes from.
"""

from __future__ import annotations

import re

from autograder.check.cpp.plugin.build import PLUGIN, Plugin
from autograder.check.cpp.program import hidden
from autograder.worker.system_programs import Expired, run_sandboxed

FRAME = re.compile(
    rf"^\s*#?\d+\s+(?:{re.escape(PLUGIN)}\s+)?(0x[0-9a-f]+)\s+"
    rf"(?:\(\S*{re.escape(PLUGIN)}\+(0x[0-9a-f]+)\)|(\S.*?) \+ (\d+)$)",
    re.M,
)
MAX_FRAMES = 40


def line_of(plugin: Plugin, told: str) -> int | None:
    """The innermost line of the header in a stack trace; None if there is none."""
    offsets = _offsets(plugin, told)
    if not offsets:
        return None
    # the frames' addresses are where they return to, behind the call
    asked = [hex(max(offset - 1, 0)) for offset in offsets[:MAX_FRAMES]]
    answered = _run(plugin, ["addr2line", "-i", "-e", PLUGIN, *asked])
    lines = re.findall(rf"\b{re.escape(plugin.header.file)}:(\d+)", answered)
    return int(lines[0]) if lines else None


def _offsets(plugin: Plugin, told: str) -> list[int]:
    """Where in the plugin each of its frames is, the innermost first."""
    frames = [found for found in FRAME.finditer(told) if PLUGIN in found[0]]
    if direct := [int(found[2], 16) for found in frames if found[2]]:
        return direct
    named = _run(plugin, ["nm", "-C", PLUGIN])
    at = {name: int(address, 16) for address, name in re.findall(r"^(\w+) \w (.*)$", named, re.M)}
    for frame in frames:
        if frame[3] in at:
            moved = int(frame[1], 16) - int(frame[4]) - at[frame[3]]
            return [int(each[1], 16) - moved for each in frames]
    return []


def _run(plugin: Plugin, command: list[str]) -> str:
    try:
        return run_sandboxed(command, plugin.folder, 20.0, hidden=hidden()).stdout
    except Expired:
        return ""
