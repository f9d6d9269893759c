"""What an exercise needs that a machine may lack: the key `needs` of its entry in a TOML file."""

from __future__ import annotations

from collections.abc import Callable

from autograder.course.layout import UsageError


def missing(needs: str) -> str:
    """What is missing here, and how to get it, in one line; empty if nothing is. UsageError."""
    if not needs:
        return ""
    if needs not in TOOLS:
        raise UsageError(f"nobody knows how to look for {needs!r}; known are {', '.join(TOOLS)}")
    return TOOLS[needs]()


def _llvm() -> str:
    from tern.workshop.llvm import toolchain

    return toolchain.missing()


TOOLS: dict[str, Callable[[], str]] = {"LLVM": _llvm}
