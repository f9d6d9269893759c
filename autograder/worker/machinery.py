"""Is the worker's own machinery still what it was before the reader's cells ran?

The reader's code shares an interpreter with what runs it. Whoever replaces a method there, or the
collector that runs before a timed call, works outside of the call or between the lines of a reply.
The judge counts all of the process's time, so that this gains little; here it is also told.
"""

from __future__ import annotations

import gc
import json
import socket
from typing import Any

Part = tuple[Any, str, Any]  # an owner, the name of one of its attributes, and what it was


class Tampered(RuntimeError):
    """The reader's code has replaced a piece of what runs it."""


def remember(*owners: Any) -> list[Part]:
    """The functions and methods of some modules and classes, and what else the worker calls."""
    found: list[Part] = [
        (gc, name, getattr(gc, name)) for name in ("collect", "disable", "enable", "freeze")
    ]
    found += [(json, name, getattr(json, name)) for name in ("dumps", "loads")]
    found += [(socket.socket, name, getattr(socket.socket, name)) for name in ("recv", "sendall")]
    for owner in owners:
        found += [(owner, name, value) for name, value in vars(owner).items() if callable(value)]
    return found


def check(parts: list[Part]) -> None:
    """Raises Tampered, which names what was replaced."""
    for owner, name, value in parts:
        if vars(owner).get(name, value) is not value:
            where = getattr(owner, "__qualname__", getattr(owner, "__name__", ""))
            raise Tampered(f"your code has replaced {where}.{name}, with which it is run")
