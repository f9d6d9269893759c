"""Every error of tern has one base, and the command line knows nothing more of it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import tern
from tern.errors import TernError
from tern.ir import EvaluationError, VerifyError
from tern.passes import NestError
from tern.text import Diagnostic, parse

ROOT = Path(tern.__file__).parent
# They end a piece of work, and are caught by who began it.
SIGNALS = {
    "Failed", "Failure", "NoForm", "_Differs", "Reported", "Stopped", "TooManyErrors", "Wrong",
}  # fmt: skip


def exceptions() -> list[tuple[str, str]]:
    """Module and name of each class in tern that names an exception among its bases."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name != "TernError":
                bases = [ast.unparse(base) for base in node.bases]
                if any(base.endswith(("Error", "Exception", "Diagnostic")) for base in bases):
                    name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
                    found.append((name, node.name))
    return found


@pytest.mark.parametrize("module, name", exceptions())
def test_every_error_has_the_one_base(module: str, name: str) -> None:
    error = getattr(importlib.import_module(module), name)
    assert issubclass(error, TernError) == (name not in SIGNALS)


def test_errors_are_also_the_kind_that_python_has() -> None:
    assert issubclass(VerifyError, ValueError) and issubclass(NestError, ValueError)
    assert issubclass(EvaluationError, ArithmeticError)


def test_only_a_diagnostic_says_itself_where_it_is_from() -> None:
    with pytest.raises(Diagnostic) as caught:
        parse("fn")
    assert caught.value.report() == str(caught.value)
    assert NestError("no nest").report() == "tern: no nest"
