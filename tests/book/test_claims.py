"""What lessons and explanations say of other people's software, tried where it is installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "chapters").glob("chapter*.ipynb"))

TVM = """
import tvm
from tvm.script import from_source

COPY = '''
# from tvm.script import tirx as T

@T.prim_func(s_tir=True)
def main(a: T.Buffer((64,), "float32"), b: T.Buffer((64,), "float32")):
    for i in range(64):
        with T.sblock("copy"):
            vi = T.axis.spatial(64, i)
            b[vi] = a[vi]
'''
module = tvm.IRModule({"main": from_source(COPY).with_attr("global_symbol", "main")})
"""


def said(code: str) -> subprocess.CompletedProcess[str]:
    """What a program in a process of its own prints."""
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    return done


def cells(path: Path) -> list[str]:
    """The source of each code cell."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]


def test_tvm_says_that_it_does_not_know_the_native_processor() -> None:
    """Chapter 17, Where it breaks: the fallback is one line on stderr."""
    pytest.importorskip("tvm")
    target = '{"kind": "llvm", "mcpu": "native"}'
    done = said(f"{TVM}\ntvm.compile(module, target=tvm.target.Target({target}))")
    assert "using default `-mcpu=generic`" in done.stderr


def test_vectorize_takes_a_complete_block_and_no_decomposed_one() -> None:
    """Chapter 17, What a schedule may not do: a copy is complete, an update is neither."""
    pytest.importorskip("tvm")
    done = said(f"""{TVM}
from tern.workshop.schedules.modules import matmul_module

sch = tvm.s_tir.Schedule(module)
sch.vectorize(sch.split(sch.get_loops(sch.get_sblock("copy"))[0], [None, 16])[1])
print("a copy is accepted")
sch = tvm.s_tir.Schedule(matmul_module(64))
block = sch.get_sblock("matmul")
i, j, k = sch.get_loops(block)
j, lanes = sch.split(j, [None, 16])
sch.reorder(i, j, k, lanes)
sch.decompose_reduction(block, k)
try:
    sch.vectorize(sch.get_loops(sch.get_sblock("matmul_update"))[-1])
except tvm.s_tir.ScheduleError:
    print("an update is refused")
""")
    assert done.stdout.splitlines() == ["a copy is accepted", "an update is refused"]


def test_numpy_is_limited_to_one_thread_on_a_mac_too() -> None:
    """Chapter 17: Accelerate reads an environment variable, and nothing else limits it."""
    pytest.importorskip("tvm")
    limited = "import os, autograder.check.tvm.without_torch; print(os.environ[{!r}])"
    if "VECLIB_MAXIMUM_THREADS" not in os.environ:
        assert said(limited.format("VECLIB_MAXIMUM_THREADS")).stdout.strip() == "1"
    lesson = "\n".join(cells(ROOT / "chapters" / "chapter17.ipynb"))
    assert 'os.environ["VECLIB_MAXIMUM_THREADS"] = "1"' in lesson.partition("import numpy")[0]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_no_lesson_silences_warnings_for_good(lesson: Path) -> None:
    """A filter is set inside `with warnings.catch_warnings():`, so it ends there."""
    for source in cells(lesson):
        assert not re.search(r"^warnings\.(?:simple)?filter", source, re.MULTILINE), source


def triton_code() -> list[str]:
    """The code of chapter 15: each cell of the lesson, each hint of the workbook."""
    path = ROOT / "solutions" / "chapter15" / "chapter15.toml"
    exercises = tomllib.loads(path.read_text(encoding="utf-8"))["exercise"]
    hints = [hint for exercise in exercises for hint in exercise["hints"]]
    return [*cells(ROOT / "chapters" / "chapter15.ipynb"), *hints]


def test_kernels_number_rows_and_elements_in_int64() -> None:
    """Chapter 15, Where it breaks: an int32 times a size overflows. One kernel shows it."""
    narrow = r"= tl\.program_id\(\d\)(?!\.to\(tl\.int64\))"
    wrong = [source for source in triton_code() if re.search(narrow, source)]
    assert [re.findall(r"def (\w+)\(", source) for source in wrong] == [["starts_kernel", "starts"]]


DOT = """
@triton.jit
def dot_kernel(a, b, c):
    i = tl.arange(0, 32)
    at = i[:, None] * 32 + i[None, :]
    tl.store(c + at, tl.dot(tl.load(a + at), tl.load(b + at)))


def product(a, b):
    c = torch.empty(32, 32)
    dot_kernel[(1,)](a, b, c)
    return c
"""


def test_a_t4_multiplies_matrices_without_tensor_cores(tmp_path: Path) -> None:
    """Chapter 15, on Colab's T4: below compute capability 8.0, tl.dot is multiply-adds."""
    pytest.importorskip("triton")
    (tmp_path / "dot.py").write_text(
        "import torch\nimport triton\nimport triton.language as tl\n" + DOT, encoding="utf-8"
    )
    done = said(f"""
import sys

import torch

from tern.gpu import compile_for

sys.path.insert(0, {str(tmp_path)!r})
from dot import product

half = torch.zeros(32, 32, dtype=torch.float16)
for device in ("sm_75", "sm_80"):
    (build,) = compile_for(device, product, half, half)
    print(device, build.count("HMMA") > 0, build.count("FFMA") > 0)
""")
    assert done.stdout.splitlines() == ["sm_75 False True", "sm_80 True False"]


def test_gluon_spells_the_swizzle_as_the_book_says() -> None:
    layouts = pytest.importorskip("triton.experimental.gluon.language")
    parameters = layouts.SwizzledSharedLayout.__dataclass_fields__
    assert {"vec", "per_phase", "max_phase"} <= set(parameters)
