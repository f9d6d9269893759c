"""What the meter does not measure: each is refused by its name, with its types, and a way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import triton.language as tl
from triton.runtime.interpreter import InterpreterBuilder

from tern.gpu.faults import Stopped

# What to do instead of what works on a GPU, and not here.
OPERATORS = {
    **{
        f"__{name}__": sign
        for name, sign in zip("add sub mul truediv floordiv mod".split(), "+ - * / // %".split())
    },
    **{
        f"__{name}__": sign
        for name, sign in zip("and or xor lshift rshift".split(), "& | ^ << >>".split())
    },
    **{
        f"__{name}__": sign
        for name, sign in zip("lt le gt ge eq ne".split(), "< <= > >= == !=".split())
    },
    "__neg__": "-",
    "__invert__": "~",
    "__not__": "not",
    "logical_and": "and",
    "logical_or": "or",
}
UNKNOWN_TYPES = ("fp8e4b8", "fp8e4b15", "fp8e5b16")  # those of AMD, and one of no GPU
HINTS = {"flip": "say dim=: what it is by default, the compiler does not take"}
INSTEAD = {
    "inline_asm_elementwise": "write it with operations of triton.language",
    "dot_scaled": "convert the operands, multiply by their scales, and use tl.dot",
    "map_elementwise": "compute both branches, and choose with tl.where",
    "globaltimer": "a kernel's time is not to be had without a GPU",
    "smid": "go by tl.program_id",
    "num_threads": "go by the shape of the block",
    "num_warps": "go by the shape of the block",
}


class Failure(Exception):
    """An error in an operation of a kernel. `where` says which operation, and of which types."""

    def __init__(self, text: str, where: str = "", is_refused: bool = False) -> None:
        super().__init__(f"{where}: {text}" if where else text)
        self.text, self.is_refused = text, is_refused


class Undecided(Failure):
    """A block of several values decides a branch."""


def refused(what: str, instead: str = "") -> Failure:
    """Triton has it, and the meter has not: what, and what to do instead."""
    text = f"{what} is not measured here" + (f": {instead}" if instead else "")
    return Failure(text, is_refused=True)


def types_of(arguments: Any) -> str:
    """The types of the tensors among arguments: "float32[64], int32"."""
    found = []
    for each in arguments:
        if isinstance(each, (tuple, list, tl.tuple)):
            found += [text] if (text := types_of(each)) else []
        elif isinstance(each, tl.tensor):
            shape = f"[{', '.join(str(int(n)) for n in each.shape)}]" if each.shape else ""
            found.append(f"{each.type.scalar}{shape}")
    return ", ".join(found)


def named(name: str, function: Callable) -> Callable:
    """An operation whose errors say its name, and of which types it was asked for.

    Of operations within operations it is the outermost that is named: the one in the kernel.
    """

    def calling(*arguments: Any, **keywords: Any) -> Any:
        try:
            return function(*arguments, **keywords)
        except (Stopped, Undecided):
            raise
        except Exception as error:
            of = types_of([*arguments, *keywords.values()])
            where = f"{name} of {of}" if of else name
            text = (str(error).strip() or type(error).__name__).splitlines()[0]
            if isinstance(error, TypeError):
                text = HINTS.get(name.rpartition(".")[2], text)
            if isinstance(getattr(error, "obj", None), InterpreterBuilder):
                error = Failure("the interpreter has no such operation", is_refused=True)
            known = error if isinstance(error, Failure) else Failure(text)
            raise Failure(known.text, where, known.is_refused) from error

    return calling


def indexing(function: Callable) -> Callable:
    """x[…], which takes only `:` and None."""

    def index(tensor: Any, slices: Any) -> Any:
        each = slices if isinstance(slices, (tuple, tl.tuple)) else [slices]
        for one in map(_bare, each):
            whole = isinstance(one, (slice, tl.slice)) and not any(
                _bare(bound) is not None for bound in (one.start, one.stop, one.step)
            )
            if one is not None and not whole:
                shown = "a block" if isinstance(one, tl.tensor) else str(one)
                raise Failure(
                    f"{shown} is no index of a block, which takes `:` and None: load the element "
                    "that you want, or pick it with tl.gather, or with tl.sum(tl.where(…))"
                )
        return function(tensor, slices)

    return index


def _bare(value: Any) -> Any:
    return value.value if isinstance(value, tl.constexpr) else value


def refusing(name: str) -> Callable:
    """In the place of a function that the meter has no way to run."""

    def refuse(*arguments: Any, **keywords: Any) -> Any:
        what = f"{name} of {of}" if (of := types_of(arguments)) else name
        raise refused(what, INSTEAD.get(name.rpartition(".")[2], ""))

    return refuse
