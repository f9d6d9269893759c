"""A profile: how often each block of a function ran that count_blocks.hpp has instrumented."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """How often each block ran, by name, in the order of the text; and which branches to which."""

    counts: dict[str, int]
    edges: list[tuple[str, str]]


def profile(counted: str, name: str, calls: Iterable[Sequence[int]]) -> Profile:
    """Run an instrumented function of tern's, compiled from LLVM IR, once with each list of numbers
    (i32). ValueError if the text is no LLVM IR."""
    from tern.targets.llvm.jit import Native

    native = Native(counted, level=0)
    function = ctypes.CFUNCTYPE(None)(native.engine.get_function_address(name))
    failure = (ctypes.c_int64 * 8)()  # where tern's code says that it fails
    for numbers in calls:
        function(*map(ctypes.c_int32, numbers), failure)
    blocks = branches(counted, name)
    address = native.engine.get_global_value_address(f"{name}.counts")
    counts = (ctypes.c_int64 * len(blocks)).from_address(address)
    edges = [(block, other) for block, others in blocks.items() for other in others]
    return Profile(dict(zip(blocks, counts)), edges)


def branches(text: str, name: str) -> dict[str, list[str]]:
    """The blocks of a function in a text, each with the blocks that may come next."""
    found = re.search(rf"^define [^\n]*@{name}\(.*?^}}", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"there is no @{name}")
    label = re.compile(r"^([\w.]+):", re.MULTILINE)
    _, *parts = label.split(found[0])
    return {block: re.findall(r"label %([\w.]+)", body) for block, body in zip(*[iter(parts)] * 2)}
