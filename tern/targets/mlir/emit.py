"""Functions of tern as a module for MLIR: which of them, in which form, and what has none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tern.errors import at
from tern.ir import Operation, functions
from tern.targets.errors import EmitError
from tern.targets.mlir.text import Locate, module_text
from tern.targets.mlir.to_linalg import to_linalg
from tern.targets.notes import root_of
from tern.types import MemRefType, TensorType, own_spelling


def mlir_text(*funcs: Operation, locate: Locate | None = None, keep_names: bool = False) -> str:
    """A module of functions and of what they call, in MLIR's text, which the real parser accepts.

    Tensors are computed by linalg (`to_linalg`), loops stay affine loops over buffers, and numbers
    stay in blocks. Values have the program's names. With `locate` each operation tells where it
    came from, as `in_source` has it of a Source, and with `keep_names` what its value is called:
    so MLIR prints the name as well.

    Raises:
        EmitError: a function has no body, or a type has no form in MLIR.
    """
    return module_text([to_linalg(func) for func in with_callees(funcs)], locate, keep_names)


def with_callees(funcs: Sequence[Operation]) -> list[Operation]:
    """Functions, and those of their modules that they call, each once, in the modules' order.

    EmitError for what has no form.
    """
    needed = dict.fromkeys(funcs)
    work = list(funcs)
    while work:
        func = work.pop()
        with at(func.location):
            check_form(func)
        known = _by_name(root_of(func))
        for op in func.walk():
            callee = known.get(op.attributes["callee"]) if op.name == "func.call" else None
            if callee is not None and callee not in needed:
                needed[callee] = None
                work.append(callee)
    order = [each for func in funcs for each in _by_name(root_of(func)).values()]
    return [func for func in dict.fromkeys([*order, *funcs]) if func in needed]


def _by_name(root: Operation) -> dict[str, Operation]:
    found = functions(root) if root.name == "builtin.module" else [root]
    return {func.attributes["sym_name"]: func for func in found}


def check_form(func: Operation) -> None:
    """EmitError, with the location, if a function has no form in MLIR."""
    if not func.body.blocks:
        raise EmitError(f"@{func.attributes['sym_name']} has no body")
    for op in func.walk():
        for value in (*op.operands, *op.results):
            if isinstance(value.type, MemRefType) and isinstance(value.type.element, TensorType):
                with at(op.location):
                    raise EmitError(
                        f"{op.name} of {own_spelling(value.type)} has no form in MLIR: its buffers "
                        "hold no tensors"
                    )


# what the pipelines take --------------------------------------------------------------------------

_SIGNATURE = re.compile(r"^\s*func\.func .*(?=\{$)", re.MULTILINE)
_ARGUMENT = re.compile(r"%([A-Za-z_]\w*): ([^,()]+)(?=[,)])")


def with_argument_names(text: str) -> str:
    """The text with the names of functions' arguments as their locations: so MLIR keeps them."""

    def line(found: re.Match[str]) -> str:
        return _ARGUMENT.sub(r'%\1: \2 loc("\1")', found[0])

    return _SIGNATURE.sub(line, text)


def as_entry(text: str, name: str) -> str:
    """The text with a function as what C calls, to whose tensors bufferization may not write."""

    def argument(found: re.Match[str]) -> str:
        tensor = found[2].startswith("tensor<")
        return f"{found[0]} {{bufferization.writable = false}}" if tensor else found[0]

    def line(found: re.Match[str]) -> str:
        if f" @{name}(" not in found[0]:
            return found[0]
        return f"{_ARGUMENT.sub(argument, found[0])}attributes {{llvm.emit_c_interface}} "

    return _SIGNATURE.sub(line, text)


def numbered(func: Operation) -> tuple[Operation, list[Operation]]:
    """A copy of a function with all around it, whose operations have numbers as locations, and the
    operations that they are numbers of."""
    root = root_of(func)
    copy, originals = root.clone(), list(root.walk())
    found: Any = None
    for number, (op, original) in enumerate(zip(copy.walk(), originals)):
        op.location = number
        found = op if original is func else found
    return found, originals


def by_number(op: Operation) -> str:
    """A location that is the number which `numbered` gave."""
    return f'"tern":{op.location}:1' if isinstance(op.location, int) else ""


def number_of(place: str) -> int | None:
    """The number in a place that MLIR tells."""
    found = re.search(r'"tern":(\d+):1\b', place)
    return int(found[1]) if found else None
