"""The rooms of autograder/ stand on each other: each imports those before it, in no circle.

Every import counts: at the top, inside a function, and under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.autograder.workbooks import ROOT

ROOMS = ["report", "worker", "course", "speed", "check", "judge", "reader", "author"]
FAMILIES = sorted(
    path.parent.name for path in (ROOT / "autograder" / "check").glob("*/__init__.py")
)


@cache
def modules() -> dict[str, ast.Module]:
    """The syntax tree of every module, by its full name."""
    found = {}
    for path in sorted((ROOT / "autograder").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imports(name: str) -> set[str]:
    """The modules of autograder that a module imports."""
    found: set[str] = set()
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports by a relative path"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one if one in modules() else str(node.module) for one in inner}
    return {one for one in found if one.split(".")[0] == "autograder"}


def room(name: str) -> int:
    """The number of a module's room; cli and what leads to it stand above all rooms."""
    parts = name.split(".")
    return ROOMS.index(parts[1]) if len(parts) > 1 and parts[1] in ROOMS else len(ROOMS)


def family(name: str) -> str:
    parts = name.split(".")
    return parts[2] if parts[1:2] == ["check"] and len(parts) > 2 and parts[2] in FAMILIES else ""


def test_every_module_stands_in_a_room_or_at_the_door() -> None:
    outside = {name for name in modules() if room(name) == len(ROOMS)}
    assert outside == {"autograder", "autograder.__main__", "autograder.cli"}


@pytest.mark.parametrize("name", modules())
def test_no_module_imports_from_a_higher_room(name: str) -> None:
    assert {one for one in imports(name) if room(one) > room(name)} == set()


def test_no_modules_import_each_other_in_a_circle() -> None:
    try:
        list(TopologicalSorter({name: imports(name) for name in modules()}).static_order())
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


@pytest.mark.parametrize("name", [name for name in modules() if family(name)])
def test_a_family_of_checks_imports_no_other(name: str) -> None:
    assert {family(one) for one in imports(name)} <= {family(name), ""}


@pytest.mark.parametrize(
    "name", [name for name in modules() if name.startswith("autograder.check.")]
)
def test_what_the_families_share_imports_none_of_them(name: str) -> None:
    assert family(name) or not {one for one in imports(name) if family(one)}


def test_the_judge_knows_no_family() -> None:
    """A week with checks of its own changes nothing there."""
    judges = [name for name in modules() if name.startswith("autograder.judge")]
    assert {one for name in judges for one in imports(name) if family(one)} == set()


@pytest.mark.parametrize("named", ["equal", "forall", "keeps_up", "CheckFailed"])
def test_a_family_is_not_imported_before_it_is_named(named: str) -> None:
    code = f"import sys; from autograder import check; check.{named}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert {one for one in loaded if family(one)} == set()
    assert loaded.isdisjoint({"jax", "numba", "torch", "torch_mlir", "triton", "tvm"})


def test_a_check_that_nobody_has_is_an_attribute_error() -> None:
    from autograder import check

    with pytest.raises(AttributeError, match="there is no check.equals"):
        _ = check.equals
