"""Which module of tern may import which: never in a circle, and packages only downwards.

Every import counts: at the top of a module, inside a function, and for type checkers alone.
"""

from __future__ import annotations

import ast
import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import tern

ROOT = Path(tern.__file__).parent

# What each package imports of the others. Read downwards: each imports only those above it.
ALLOWED = {
    "errors": "",
    "parts": "",
    "lazily": "",
    "generated": "",
    "types": "",
    "numbers": "types",
    "shapes": "parts types",
    # the front end
    "text": "errors parts shapes",
    "check": "errors numbers parts shapes text types",
    # the IR, which is text too, and what rewrites it
    # (of text only the diagnostics, which point at a source)
    "ir": "errors lazily numbers parts shapes text types",
    "analysis": "errors ir parts types",
    "rewrite": "errors ir lazily numbers parts text types",
    # what programs cost, and machines can
    "cost": "analysis ir parts types",
    "passes": "analysis cost errors ir numbers parts rewrite types",
    # the levels: from the syntax tree to IR, from tensors to loops
    "build": "check ir numbers parts shapes text types",
    "lower": "build errors ir passes text types",
    # tern's own back end
    "machine": "errors ir numbers parts passes types",
    "gpu": "cost errors parts",
    # code for machines, and figures
    "targets": (
        "analysis build errors generated gpu ir lower machine numbers parts passes shapes text "
        "types"
    ),
    "frontends": "build errors ir numbers parts passes shapes text types",
    "draw": "cost ir machine parts text",
    # beside the compiler, and its command line; only these import a target
    "conformance": "cost errors gpu ir numbers passes targets types",
    "workshop": (
        "analysis build check cost draw errors gpu ir lower numbers parts passes rewrite targets "
        "text types"
    ),
    "command": "build check cost errors ir lower parts passes shapes targets text workshop",
    "__main__": "command conformance errors rewrite text",
    # `tern` itself finds the rest by name, when it is asked for it
    "__init__": "build ir parts",
}


def test_no_module_imports_itself_through_others() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        raise AssertionError(f"a circle of imports: {' <- '.join(error.args[1])}") from None


def test_packages_import_only_what_stands_above_them() -> None:
    wrong = [
        f"{module} imports {other}"
        for module, others in imports().items()
        for other in sorted(others)
        if package(other) not in {package(module), *ALLOWED[package(module)].split()}
    ]
    assert not wrong


def test_the_table_is_in_order_and_has_nothing_that_no_module_needs() -> None:
    needed: dict[str, set[str]] = {name: set() for name in ALLOWED}
    for module, others in imports().items():
        needed[package(module)] |= {package(other) for other in others} - {package(module)}
    assert {name: sorted(names) for name, names in needed.items()} == {
        name: names.split() for name, names in ALLOWED.items()
    }
    order = list(ALLOWED)
    for name, names in ALLOWED.items():
        assert all(order.index(other) < order.index(name) for other in names.split()), name


def test_only_the_parser_of_the_ir_knows_the_text_package() -> None:
    users = {
        (module, other)
        for module, others in imports().items()
        for other in others
        if package(module) == "ir" and package(other) == "text"
    }
    assert users == {(f"tern.ir.{name}", "tern.text.diagnostics") for name in ("parser", "reader")}


def test_the_whole_interpreter_needs_numpy_alone() -> None:
    code = (
        "import sys; before = set(sys.modules); import tern\n"
        "assert 'numpy' not in sys.modules and 'tern.text' not in sys.modules\n"
        "tern.run('fn f(x: f32[2]) -> f32[2] { return x + x; }', 'f', [1.0, 2.0])\n"
        "found = {name.partition('.')[0] for name in sys.modules.keys() - before}\n"
        "print(sorted(found - sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}
    )
    assert done.stdout.strip() == "['numpy', 'tern']", done.stderr


# ---- reading the imports -------------------------------------------------------------------------


@functools.cache
def imports() -> dict[str, set[str]]:
    """The modules of tern that each module of tern imports."""
    modules = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        modules[name.removesuffix(".__init__")] = path
    return {
        module: {known(name, modules) for name in imported(path)} - {module, None}
        for module, path in modules.items()
    }


def imported(path: Path) -> Iterator[str]:
    """The names that a file imports, `package.module.name` for each `from … import name`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively"
            yield from (f"{node.module}.{each.name}" for each in node.names)


def known(name: str, modules: dict[str, Path]) -> str | None:
    """The module of tern that an imported name is, or stands in."""
    for each in (name, name.rpartition(".")[0]):
        if each in modules:
            return each
    return None


def package(module: str) -> str:
    """What stands directly below tern: `ir` of tern.ir.core; `__init__` of tern itself."""
    return [*module.split("."), "__init__"][1]
