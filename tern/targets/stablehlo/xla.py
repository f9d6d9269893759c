"""XLA and StableHLO's own tools, in a process beside this one (tern.targets.beside)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tern.targets.beside import Beside, Died, Message
from tern.targets.errors import XlaError, XlaMissing
from tern.targets.stablehlo.child import arrays_of, message_of
from tern.targets.stablehlo.package import missing

SECONDS = 120.0
"""How long one request may take, by the clock."""

PROCESS = Beside(
    "tern.targets.stablehlo.child", {"JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "2"}
)


def ask(do: str, arrays: Sequence[np.ndarray] = (), data: bytes = b"", **request: Any) -> Message:
    """The reply of the process with XLA. XlaMissing, XlaError: also if it did not survive it."""
    head, buffers = message_of(list(arrays)) if arrays else ({}, [data] if data else [])
    with _there():
        reply = PROCESS.ask({"do": do, **head, **request}, buffers, SECONDS)
    if "error" in reply[0]:
        raise (XlaMissing if reply[0]["missing"] else XlaError)(reply[0]["error"])
    return reply


def process_number() -> int:
    """Which process there is: what XLA compiled in one, another does not have. XlaMissing."""
    with _there():
        return PROCESS.number()


@contextmanager
def _there() -> Iterator[None]:
    if why := missing():
        raise XlaMissing(why)
    try:
        yield
    except Died as died:
        raise XlaError(f"XLA did not survive it: {died}") from None
    except OSError as error:
        raise XlaMissing(f"XLA needs a process of its own: {error.strerror or error}") from None


def verified(text: str, generic: bool = False) -> str:
    """A module's text as StableHLO's printer has it, pretty or in its generic form. XlaError if it
    does not parse, or its verifier refuses it; the message says where."""
    return ask("verify", text=text, generic=generic)[0]["text"]


def optimized_hlo(text: str) -> str:
    """What XLA makes of a module whose entry is `@main`: HLO after all its passes. XlaError."""
    return ask("optimized", text=text)[0]["text"]


def interpreted(text: str, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What `@main` gives, by the reference interpreter of StableHLO's specification. XlaError."""
    return arrays_of(*ask("interpret", arrays, text=text))


def versions() -> tuple[str, str]:
    """The oldest version of StableHLO that artifacts can be written for, and the current one."""
    oldest, current = ask("versions")[0]["versions"]
    return oldest, current


def portable(text: str, version: str = "") -> bytes:
    """A module as a portable artifact: bytes that this and any later release can read, or, with a
    version, one of that time as well ("1.0.0"). XlaError if that had not all of it."""
    return ask("serialize", text=text, version=version or versions()[1])[1][0]


def from_portable(artifact: bytes) -> str:
    """The text of a portable artifact, of whatever version. XlaError."""
    return ask("deserialize", data=artifact)[0]["text"]
