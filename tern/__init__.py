"""tern: a small compiler for a typed tensor language, built part by part in the book.

Importing tern takes a few milliseconds: everything below is imported when it is first used.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from tern.parts import using

# Where each public name lives. `tern.build` and `tern.check` are packages, whose functions of
# the same names are tern.build.build and tern.check.check.
_HOMES = {
    "tern.text": "Diagnostic Source Span Token parse parse_expression show tokenize",
    "tern.ir": """
        Block BlockArgument Builder EvaluationError Operation OpResult Region Value VerifyError
        Violation control_flow_graph dominance_frontiers immediate_dominators interpret
        print_ir to_ssa verify violations
    """,
    "tern.passes": "erase_dead_operations lower_scf",
    "tern.types": """
        FloatType FunctionType IndexType IntegerType MemRefType TensorType Type bf16 f16 f32 f64
        i1 i32 i64 i8 index parse_type u8
    """,
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}
_PACKAGES = frozenset(
    "build check cost draw ir lower parts passes targets text types workshop".split()
)

__all__ = ["parse_ir", "run", "using", *_HOME_OF, *sorted(_PACKAGES)]

# Modules that have moved: who asks for the old name is told the new one.
_MOVED = {
    "calc": "workshop.calc",
    "profiles": "workshop.profiles",
    "kernels": "workshop.loops",
    "triton_kernels": "workshop.triton",
    "schedules": "workshop.schedules",
}


class _Moved:
    """A finder of modules that finds nothing: the import system asks it last."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        package, _, rest = name.partition(".")
        old, _, below = rest.partition(".")
        if package == "tern" and old in _MOVED:
            new = _MOVED[old] + (f".{below}" if below else "")
            raise ImportError(f"tern.{rest} is called tern.{new} now: change the import")


if _Moved not in sys.meta_path:
    sys.meta_path.append(_Moved)


def run(program: Any, function: str, *args: Any) -> Any:
    """Call a function of a program: a source text, its syntax tree, or a module of IR.

    The result is a Python number or a NumPy array; see `tern.ir.run`.
    """
    from tern import ir
    from tern.build import build

    module = program if isinstance(program, ir.Operation) else build(program)
    return ir.run(module, function, *args)


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return importlib.import_module(f"tern.{name}")
    if name == "parse_ir":
        value = importlib.import_module("tern.ir").parse
    elif name in _HOME_OF:
        value = getattr(importlib.import_module(_HOME_OF[name]), name)
    elif name in _MOVED:
        raise AttributeError(f"tern.{name} is called tern.{_MOVED[name]} now")
    else:
        raise AttributeError(f"module 'tern' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
