"""The book's test for FileCheck, beside LLVM's own FileCheck."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from autograder.check.llvm.outputs import BUGS, MORE_BUGS, RIGHT, VARIANTS, renamed
from tern.workshop.llvm.strength_test import FILL, strength_test

pytest.importorskip("filecheck")

from tern.workshop.llvm.filecheck import compare


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_tells_right_from_broken() -> None:
    rng, test = random.Random(), strength_test()
    for name, output in VARIANTS.items():
        assert not any(compare(test, each) for each in (output, renamed(output, rng))), name
    for name, output in {**BUGS, **MORE_BUGS}.items():
        assert all(compare(test, each) for each in (output, renamed(output, rng))), name


def test_outputs_are_modules_that_llvm_verifies() -> None:
    llvm = pytest.importorskip("llvmlite.binding")
    rng = random.Random()
    for text in (FILL, RIGHT, *VARIANTS.values(), *BUGS.values(), *MORE_BUGS.values()):
        for each in (text, renamed(text, rng)):
            if llvm.llvm_version_info[0] < 21:
                each = each.replace("captures(none)", "nocapture")
            llvm.parse_assembly(each).verify()
    assert RIGHT.count("mul") == 1 and FILL.count("mul") == 2


def test_llvms_filecheck_says_the_same(folder: Path) -> None:
    tool = next(filter(None, map(shutil.which, ["FileCheck-22", "FileCheck"])), None)
    if tool is None:
        pytest.skip("not judged here: LLVM's FileCheck is not there")
    (folder / "t.ll").write_text(strength_test())
    for outputs, passes in ((VARIANTS, True), (BUGS, False), (MORE_BUGS, False)):
        for name, output in outputs.items():
            (folder / "o.ll").write_text(output)
            done = subprocess.run([tool, "t.ll", "--input-file=o.ll"], capture_output=True)
            assert (done.returncode == 0) == passes, name


def test_what_filecheck_says_of_what_is_no_test() -> None:
    assert "check" in compare("", RIGHT).lower()
    assert compare("; CHECK: {{(}}", RIGHT)
    assert not compare("; CHECK: define", RIGHT)
