"""The texts of a compilation without what only tools read: locations, headers, padding."""

from __future__ import annotations

import re

from tern.gpu.build import Build

LEVELS = {
    "ttir": "TTIR",
    "ttgir": "TTGIR",
    "llir": "LLVM IR",
    "ptx": "PTX",
    "sass": "SASS",
    "amdgcn": "AMDGCN",
}


def readable(build: Build) -> list[tuple[str, str]]:
    """The kernel at each level, in the compiler's order: ("TTIR", text), … ("SASS", text)."""
    return [
        (title, _CLEAN[level](build.texts[level]))
        for level, title in LEVELS.items()
        if level in build.texts
    ]


def _mlir(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith("#loc")]
    return re.sub(r" loc\((?:[^()]|\([^()]*\))*\)", "", "\n".join(lines)).strip()


def _llvm(text: str) -> str:
    body = text[text.index("\ndefine ") + 1 :]
    body = body[: body.index("\n}") + 2]
    return re.sub(r", !dbg !\d+|!dbg !\d+ ", "", body)


def _ptx(text: str) -> str:
    body = text[text.index(".visible .entry") :]
    body = body[: body.index("\n}") + 2]
    noise = re.compile(r"\s*(?:\.loc\s|\$L__|//|$)")
    targets = {f"{label}:" for label in re.findall(r"\bbra(?:\.uni)?\s+(\$\w+)", body)}
    lines = [line.split("//")[0].rstrip() for line in body.splitlines()]
    kept = [line for line in lines if line.strip() in targets or not noise.match(line)]
    return "\n".join(re.sub(r"^\t", "    ", line).replace("\t", " ") for line in kept)


def _sass(text: str) -> str:
    """The instructions, without their addresses and the padding after the last."""
    found = re.findall(r"^\s*(?:/\*[0-9a-f]{4,}\*/\s+(.*?)\s*;|(\.L_\w+:))", text, re.MULTILINE)
    lines = [instruction or mark for instruction, mark in found]
    while lines and lines[-1].startswith(("NOP", ".L_", "BRA")):
        lines.pop()
    return "\n".join(lines)


def _amd(text: str) -> str:
    kept = [line for line in text.splitlines() if re.match(r"\s+[a-z]\w+", line)]
    return "\n".join(kept).expandtabs(4)


_CLEAN = {"ttir": _mlir, "ttgir": _mlir, "llir": _llvm, "ptx": _ptx, "sass": _sass, "amdgcn": _amd}
