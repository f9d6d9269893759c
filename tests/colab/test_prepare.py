"""What `autograder.reader.colab` finds, installs, and says; pip is real and has no network."""

from __future__ import annotations

import doctest
import os
import stat
import subprocess
import sys
import types
from pathlib import Path

import pytest

from autograder import colab
from book import stamp

pytest.importorskip("IPython")


@pytest.fixture(autouse=True)
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("LLVMLITE_ENABLE_OPAQUE_POINTERS", "0")


@pytest.fixture
def pips(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would be installed: the requirements of each call."""
    asked: list[list[str]] = []
    monkeypatch.setattr(colab, "install", lambda wanted, keep: asked.append(list(wanted)))
    return asked


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(colab).failed == 0


def test_with_nothing_missing_pip_is_content_and_one_line_says_so(capsys) -> None:
    colab.prepare()
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "nothing was missing" in said
    assert f"Python {sys.version_info[0]}.{sys.version_info[1]}." in said


def test_the_book_and_then_what_the_chapter_names_are_asked_for(pips, capsys) -> None:
    colab.prepare("apache-tvm==0.27.0", new=True)
    assert pips[1:] == [["apache-tvm==0.27.0"]]
    assert {one.partition(">")[0] for one in pips[0]} == {"numpy", "hypothesis", "rich"}
    assert "installed: ai-compiler-book 0.1.0." in capsys.readouterr().out


def test_a_version_that_is_there_is_never_replaced() -> None:
    have = colab.installed()
    with pytest.raises(colab.NotInstalled, match=r"it needs another numpy than \d.*stays$"):
        colab.install(["numpy>=99"], have)
    assert colab.installed() == have


def test_what_no_index_has_is_named_in_one_line(capsys) -> None:
    colab.prepare("no-such-package-of-anybody==1.0")
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "not installed: no-such-package-of-anybody==1.0 (Could not find a version" in said


def test_without_a_network_it_says_that(monkeypatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    for name, value in [
        ("PIP_CONFIG_FILE", os.devnull), ("PIP_RETRIES", "1"), ("PIP_EXTRA_INDEX_URL", ""),
        ("PIP_INDEX_URL", "http://127.0.0.1:9/simple"),
    ]:  # fmt: skip
        monkeypatch.setenv(name, value)
    with pytest.raises(colab.NotInstalled, match="^there is no network$"):
        colab.install(["no-such-package-of-anybody"], {})


def test_what_the_book_cannot_do_without_is_an_error_of_one_line(monkeypatch) -> None:
    from IPython.core.error import UsageError

    monkeypatch.setattr(colab, "requirements", lambda: ["numpy>=99"])
    with pytest.raises(UsageError, match="^the book cannot run here: it needs another numpy"):
        colab.prepare()


def test_distributions_without_a_readable_version_are_left_out(monkeypatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken-1.0.dist-info"
    broken.mkdir()
    debian = tmp_path / "debian-1.dist-info"
    debian.mkdir()
    (debian / "METADATA").write_text("Name: Some_Debian\nVersion: 0.1.43ubuntu1\n")
    shadowed = tmp_path / "numpy-0.1.dist-info"
    shadowed.mkdir()
    (shadowed / "METADATA").write_text("Name: numpy\nVersion: 0.1\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    found = colab.installed()
    assert "broken" not in found and found["some-debian"] == "0.1.43ubuntu1"
    assert found["numpy"] != "0.1"
    told = colab.constraints(found)
    assert "some-debian" not in told and f"numpy=={found['numpy']}\n" in told


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo Tesla T4", "Tesla T4"),
        ("echo A; echo B", "A, B"),
        ("echo failed; exit 9", ""),
        ("", ""),
    ],
)
def test_gpus_are_what_the_driver_reports(
    monkeypatch, tmp_path: Path, script: str, found: str
) -> None:
    command = tmp_path / "nvidia-smi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert colab.gpu() == found


def test_the_pointers_of_todays_llvm_are_asked_for_unless_refused(
    pips, monkeypatch, capsys
) -> None:
    colab.prepare()
    assert os.environ["LLVMLITE_ENABLE_OPAQUE_POINTERS"] == "0"
    monkeypatch.delenv("LLVMLITE_ENABLE_OPAQUE_POINTERS")
    colab.prepare()
    assert os.environ["LLVMLITE_ENABLE_OPAQUE_POINTERS"] == "1"


def test_it_imports_nothing_that_takes_time() -> None:
    code = (
        "import sys; from autograder import colab; "
        "print(sys.modules.keys() & {'numpy', 'torch', 'numba'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# ---- the cell -----------------------------------------------------------------------------------


@pytest.fixture
def in_colab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))


def source() -> str:
    return "".join(stamp.cell(stamp.ROOT, 1, ["torch-mlir"], workbook=False)["source"])


def test_where_the_book_is_there_the_cell_only_prepares(in_colab, monkeypatch) -> None:
    called = []
    monkeypatch.setattr(colab, "prepare", lambda *packages, **more: called.append((packages, more)))
    exec(source(), {})
    exec(source(), {})
    wanted = stamp.pinned(stamp.ROOT, "torch-mlir")
    assert called == [((wanted,), {"new": False})] * 2


def test_where_pip_fails_the_cell_says_why_in_one_line(in_colab, monkeypatch) -> None:
    from IPython.core.error import UsageError

    monkeypatch.setitem(sys.modules, "autograder", None)  # so that importing it fails
    told = "WARNING: x\n  fatal: unable to access: Could not resolve host\nerror: y"
    ran = []

    def run(command: list[str], **more: object) -> subprocess.CompletedProcess:
        ran.append(command)
        return subprocess.CompletedProcess(command, 1, "", told)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(UsageError) as caught:
        exec(source(), {})
    assert str(caught.value).count("\n") == 0
    assert str(caught.value).endswith(": fatal: unable to access: Could not resolve host")
    (command,) = ran
    assert command[1:4] == ["-m", "pip", "install"] and "--no-deps" in command
    assert command[-1] == stamp.address(stamp.ROOT)
