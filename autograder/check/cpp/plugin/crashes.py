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

OWN = re.escape(PLUGIN)
# LLVM's own report (demangled names), and glibc's, which older versions print.
FRAME = re.compile(
    rf"^\s*\d+\s+{OWN}\s+(?P<address>0x[0-9a-f]+)(?: (?P<name>\S.*?) \+ (?P<behind>\d+))?$"
    rf"|^\S*{OWN}\((?P<mangled>\w*)\+(?P<hex>0x[0-9a-f]+)\)\[(?P<at>0x[0-9a-f]+)\]",
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
    frames = list(FRAME.finditer(told))
    addresses = [int(each["address"] or each["at"], 16) for each in frames]
    demangle = ["-C"] if any(each["name"] for each in frames) else []
    symbols = _run(plugin, ["nm", *demangle, PLUGIN]) if frames else ""
    found = re.findall(r"^([0-9a-f]+) \w (.*)$", symbols, re.M)
    begins = {name: int(address, 16) for address, name in found}
    for address, each in zip(addresses, frames):
        if (begin := begins.get(each["name"] or each["mangled"])) is not None:
            behind = int(each["behind"] or each["hex"], 0)
            return [other - (address - behind - begin) for other in addresses]
    return []


def _run(plugin: Plugin, command: list[str]) -> str:
    try:
        return run_sandboxed(command, plugin.folder, 20.0, hidden=hidden()).stdout
    except Expired:
        return ""
