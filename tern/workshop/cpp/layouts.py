"""How the compiler lays the core's objects out, as it says itself, byte by byte; and a figure."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tern.draw.cells import Rows, cells
from tern.draw.picture import Picture
from tern.targets.cpp.build import compiler
from tern.workshop.cpp.sources import single_text

Layout = Mapping[str, tuple[int, int]]
"""For each member, from its first byte on, how many bytes; "" has the whole object's size."""

FIELDS: Mapping[str, Sequence[str]] = {
    "OpResult": ("kind", "index", "type", "origin", "number", "op"),
    "Block": ("region", "args", "operations", "number", "origin"),
    "Operation": (
        "name", "block", "regions", "operands", "successors", "results", "attributes", "origin",
    ),
}  # fmt: skip
"""What is asked for; the links of a base class come before these."""

CACHE_LINE = 64


def layouts(fields: Mapping[str, Sequence[str]] = FIELDS, text: str = "") -> dict[str, Layout]:
    """Where the members of each struct are. CompilerError without a compiler.

    The structs are those of ir.hpp, or those that `text` defines. What is before the first member
    belongs to the bases, as "base". O(1) compilations: one.
    """
    prints = "".join(
        f'std::printf("{struct}  0 %zu\\n", sizeof({struct}));\n'
        + "".join(
            f'std::printf("{struct} {field} %zu %zu\\n", offsetof({struct}, {field}), '
            f"sizeof({struct}::{field}));\n"
            for field in members
        )
        for struct, members in fields.items()
    )
    defined = text or single_text(main="ir.hpp")
    text = f"{defined}\n#include <cstddef>\n#include <cstdio>\nint main() {{\n{prints}}}\n"
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "layouts.cpp"), Path(folder, "layouts")
        source.write_text(text)
        # offsetof of a struct with a base is for the compiler to allow: g++ and clang++ do.
        options = ["-std=c++17", "-O0", "-w"]
        subprocess.run([compiler(), *options, str(source), "-o", str(program)], check=True)
        told = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout
    found: dict[str, dict[str, tuple[int, int]]] = {struct: {} for struct in fields}
    for line in told.splitlines():
        struct, field, start, size = line.split(" ")[0], *line.split(" ")[1:][-3:]
        found[struct][field] = int(start), int(size)
    for layout in found.values():
        first = min(start for field, (start, _) in layout.items() if field)
        if first:
            layout["base"] = 0, first
    return dict(found)


GROUPS: Mapping[str, str] = {
    "the base's": "base",
    "pointers": "type op name block attributes region",
    "spans: a pointer and a count": "regions successors results",
    "small vectors": "operands args",
    "numbers": "kind index origin number",
    "lists": "operations",
}
"""What the colors of the figure mean."""


def layout_figure(struct: str, layout: Layout) -> Picture:
    """A cell for each byte, 16 in a row; bytes of no member are padding, and left empty."""
    key = [name for name, fields in GROUPS.items() if set(fields.split()) & set(layout)]
    groups = {field: n for n, name in enumerate(key) for field in GROUPS[name].split()}
    owner: list[int | None] = [None] * layout[""][1]
    for field, (start, size) in layout.items():
        if field:
            owner[start : start + size] = [groups[field]] * size
    rows: Rows = [owner[start : start + 16] for start in range(0, len(owner), 16)]
    return cells({f"{struct}: {len(owner)} bytes": rows}, key)


def fields_figure(found: Mapping[str, Layout]) -> Picture:
    """A panel for each struct, 8 bytes in a row, and a color for each member of any of them.

    What is before the first member is called "vptr": meant for structs without another base.
    """
    names = list(dict.fromkeys(field for layout in found.values() for field in layout if field))
    panels: dict[str, Rows] = {}
    for struct, layout in found.items():
        owner: list[int | None] = [None] * layout[""][1]
        for field, (start, size) in layout.items():
            if field:
                owner[start : start + size] = [names.index(field)] * size
        rows = [owner[start : start + 8] for start in range(0, len(owner), 8)]
        panels[f"{struct}: {len(owner)} bytes"] = rows
    return cells(panels, ["vptr" if name == "base" else name for name in names])
