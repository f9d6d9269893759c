"""Which LLVM is found: the newest that has all that a plugin needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tern.workshop.llvm import toolchain


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is all of the search path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(toolchain, "BREW", (str(tmp_path / "brew"),))
    toolchain.all_of_them.cache_clear()
    yield tmp_path
    toolchain.all_of_them.cache_clear()


def install(machine: Path, version: str, ending: str, leave_out: str = "", says: str = "") -> None:
    """Tools that say what LLVM's do."""
    headers = machine / f"include-{version}"
    (headers / "llvm" / "IR").mkdir(parents=True, exist_ok=True)
    (headers / "llvm" / "IR" / "PassManager.h").touch()
    told = {
        "opt": f"echo 'Debian LLVM version {says or version}'",
        "llvm-config": f"case $1 in --version) echo {version};; --includedir) echo {headers};; "
        "*) echo -I/x -std=c++17 -D_GNU_SOURCE -DNDEBUG;; esac",
        "clang++": "echo clang",
    }
    for name, script in told.items():
        if name != leave_out:
            path = machine / f"{name}{ending}"
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)


def test_the_newest_of_several(machine: Path) -> None:
    install(machine, "14.0.6", "-14")
    install(machine, "19.1.7", "-19")
    install(machine, "22.1.8", "-22", leave_out="llvm-config")
    found = toolchain.all_of_them()
    assert [each.version for each in found] == [19, 14]
    assert found[0].opt == str(machine / "opt-19") and found[0].is_clang
    assert found[0].definitions == ("-D_GNU_SOURCE", "-DNDEBUG")
    assert str(found[0]) == "LLVM 19: opt-19, clang++-19, its headers"
    assert toolchain.find() == found[0] and toolchain.missing() == ""


def test_without_a_number_in_the_names(machine: Path) -> None:
    install(machine, "20.1.0", "")
    assert [each.version for each in toolchain.all_of_them()] == [20]


@pytest.mark.parametrize(
    ("version", "leave_out", "says"),
    [
        ("22.1.8", "opt", ""),
        ("22.1.8", "clang++", ""),
        ("22.1.8", "", "21.1.0"),  # a plugin for 22 does not load into it
        ("13.0.1", "", ""),
        ("99.0.0", "", ""),
    ],
)
def test_what_is_no_toolchain(machine: Path, version: str, leave_out: str, says: str) -> None:
    install(machine, version, "", leave_out, says)
    assert toolchain.find() is None
    told = toolchain.missing()
    assert "not found: " in told and ("install" in told)
    words = {"opt": "opt not", "clang++": "a C++ compiler not"}
    assert words.get(leave_out, "a version from 14 to 22") in told


def test_headers_are_another_package(machine: Path) -> None:
    install(machine, "22.1.8", "-22")
    (machine / "include-22.1.8" / "llvm" / "IR" / "PassManager.h").unlink()
    assert toolchain.find() is None


def test_nothing_at_all(machine: Path) -> None:
    assert toolchain.missing().startswith("opt, LLVM's headers, a C++ compiler not found: ")


def test_in_a_folder_of_homebrew_s(machine: Path) -> None:
    place = machine / "brew" / "llvm@18" / "bin"
    place.mkdir(parents=True)
    install(place, "18.1.8", "")
    assert [each.version for each in toolchain.all_of_them()] == [18]
