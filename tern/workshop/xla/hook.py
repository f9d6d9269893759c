"""A pass of your own inside XLA: HLO text in, HLO text out, for one compilation.

jax.extend.xla lets Python register a transformation of a module. It is called late, after XLA's own
simplifications and fusions, just before the schedule is made, and XLA compiles what it gives. It is
called for everything that the process compiles while it is registered, jnp.arange too. So it is
registered for as long as one compilation takes, and looks at the module's name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tern.errors import TernError
from tern.targets.errors import XlaMissing
from tern.workshop.xla import real
from tern.workshop.xla.hlo import Module
from tern.workshop.xla.hlo_text import read_module

NAME = "tern"
Pass = Callable[[Module], Module | None]


class PassError(TernError, RuntimeError):
    """A pass inside XLA failed, or gave what XLA refuses. The cause is what it raised."""


@dataclass
class Runs:
    """What a pass was given and gave: HLO text before and after, by the module's name."""

    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None


@contextmanager
def inside_xla(own_pass: Pass, only: str = "") -> Iterator[Runs]:
    """Run `own_pass` on every module that XLA compiles for the CPU until the `with` block ends.

    With `only`, on those of this name alone: "jit_f" for jax.jit(f). The pass returns a module, or
    None to leave it as it is. It is cleared afterwards, whatever happens. JAX keeps what it has
    compiled: all of that is forgotten before, so that the pass gets to see everything, and after,
    so that nothing it made is used again. What the block has compiled itself stays as it is.
    PassError, with the pass's own error as its cause; XlaMissing where this JAX has no hook.
    """
    register, clear, forget = _hook()
    runs = Runs()

    def callback(proto: bytes) -> bytes | None:
        if runs.error is not None:
            return None
        try:
            return _run(own_pass, proto, only, runs)
        except Exception as error:
            runs.error = error  # XLA would print it, and go on or not: it is told below
            return None

    forget()
    register(callback, name=NAME, platforms="cpu")
    try:
        yield runs
    finally:
        clear(NAME, platforms="cpu")
        forget()
        if runs.error is not None:
            raise PassError(f"the pass failed: {_told(runs.error)}") from runs.error


def _run(own_pass: Pass, proto: bytes, only: str, runs: Runs) -> bytes | None:
    text = real.to_text(proto)
    module = read_module(text)
    if only and module.name != only:
        return None
    runs.before[module.name] = text
    changed = own_pass(module)
    if changed is None:
        return None
    made = runs.after[module.name] = str(changed)
    return real.to_proto(made)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _hook() -> tuple[Callable[..., Any], Callable[..., Any], Callable[[], None]]:
    """JAX's functions that register and clear a transformation, and that forget what has been
    compiled. XlaMissing."""
    if why := real.missing():
        raise XlaMissing(why)
    try:
        door = importlib.import_module("jax.extend.xla")
        forget = importlib.import_module("jax").clear_caches
        return door.register_hlo_module_transformation, door.clear_hlo_module_transformation, forget
    except (ImportError, AttributeError):
        raise XlaMissing(
            "this JAX has no jax.extend.xla.register_hlo_module_transformation: it came with "
            f"jaxlib 0.10.2, and the book was written with {real.TRIED_WITH}. Install that, or "
            "look for the new name in jax/extend/xla.py, and mend tern/workshop/xla/hook.py"
        ) from None
