"""check.schedules and its kin: in a plain kernel, and apart from the judge."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip(
    "autograder.check.tvm.without_torch", reason="schedules are TVM's"
)  # without PyTorch

from tvm.s_tir import Schedule

from autograder import check
from autograder.check import session
from autograder.check.tvm import apart, look, plain_trace, replay, search
from autograder.check.tvm.plain_trace import TraceError
from autograder.judge import workers
from autograder.judge.session import JudgeSession
from tern.workshop.schedules import (
    CONV,
    DENSE,
    MATMUL,
    fuse_epilogue,
    schedule_conv,
    schedule_gpu,
    schedule_matmul,
    search_space,
)

REJECTED = Path(__file__).resolve().parents[3] / "rejected" / "chapter17"
SMALL = (32, 32, 8)
CELL = "import tvm\nfrom tvm.s_tir import Schedule\nfrom tern.workshop.schedules import MATMUL\n"


def nothing(sch: Schedule) -> None:
    return


def vectorizes_late(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    i, j, p = sch.get_loops(block)
    sch.reorder(i, p, j)
    sch.decompose_reduction(block, p)
    sch.vectorize(j)


def transposes(sch: Schedule) -> None:
    sch.transform_layout("C", ("write", 0), lambda i, j: (j, i))


def unrolls_everything(sch: Schedule) -> None:
    for loop in sch.get_loops(sch.get_sblock("C")):
        sch.unroll(loop)


def rejected(name: str) -> Callable:
    """The function that a submission of tests/rejected/chapter17 defines."""
    names: dict[str, Any] = {"Schedule": Schedule}
    exec((REJECTED / f"{name}.py").read_text(encoding="utf-8"), names)
    return names["schedule_gpu"]


def trace_of(function: Callable, program: Any = MATMUL, sizes: tuple = SMALL) -> list:
    schedule = Schedule(program.module(*sizes), seed=1)
    function(schedule)
    return plain_trace.plain(schedule.trace)


@pytest.fixture(scope="module")
def server() -> Iterator[workers.ForkServer]:
    with workers.ForkServer(frozenset()) as server:
        yield server


@pytest.fixture
def judged(server: workers.ForkServer) -> Iterator[Callable]:
    """Stands a function in for one that these cells define, as the judge does."""

    def stand_in(source: str, name: str = "mine") -> Any:
        cells = [{"id": "set-up", "source": CELL}, {"id": "ch17-answer", "source": source}]
        chapter = SimpleNamespace(preload=(), exercises=())
        lent.enter_context(session.use(JudgeSession(server, chapter, cells, frozenset())))
        return SimpleNamespace(__name__=name)

    with contextlib.ExitStack() as lent:
        yield stand_in


# ---- traces -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "program"),
    [
        (schedule_matmul, MATMUL),
        (fuse_epilogue, DENSE),
        (schedule_gpu, MATMUL),
        (search_space, MATMUL),
    ],
)
def test_a_trace_crosses_and_leads_to_the_same_program(function: Callable, program: Any) -> None:
    import tvm_ffi

    schedule = Schedule(program.module(*SMALL), seed=3)
    function(schedule)
    trace = json.loads(json.dumps(plain_trace.plain(schedule.trace)))
    replayed = plain_trace.replay(program.module(*SMALL), trace)
    assert tvm_ffi.structural_equal(replayed.mod, schedule.mod)


def test_every_primitive_that_is_allowed_is_a_method_of_the_schedule() -> None:
    missing = [name for name in plain_trace.PRIMITIVES if not hasattr(Schedule, name)]
    assert not missing
    for kind in ("GetSBlock", "RFactor", "ReorderBlockIterVar", "CacheRead", "SamplePerfectTile"):
        assert plain_trace.primitive(kind) in plain_trace.PRIMITIVES


@pytest.mark.parametrize(
    "forged",
    [None, 5, "trace", [], [[]], [[], {}], [[["Split"]], []], [[[5, [], [], []]], []],
     [[["a b", [], [], []]], []], [[["GetLoops", [{}], [], []]], []]],
)  # fmt: skip
def test_what_is_no_trace_is_refused(forged: Any) -> None:
    with pytest.raises(TraceError, match="no trace of a schedule"):
        plain_trace.checked(forged)


@pytest.mark.parametrize(
    "kind", "Tensorize TransformLayout UnsafeSetDtype ReindexCacheRead Library".split()
)
def test_only_steps_without_code_of_their_own_get_through(kind: str) -> None:
    with pytest.raises(TraceError, match=rf"sch.{plain_trace.primitive(kind)} is not allowed"):
        plain_trace.checked([[[kind, [], [], []]], []])


def test_pragmas_odd_names_and_long_traces_are_refused() -> None:
    step = ["Annotate", ["l1", 16], ["pragma_auto_unroll_max_step"], []]
    assert plain_trace.checked([[step], []]) == [[step], []]
    with pytest.raises(TraceError, match="sch.annotate with 'pragma_import_llvm' is not allowed"):
        plain_trace.checked([[["Annotate", ["l1", "x"], ["pragma_import_llvm"], []]], []])
    with pytest.raises(TraceError, match="a text that is no name"):
        plain_trace.checked([[["GetSBlock", [], ["C();", "main"], ["b0"]]], []])
    with pytest.raises(TraceError, match="more than 2,000"):
        plain_trace.checked([[["GetSBlock", [], ["C"], ["b0"]]] * 2_001, []])


def test_a_trace_that_does_not_fit_says_so() -> None:
    with pytest.raises(TraceError, match="the trace does not fit the program: .*no|name"):
        plain_trace.replay(MATMUL.module(*SMALL), trace_of(fuse_epilogue, DENSE))
    with pytest.raises(TraceError, match="the trace does not fit"):
        plain_trace.replay(MATMUL.module(*SMALL), [[["Vectorize", ["l9"], [], []]], []])


def test_the_reason_of_a_schedule_error_is_one_line() -> None:
    with pytest.raises(Exception) as caught:
        vectorizes_late(Schedule(MATMUL.module(*SMALL)))
    assert len(str(caught.value)) > 2_000
    said = plain_trace.reason(caught.value)
    assert said.startswith("sch.vectorize: The queried subtree") and "that comes last" in said
    assert len(said) < 500 and "\n" not in said


# ---- what is read off a program -----------------------------------------------------------------


def test_loads_are_counted_in_the_loops() -> None:
    n, m, k = 32, 64, 16
    naive = MATMUL.module(n, m, k)
    assert look.loaded(naive) == dict.fromkeys("ABC", 4 * n * m * k)
    schedule = Schedule(MATMUL.module(128, 128, 32))
    schedule_gpu(schedule)
    twice = dict.fromkeys("AB", 2 * 128 * 32 * 4)  # two tiles of 64 in each direction
    assert look.loaded(schedule.mod) == twice
    blocks = {f"blockIdx.{axis}": 2 for axis in "yx"}
    assert look.threads(schedule.mod) == blocks | {f"threadIdx.{axis}": 16 for axis in "yx"}
    assert look.intermediates(schedule.mod) == {"C_local": 64, "A_shared": 4096, "B_shared": 4096}


def test_what_stands_outside_of_the_threads_is_loaded_by_each_of_them() -> None:
    schedule = Schedule(MATMUL.module(512, 512, 512))
    rejected("gpu/sums_of_a_block_in_every_thread")(schedule)
    inputs = 2 * 4 * 512 * 512
    assert sum(look.loaded(schedule.mod).values()) == 256 * 8 * inputs  # 8 with the loops bound
    assert look.threads(schedule.mod)["threadIdx.x"] == 16


def test_a_schedule_left_as_it_was_is_nowhere_accepted() -> None:
    for ask in (check.generates, lambda f, of, sizes: check.runs_opencl(f, of=of, sizes=[sizes])):
        with pytest.raises(check.CheckFailed, match="nothing has left its schedule as it was"):
            ask(nothing, of=MATMUL, sizes=SMALL)


def test_a_scope_that_ends_pocl_is_refused_before_it_runs() -> None:
    dynamic = rejected("gpu/dynamic_shared_memory")
    schedule = Schedule(MATMUL.module(512, 512, 512))
    dynamic(schedule)
    assert sum(look.intermediates(schedule.mod, "shared").values()) == 128 << 10
    for ask in (check.generates, lambda f, of, sizes: check.runs_opencl(f, of=of, sizes=[sizes])):
        with pytest.raises(
            check.CheckFailed, match='the scope "shared.dyn": use the scope "shared" here'
        ):
            ask(dynamic, of=MATMUL, sizes=(64, 64, 64))


def test_a_copy_in_global_memory_hides_no_loads() -> None:
    """Loads from a copy would otherwise be free."""

    def copies(sch: Schedule) -> None:
        for operand in (0, 1):
            copy = sch.get_loops(sch.cache_read(sch.get_sblock("C"), operand, "global"))
            sch.bind(copy[0], "threadIdx.x")
        i, j, p = sch.get_loops(sch.get_sblock("C"))
        sch.bind(i, "threadIdx.x")

    schedule = Schedule(MATMUL.module(*SMALL))
    copies(schedule)
    assert sum(look.loaded(schedule.mod).values()) > 3 * 4 * 32 * 32 * 8
    for ask in (check.generates, lambda f, of, sizes: check.runs_opencl(f, of=of, sizes=[sizes])):
        with pytest.raises(
            Exception, match="A_global is in global memory: keep .* in shared or local memory"
        ):
            ask(copies, of=MATMUL, sizes=SMALL)


def test_what_tvm_says_is_said_in_words() -> None:
    def old(sch: Schedule) -> None:
        sch.get_block("C")

    def older(sch: Schedule) -> None:
        sch.tile(*sch.get_loops(sch.get_sblock("C"))[:2], 8, 8)

    def twice(sch: Schedule) -> None:
        i, j, _ = sch.get_loops(sch.get_sblock("C"))
        sch.reorder(i, j, i)

    def of_another(sch: Schedule) -> None:
        sch.copy().vectorize(sch.get_loops(sch.get_sblock("C"))[1])

    for function, said in {
        old: "no attribute 'get_block'. TVM has renamed it: sch.get_sblock",
        older: "no attribute 'tile'. TVM has renamed much: chapter 17 has a table",
        twice: "sch.reorder: a loop appears in the input array",
        of_another: "LoopRV: is it of another schedule",
    }.items():
        with pytest.raises(check.CheckFailed, match=said):
            check.schedules(function, of=MATMUL, sizes=[SMALL])


def test_intermediates(capsys: pytest.CaptureFixture) -> None:
    check.intermediates(fuse_epilogue, of=DENSE, sizes=(64, 64, 8), at_most=896)
    told = re.match(r"(\d+) bytes between the blocks", capsys.readouterr().out)
    assert told and 0 < int(told[1]) <= 896  # the book's tile has the machine's vectors' width
    with pytest.raises(check.CheckFailed, match="take 32,768 bytes, 4,096 are allowed"):
        check.intermediates(nothing, of=DENSE, sizes=(64, 64, 8), at_most=4096)


# ---- in a plain kernel --------------------------------------------------------------------------


def test_schedules_in_a_notebook() -> None:
    check.schedules(schedule_matmul, of=MATMUL, sizes=[SMALL, (1, 1, 1)])
    with pytest.raises(check.CheckFailed, match="TVM refuses a step .*: sch.vectorize") as caught:
        check.schedules(vectorizes_late, of=MATMUL, sizes=[SMALL], because="It comes too late.")
    assert caught.value.details == [
        ("at the sizes", "n = 32, m = 32, k = 8"),
        ("why", "It comes too late."),
    ]
    assert caught.value.where[-1][0] == "test_schedules.py", "the step, not TVM's own line"
    with pytest.raises(check.CheckFailed, match="sch.transform_layout is not allowed"):
        check.schedules(transposes, of=MATMUL, sizes=[SMALL])


def test_a_program_that_was_changed_behind_the_trace_is_refused() -> None:
    def replaces(sch: Schedule) -> None:
        sch.unroll(sch.get_loops(sch.get_sblock("C"))[-1])
        other = Schedule(sch.mod)
        other.split(other.get_loops(other.get_sblock("C"))[0], [None, 2])
        sch.state.replace(sch.get_sref(sch.get_sblock("root")), other.get(other.get_sblock("root")))

    with pytest.raises(
        check.CheckFailed, match="do not lead to the program that your function left behind"
    ):
        check.schedules(replaces, of=MATMUL, sizes=[SMALL])


def test_wrong_results_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "compiled", lambda module: lambda *arrays: arrays[-1].fill(-7e6))
    said = r"1,024 of 1,024 results differ, first at \[0, 0\]: expected .*, got -7e\+06"
    with pytest.raises(check.CheckFailed, match=said):
        check.schedules(schedule_matmul, of=MATMUL, sizes=[SMALL])
    monkeypatch.setattr(replay, "compiled", lambda module: lambda *arrays: None)
    with pytest.raises(check.CheckFailed, match="got nan"):
        check.schedules(schedule_matmul, of=MATMUL, sizes=[SMALL])


@pytest.mark.timed
def test_speed_in_a_notebook(capsys: pytest.CaptureFixture) -> None:
    how = {"of": MATMUL, "sizes": (128, 128, 256)}
    check.schedule_speed(schedule_matmul, over="unscheduled", at_least=1.1, **how)
    assert "as fast as the baseline (needs 1.1×" in capsys.readouterr().out
    check.schedule_speed(schedule_matmul, over=schedule_matmul, at_least=0.2, **how)
    with pytest.raises(check.CheckFailed, match="as fast as the baseline .needs 5×"):
        check.schedule_speed(nothing, over="numpy", at_least=5, **how)


def test_generates(capsys: pytest.CaptureFixture) -> None:
    def unbound(sch: Schedule) -> None:
        sch.parallel(sch.get_loops(sch.get_sblock("C"))[0])

    how = {"of": MATMUL, "sizes": (128, 128, 32)}
    check.generates(schedule_gpu, has=["__shared__", "float4"], loads_at_most=2, **how)
    said = capsys.readouterr().out
    assert (
        "4 blocks of 256 threads, 8,192 bytes shared" in said
        and "2× the inputs' bytes are loaded" in said
    )
    with pytest.raises(check.CheckFailed, match="2× the inputs' bytes .* .bar 1.9×."):
        check.generates(schedule_gpu, loads_at_most=1.9, **how)
    with pytest.raises(check.CheckFailed, match="a block has 256 threads: from 32 to 64"):
        check.generates(schedule_gpu, threads=(32, 64), **how)
    with pytest.raises(
        check.CheckFailed, match="the grid has 4 blocks of threads: at least 5 are required"
    ):
        check.generates(schedule_gpu, blocks=5, **how)
    check.generates(schedule_gpu, blocks=4, local_at_most=16, **how)
    with pytest.raises(
        check.CheckFailed, match="a thread keeps 16 numbers in local memory: at most 15 fit"
    ):
        check.generates(schedule_gpu, local_at_most=15, **how)
    with pytest.raises(check.CheckFailed, match="there is no wmma in the CUDA source"):
        check.generates(schedule_gpu, has=["wmma"], **how)
    with pytest.raises(check.CheckFailed, match="TVM has made a program for the CPU"):
        check.generates(unbound, **how)


@pytest.mark.apart  # it starts PoCL here
def test_a_gpu_program_is_run_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyopencl")
    check.runs_opencl(schedule_gpu, of=MATMUL, sizes=[(64, 64, 16), (5, 70, 3)])

    # Legal for TVM, and yet another program: only running it tells.
    with pytest.raises(check.CheckFailed, match="bound to two loops, one inside the other"):
        check.runs_opencl(rejected("gpu/wrong_axis"), of=MATMUL, sizes=[(64, 64, 64)])
    monkeypatch.setattr(replay, "difference", lambda *arrays: "all differ")
    with pytest.raises(check.CheckFailed, match="all differ"):
        check.runs_opencl(schedule_gpu, of=MATMUL, sizes=[(64, 64, 16)])


@pytest.mark.timed
def test_a_space_has_different_candidates(capsys: pytest.CaptureFixture) -> None:
    check.space(search_space, of=MATMUL, sizes=SMALL, trials=8, distinct=3)

    def ignores_its_sample(sch: Schedule) -> None:
        sch.sample_categorical([1, 2], [0.5, 0.5])
        sch.unroll(sch.get_loops(sch.get_sblock("C"))[-1])

    with pytest.raises(check.CheckFailed, match="4 candidates, but only 1 different: at least 2"):
        check.space(ignores_its_sample, of=MATMUL, sizes=SMALL, trials=4, distinct=2)
    with pytest.raises(check.CheckFailed, match="a candidate's trace holds no decision"):
        check.space(schedule_matmul, of=MATMUL, sizes=SMALL, trials=4, distinct=2)
    check.searches(
        search_space, of=MATMUL, sizes=(96, 96, 96), trials=3, over=schedule_matmul, at_least=0.01
    )
    assert "3 of 3 candidates ran" in capsys.readouterr().out


def test_without_speed_one_candidate_is_enough(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("AUTOGRADER_SPEED", "off")
    check.searches(
        search_space, of=MATMUL, sizes=SMALL, trials=20, over=schedule_matmul, at_least=99
    )
    said = capsys.readouterr().out
    assert "of 1 candidates" in said and "speed: not measured" in said


def test_a_space_that_cannot_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        check.CheckFailed, match="4 of 4 candidates cannot be compiled and run"
    ) as caught:
        how = {"of": MATMUL, "sizes": (64, 64, 64), "trials": 4}
        check.searches(schedule_gpu, over=schedule_matmul, at_least=1, **how)
    assert "is bound, as for a GPU: this program runs on the CPU" in caught.value.details[0][1]


def test_without_tvm_or_pocl_nothing_is_said_to_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.check.tvm import gpu

    monkeypatch.setattr(gpu, "available", lambda: "there is no PoCL")
    with pytest.raises(check.CouldNotMeasure, match="there is no PoCL"):
        check.runs_opencl(schedule_gpu, of=MATMUL, sizes=[SMALL])
    monkeypatch.setitem(sys.modules, "autograder.check.tvm.without_torch", None)
    monkeypatch.delattr("autograder.check.tvm.without_torch")
    for ask in (
        lambda: check.schedules(nothing, of=MATMUL, sizes=[SMALL]),
        lambda: check.schedule_speed(nothing, of=MATMUL, sizes=SMALL, over="numpy", at_least=1),
        lambda: check.generates(nothing, of=MATMUL, sizes=SMALL),
        lambda: check.space(nothing, of=MATMUL, sizes=SMALL, trials=1, distinct=1),
    ):
        with pytest.raises(
            check.CouldNotMeasure, match="checked with TVM, which cannot be imported"
        ):
            ask()


# ---- apart from the judge -----------------------------------------------------------------------

GOOD = """
def mine(sch):
    block = sch.get_sblock("C")
    i, j, p = sch.get_loops(block)
    sch.reorder(i, p, j)
    sch.decompose_reduction(block, p)
"""


def test_a_schedule_of_a_reader_s_is_judged_by_its_trace(judged: Callable) -> None:
    check.schedules(judged(GOOD), of=MATMUL, sizes=[SMALL, (1, 1, 1), (3, 5, 7)])


FORGES = """
import os
def mine(sch):
    open("reply.json", "w").write('{"made": [{"trace": 5, "fingerprint": 5}]}')
    os._exit(0)
"""
LINKS = (
    FORGES[: FORGES.index("    open")]
    + """
    os.symlink("/etc/passwd", "reply.json")
    os._exit(0)
"""
)
DEEP = (
    FORGES[: FORGES.index("    open")]
    + """
    open("reply.json", "w").write("[" * 99999)
    os._exit(0)
"""
)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def mine(sch):\n    import os\n    os.abort()", r"ended early \(signal 6\)"),
        ("def mine(sch):\n    import os\n    os._exit(0)", r"ended early \(exit code 0\)"),
        ("def mine(sch):\n    raise KeyError('a')", "KeyError: 'a'"),
        ("def mine(sch):\n    raise NotImplementedError()", "NotImplementedError\n"),
        (
            "def mine(sch):\n    sch.get_sblock('D')",
            "sch.get_sblock: Cannot find a block with the name: D",
        ),
        ("def other(sch):\n    pass", "the cells define no function mine"),
        ("mine = 1 / 0", "division by zero"),
        ("def mine(sch):\n    open('/etc/hostname', 'w')", "PermissionError"),
        ("def mine(sch):\n    import subprocess\n    subprocess.run(['true'])", "PermissionError"),
        (FORGES, "no trace of a schedule"),
        (DEEP, "ended early"),
        (LINKS, "Operation not permitted"),
    ],
)
def test_what_goes_wrong_apart_is_told_in_a_line(
    judged: Callable, source: str, message: str
) -> None:
    with pytest.raises(check.CheckFailed, match=message):
        check.schedules(judged(source), of=MATMUL, sizes=[SMALL])


def test_where_a_reader_s_step_stands(judged: Callable) -> None:
    with pytest.raises(check.CheckFailed) as caught:
        check.schedules(judged("def mine(sch):\n    sch.get_sblock('D')"), of=MATMUL, sizes=[SMALL])
    assert caught.value.where[-1][:3] == ["<ch17-answer>", 2, "sch.get_sblock('D')"]
    assert caught.value.details == [("at the sizes", "n = 32, m = 32, k = 8")]


def test_what_never_ends_is_ended(judged: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "TRACE_SECONDS", 1.0)
    with pytest.raises(check.CheckFailed, match="mine was still running after 1 s"):
        check.schedules(
            judged("def mine(sch):\n    while True:\n        pass"), of=MATMUL, sizes=[SMALL]
        )
    with apart.Bench() as bench:
        sizes = (32, 32, 16)  # as many copies as are let through to the compiler
        trace = trace_of(unrolls_everything, sizes=sizes)
        with pytest.raises(TraceError, match=r"still running after \S+ s .it unrolls too much"):
            bench.call("agrees", "MATMUL", sizes, trace, 1, seconds=0.2)
    check.schedules(judged(GOOD), of=MATMUL, sizes=[(2, 2, 2)])  # the next is judged all the same


def test_a_crash_of_tvm_costs_one_trial(judged: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    made = search._sampled(judged(GOOD), MATMUL, SMALL, 2)
    call = apart.Bench.call

    def crashes(bench: Any, name: str, *arguments: Any, **more: Any) -> Any:
        os.kill(bench.worker.pid, signal.SIGKILL)
        return call(bench, name, *arguments, **more)

    said = "its process was ended.*TVM did not survive it"
    with monkeypatch.context() as patched, pytest.raises(TraceError, match=said):
        patched.setattr(apart.Bench, "call", crashes)
        search._trial(MATMUL, SMALL, made[0], 1)
    assert search._trial(MATMUL, SMALL, made[1], 1) >= 0


def test_a_trial_takes_time_in_a_process_of_its_own_too(
    server: workers.ForkServer, judged: Callable
) -> None:
    judged(GOOD)
    with apart.Bench() as bench:
        assert (
            bench.call(
                "trial", "MATMUL", (64, 64, 64), trace_of(schedule_matmul, sizes=(64, 64, 64)), 1, 5
            )
            > 0
        )


def test_sampled_candidates_of_a_reader_s(judged: Callable) -> None:
    sampled = "i, _ = sch.split(i, sch.sample_perfect_tile(i, 2, 8))\n    sch.reorder("
    source = GOOD.replace("sch.reorder(", sampled)
    check.space(judged(source), of=MATMUL, sizes=SMALL, trials=6, distinct=2)
    with pytest.raises(check.CheckFailed, match="a candidate's trace holds no decision"):
        check.space(judged(GOOD), of=MATMUL, sizes=SMALL, trials=6, distinct=2)


def test_conv_and_its_numpy_agree() -> None:
    check.schedules(schedule_conv, of=CONV, sizes=[(2, 3, 4, 5)])
