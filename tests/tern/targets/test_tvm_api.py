"""A canary: every name of TVM's that the book uses, tried one by one.

TVM has moved most of its Python names in two years, and a lesson that fails at its first import
teaches nothing. When a name is gone, or does something else, the failure is a sentence: what the
book uses it for, which version was expected, and what there is now of a similar name.
"""

import difflib
import importlib
import importlib.metadata
import inspect
import os
import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

tvm = pytest.importorskip("tvm")

EXPECTED = {"apache-tvm": "0.27.0.post1", "apache-tvm-ffi": "0.1.14.post1"}
CPU = {"kind": "llvm"}

MATMUL = """
# from tvm.script import tirx as T

@T.prim_func(s_tir=True)
def main(
    a: T.Buffer((32, 32), "float32"),
    b: T.Buffer((32, 32), "float32"),
    c: T.Buffer((32, 32), "float32"),
):
    T.func_attr({"tirx.noalias": True})
    for i, j, k in T.grid(32, 32, 32):
        with T.sblock("matmul"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                c[vi, vj] = T.float32(0)
            c[vi, vj] = c[vi, vj] + a[vi, vk] * b[vk, vj]
"""

TWO = """
# from tvm.script import tirx as T

@T.prim_func(s_tir=True)
def main(a: T.Buffer((32,), "float32"), c: T.Buffer((32,), "float32")):
    b = T.sblock_alloc_buffer((32,), "float32")
    for i in range(32):
        with T.sblock("double"):
            vi = T.axis.spatial(32, i)
            b[vi] = a[vi] * T.float32(2)
    for i in range(32):
        with T.sblock("next"):
            vi = T.axis.spatial(32, i)
            c[vi] = b[vi] + T.float32(1)
"""

DOT = """
# from tvm.script import tirx as T

@T.prim_func(s_tir=True)
def main({parameters}):
    with T.sblock("root"):
        T.reads(c[0:8, 0:8], a[0:8, 0:8], b[0:8, 0:8])
        T.writes(c[0:8, 0:8])
        {body}
"""


def module(text=MATMUL) -> Any:
    func = importlib.import_module("tvm.script").from_source(text)
    return tvm.IRModule({"main": func.with_attr("global_symbol", "main")})


def schedule(text=MATMUL) -> Any:
    return tvm.s_tir.Schedule(module(text))


def loops(sch, block="matmul") -> Any:
    return sch.get_loops(sch.get_sblock(block))


def product(mod, target=None) -> None:
    """Whether a module computes the product of two matrices."""
    a, b = np.random.default_rng(0).random((2, 32, 32), "f4")
    c = tvm.runtime.tensor(np.full((32, 32), np.nan, "f4"))
    tvm.compile(mod, target=target or CPU)["main"](tvm.runtime.tensor(a), tvm.runtime.tensor(b), c)
    assert np.allclose(c.numpy(), a @ b, rtol=1e-5), "the product is wrong"


# --- exercises --------------------------------------------------------------------------------


def version_is_the_one_that_the_book_was_written_for() -> None:
    found = {name: importlib.metadata.version(name) for name in EXPECTED}
    assert found == EXPECTED, f"installed are {found}"


def script() -> None:
    text = module().script()
    assert 'T.axis.remap("SSR", [i, j, k])' in text and "with T.init():" in text
    assert "T.prim_func(s_tir=True)" in text


def parse_sizes_that_are_not_known() -> None:
    text = MATMUL.replace("\n@T.prim_func", '\nN = TypeVar("N")\n@T.prim_func')
    text = text.replace("(32, 32", "(N, N").replace("N, 32)", "N, N)")
    assert 'a: T.Buffer((N, N), "float32")' in module(text).script()
    product(module(text))


def let_and_select() -> None:
    text = TWO.replace("b[vi] = a[vi] * T.float32(2)", (
        "t: T.let[T.float32] = a[vi] * T.float32(2)\n"
        "            b[vi] = T.Select(t > T.float32(1) or T.isnan(t), t, T.float32(1))"
    ))  # fmt: skip
    c = tvm.runtime.tensor(np.zeros(32, "f4"))
    a = np.array([0.0, 3.0, np.nan] + [0.25] * 29, "f4")
    tvm.compile(module(text), target=CPU)["main"](tvm.runtime.tensor(a), c)
    assert np.array_equal(c.numpy()[:3], np.array([2, 7, np.nan], "f4"), equal_nan=True)


def assertion() -> None:
    text = TWO.replace(
        "b[vi] = a", 'assert a[vi] < T.float32(5), "too large"\n            b[vi] = a'
    )
    entry = tvm.compile(module(text), target=CPU)["main"]
    with pytest.raises(RuntimeError, match="too large"):
        entry(tvm.runtime.tensor(np.full(32, 9, "f4")), tvm.runtime.tensor(np.zeros(32, "f4")))


def compile_and_run() -> None:
    product(module())


def this_cpu() -> None:
    name = tvm.target.codegen.llvm_get_system_cpu()
    assert name and name not in ("native", "generic")
    product(module(), {**CPU, "mcpu": name})


def split_reorder_vectorize() -> None:
    sch = schedule()
    i, j, k = loops(sch)
    outer, inner = sch.split(j, [None, 16])
    sch.reorder(i, outer, k, inner)
    sch.vectorize(inner)
    sch.decompose_reduction(sch.get_sblock("matmul"), k)
    assert "T.vectorized(16)" in sch.mod.script() and 'T.sblock("matmul_init")' in sch.mod.script()
    product(sch.mod)


def one_loop(change, word) -> Callable[[], None]:
    def exercise():
        sch = schedule()
        getattr(sch, change)(loops(sch)[0])
        assert word in sch.mod.script(), f"no {word} in the script"
        product(sch.mod)

    return exercise


def fuse() -> None:
    sch = schedule()
    i, j, _ = loops(sch)
    sch.fuse(i, j)
    assert len(loops(sch)) == 2
    product(sch.mod)


def cache_write_and_reverse_compute_at() -> None:
    sch = schedule()
    copy = sch.cache_write(sch.get_sblock("matmul"), 0, "local")
    sch.reverse_compute_at(copy, loops(sch)[0])
    assert 'scope="local"' in sch.mod.script()
    product(sch.mod)


def cache_read_and_compute_at() -> None:
    sch = schedule()
    copy = sch.cache_read(sch.get_sblock("matmul"), 1, "global")
    sch.compute_at(copy, loops(sch)[0])
    product(sch.mod)


def inline() -> None:
    for name, block in (("compute_inline", "double"), ("reverse_compute_inline", "next")):
        sch = schedule(TWO)
        getattr(sch, name)(sch.get_sblock(block))
        assert len(sch.get_child_blocks(sch.get_sblock("root"))) == 1


def bind_loop() -> Any:
    sch = schedule()
    i, j, _ = loops(sch)
    sch.bind(i, "blockIdx.x")
    sch.bind(j, "threadIdx.x")
    return sch.mod


def bind() -> None:
    assert bind_loop().script().count("T.thread_binding(32") == 2


def layouts() -> None:
    sch = schedule()
    sch.transform_layout("matmul", ("read", 1), lambda k, j: (j // 8, k, j % 8))
    sch = schedule()
    sch.cache_read(sch.get_sblock("matmul"), 1, "global")
    sch.transform_layout("matmul", ("read", 1), lambda k, j: (j // 8, k, j % 8))
    assert "(4, 32, 8)" in sch.mod.script()
    product(sch.mod)


def rfactor_and_blockize() -> None:
    sch = schedule()
    *_, k = loops(sch)
    outer, _ = sch.split(k, [None, 8])
    sch.rfactor(outer, 0)
    product(sch.mod)
    sch = schedule()
    i, j, k = loops(sch)
    (io, ii), (jo, ji) = sch.split(i, [None, 8]), sch.split(j, [None, 8])
    sch.reorder(io, jo, ii, ji, k)
    sch.blockize(ii)
    product(sch.mod)


def tensorize() -> None:
    """In a child process: with a later tvm-ffi this is a crash."""
    child = os.fork()
    if not child:
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)  # PoCL, where it is loaded, has a handler
        try:
            _tensorize()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        raise AssertionError(f"it crashes: {name}; is tvm-ffi a later one?")
    assert os.WEXITSTATUS(status) == 0, "it is refused"


def _tensorize():
    parameters = ", ".join(f'{x}: T.Buffer((8, 8), "float32", offset_factor=1)' for x in "abc")
    body = """for i, j, k in T.grid(8, 8, 8):
            with T.sblock("update"):
                vi, vj, vk = T.axis.remap("SSR", [i, j, k])
                c[vi, vj] = c[vi, vj] + a[vi, vk] * b[vk, vj]"""
    parse = importlib.import_module("tvm.script").from_source
    description = parse(DOT.format(parameters=parameters, body=body))
    pointers = 'c.access_ptr("w"), a.access_ptr("r"), b.access_ptr("r")'
    call = f'T.evaluate(T.call_extern("int32", "kernel", {pointers}))'
    implementation = parse(DOT.format(parameters=parameters, body=call))
    tvm.s_tir.TensorIntrin.register("book_canary", description, implementation, override=True)
    sch = schedule()
    i, j, k = loops(sch)
    (io, ii), (jo, ji), (ko, ki) = (sch.split(loop, [None, 8]) for loop in (i, j, k))
    sch.reorder(io, jo, ko, ii, ji, ki)
    sch.decompose_reduction(sch.get_sblock("matmul"), ko)
    sch.tensorize(ii, "book_canary")
    assert '"kernel"' in sch.mod.script()


def trace() -> None:
    sch = schedule()
    sch.split(loops(sch)[0], [None, 4])
    again = schedule()
    sch.trace.apply_to_schedule(again, remove_postproc=False)
    kept = schedule()
    tvm.s_tir.schedule.Trace.apply_json_to_schedule(sch.trace.as_json(), kept)
    equal = importlib.import_module("tvm_ffi").structural_equal
    assert equal(again.mod, sch.mod) and equal(kept.mod, sch.mod)
    assert "sch.split(" in "\n".join(sch.trace.as_python())


def structural() -> None:
    ffi = importlib.import_module("tvm_ffi")
    text = MATMUL.replace("vi, vj, vk", "x, y, z").replace("[vi, vj]", "[x, y]")
    renamed = module(text.replace("[vi, vk]", "[x, z]").replace("[vk, vj]", "[z, y]"))
    assert ffi.structural_equal(module(), renamed)
    assert not ffi.structural_equal(module(), module(TWO))
    found = []
    ffi.structural_walk(module()["main"], [(tvm.ir.prim.Mul, found.append)])
    assert len(found) == 1
    changed = ffi.structural_map(module()["main"], [(tvm.ir.prim.Mul, lambda mul: mul.a + mul.b)])
    assert "a[vi, vk] + b[vk, vj]" in changed.script()


def own_pass() -> None:
    done = []

    @tvm.tirx.transform.prim_func_pass(opt_level=0, name="Count")
    class Count:
        def transform_function(self, func, mod, context):
            done.append(func)
            return func

    Count()(module())
    assert len(done) == 1


def te_program() -> None:
    te = tvm.te
    a = te.placeholder((8,), "float32", name="A")
    b = te.compute((8,), lambda i: a[i] * 2.0, name="B")
    assert 'T.sblock("B")' in te.create_prim_func([a, b]).script()


def device(kind, word, mod=bind_loop) -> Callable[[], None]:
    def exercise():
        target = {"kind": kind, "host": CPU, **({"arch": "sm_80"} if kind == "cuda" else {})}
        found = tvm.compile(mod(), target=target).mod.imports
        assert [each.kind for each in found] == [kind]
        assert word in found[0].inspect_source()

    return exercise


def host_only() -> None:
    """A function without thread bindings compiles silently: schedules/sources.py counts on it."""
    found = tvm.compile(module(), target={"kind": "cuda", "arch": "sm_80", "host": CPU}).mod.imports
    assert "cuda" not in [each.kind for each in found]


def default_schedule() -> None:
    dl = tvm.s_tir.dlight
    target = tvm.target.Target({"kind": "cuda", "arch": "sm_80", "host": CPU})
    with target:
        mod = dl.ApplyDefaultSchedule(dl.gpu.Matmul(), dl.gpu.Fallback())(module())
    assert "T.thread_binding(" in mod.script()


def meta_schedule() -> None:
    ms = importlib.import_module("tvm.s_tir.meta_schedule")
    ms.space_generator.PostOrderApply(sch_rules="llvm", postprocs="llvm", mutator_probs="llvm")
    assert {"max_workers", "initializer"} <= set(
        inspect.signature(ms.builder.LocalBuilder).parameters
    )
    expected = """mod target work_dir max_trials_global num_trials_per_iter builder cost_model space
        strategy seed"""
    assert set(expected.split()) <= set(inspect.signature(ms.tune_tir).parameters)


def relax_module() -> Any:
    torch = pytest.importorskip("torch")
    frontend = importlib.import_module("tvm.relax.frontend.torch")
    exported = torch.export.export(torch.nn.ReLU(), (torch.zeros(2, 3),))
    return frontend.from_exported_program(exported, unwrap_unit_return_tuple=True)


def from_exported_program() -> None:
    assert "R.nn.relu(" in relax_module().script()


def relax_passes() -> None:
    passes = tvm.relax.transform
    steps = [
        passes.DecomposeOpsForInference(), passes.CanonicalizeBindings(), passes.FoldConstant(),
        passes.LegalizeOps(), passes.AnnotateTIROpPattern(), passes.FuseOps(), passes.FuseTIR(),
        passes.DeadCodeElimination(),
    ]  # fmt: skip
    mod = tvm.transform.Sequential(steps)(relax_module())
    assert "T.prim_func" in mod.script() and "R.call_tir(" in mod.script()
    passes.ConvertLayout({"relax.nn.conv2d": ["NHWC", "HWIO"]})


def virtual_machine() -> None:
    executable = tvm.compile(
        relax_module(), target=tvm.target.Target(CPU)
    )  # a dict will not do here
    machine = tvm.relax.VirtualMachine(executable, tvm.cpu())
    x = np.array([[-1, 0, 2], [3, -4, 5]], "f4")
    assert np.array_equal(machine["main"](tvm.runtime.tensor(x)).numpy(), np.maximum(x, 0))


def relax_rewriting() -> None:
    assert callable(tvm.relax.dpl.rewrite_call) and callable(tvm.relax.expr_functor.mutator)
    assert isinstance(tvm.relax.expr_functor.PyExprMutator, type)


S = "tvm.s_tir.Schedule"
T = "tvm.script.tirx"

# What: the name; what the book does with it; a small exercise of it.
NAMES = [
    (
        "tvm.__version__",
        "know which TVM it describes",
        version_is_the_one_that_the_book_was_written_for,
    ),
    ("tvm.IRModule", "hold the functions that schedules work on", module),
    ("tvm.IRModule.script", "print modules", script),
    (
        "tvm.script.from_source",
        "read the TVMScript that tern emits",
        parse_sizes_that_are_not_known,
    ),
    (f"{T}.prim_func", "declare functions of TensorIR, with s_tir=True", script),
    (f"{T}.Buffer", "declare arguments", script),
    (f"{T}.sblock", "declare blocks", script),
    (f"{T}.sblock_alloc_buffer", "declare buffers between blocks", inline),
    (f"{T}.axis", "say which axes are reduced", script),
    (f"{T}.init", "say what a reduction starts with", compile_and_run),
    (f"{T}.let", "name values in a block", let_and_select),
    (f"{T}.Select", "keep NaN in max and min", let_and_select),
    (f"{T}.Assert", "report a division by zero", assertion),
    ("tvm.compile", "compile modules", compile_and_run),
    ("tvm.runtime.tensor", "copy arrays to 64-byte alignment", compile_and_run),
    (
        "tvm.target.codegen.llvm_get_system_cpu",
        "use all of this CPU's vector instructions",
        this_cpu,
    ),
    (S, "schedule blocks", split_reorder_vectorize),
    (f"{S}.get_sblock", "find a block by its name", split_reorder_vectorize),
    (f"{S}.get_loops", "find the loops around a block", split_reorder_vectorize),
    (f"{S}.split", "tile loops", split_reorder_vectorize),
    (f"{S}.reorder", "put loops in another order", split_reorder_vectorize),
    (f"{S}.vectorize", "use vector instructions", split_reorder_vectorize),
    (
        f"{S}.decompose_reduction",
        "take a reduction's start out of its loop",
        split_reorder_vectorize,
    ),
    (f"{S}.fuse", "make one loop of two", fuse),
    (f"{S}.unroll", "unroll loops", one_loop("unroll", "T.unroll(32)")),
    (f"{S}.parallel", "use several threads", one_loop("parallel", "T.parallel(32)")),
    (f"{S}.cache_write", "sum up in registers", cache_write_and_reverse_compute_at),
    (
        f"{S}.reverse_compute_at",
        "write a tile back when it is done",
        cache_write_and_reverse_compute_at,
    ),
    (f"{S}.cache_read", "pack and stage operands", cache_read_and_compute_at),
    (f"{S}.compute_at", "stage a tile where it is used", cache_read_and_compute_at),
    (f"{S}.compute_inline", "fuse a producer into its consumer", inline),
    (f"{S}.reverse_compute_inline", "fuse a consumer into its producer", inline),
    (f"{S}.bind", "give loops to a GPU's blocks and threads", bind),
    (f"{S}.transform_layout", "pack a matrix", layouts),
    (f"{S}.rfactor", "reduce in parallel", rfactor_and_blockize),
    (f"{S}.blockize", "make a tile a block", rfactor_and_blockize),
    (f"{S}.tensorize", "put in a kernel of one's own", tensorize),
    (f"{S}.trace", "replay a schedule", trace),
    ("tvm.s_tir.schedule.Trace", "keep a schedule as data", trace),
    ("tvm.s_tir.TensorIntrin", "describe a kernel of one's own", tensorize),
    ("tvm_ffi.structural_equal", "compare modules", structural),
    ("tvm_ffi.structural_walk", "look for operations in a function", structural),
    ("tvm_ffi.structural_map", "rewrite operations in a function", structural),
    ("tvm.ir.prim.Mul", "match multiplications", structural),
    ("tvm.tirx.transform.prim_func_pass", "write a pass", own_pass),
    ("tvm.te.create_prim_func", "show the older way to write a computation", te_program),
    ("tvm.target.Target", "name a device", default_schedule),
    ("tvm.s_tir.dlight", "get a GPU schedule without writing one", default_schedule),
    ("tvm.s_tir.meta_schedule", "search for schedules", meta_schedule),
    ("tvm.compile", "get CUDA source without nvcc", device("cuda", "__global__")),
    ("tvm.compile", "get OpenCL source", device("opencl", "__kernel")),
    ("tvm.compile", "see that nothing was bound to threads", host_only),
    (
        "tvm.relax.frontend.torch.from_exported_program",
        "import models from PyTorch",
        from_exported_program,
    ),
    ("tvm.relax.transform", "show passes over graphs", relax_passes),
    ("tvm.relax.VirtualMachine", "run models", virtual_machine),
    ("tvm.relax.dpl", "rewrite graphs by patterns", relax_rewriting),
]


def missing(name, use) -> str | None:
    """A sentence on a name that is gone; None if it is there."""
    parent, parts = None, name.split(".")
    for number, part in enumerate(parts):
        here = ".".join(parts[: number + 1])
        try:
            known = parent is not None and hasattr(parent, part)
            found = getattr(parent, part) if known else importlib.import_module(here)
        except ModuleNotFoundError:
            known = [word for word in dir(parent) if word[0] != "_"]
            near = difflib.get_close_matches(part, known, 4, 0.5) or ["nothing"]
            where = ".".join(parts[:number])
            now = f"In {where} there is {', '.join(near)}."
            return f"TVM has no {here}, which the book uses to {use}. {now} {versions()}"
        parent = found
    return None


def versions() -> str:
    expected = " with ".join(f"{name} {version}" for name, version in EXPECTED.items())
    here = " with ".join(f"{name} {importlib.metadata.version(name)}" for name in EXPECTED)
    return f"Expected was {expected}; here is {here}."


def complaint(name, use, exercise) -> str | None:
    """A sentence on what is not as the book needs it; None if all is well."""
    gone = missing(name, use)
    if gone:
        return gone
    try:
        exercise()
    except Exception as error:  # whatever it is, the reader wants to know what it is about
        lines = [
            line.strip() for line in str(error).splitlines() if any(map(str.isalpha, line))
        ] or [""]
        line = (
            lines[-1] if "Schedule" in type(error).__name__ else lines[0]
        )  # where TVM gives the reason
        what = f"{type(error).__name__}: {line}"
        return f"{name}, which the book uses to {use}, does not do so: {what} {versions()}"
    return None


@pytest.mark.rotates(20)
@pytest.mark.parametrize(
    ("name", "use", "exercise"), NAMES, ids=[f"{n}: {use}" for n, use, _ in NAMES]
)
def test_name(name, use, exercise) -> None:
    said = complaint(name, use, exercise)
    assert said is None, said


# --- the canary can die -----------------------------------------------------------------------


def test_a_method_that_is_gone_is_a_sentence(monkeypatch) -> None:
    monkeypatch.delattr(tvm.s_tir.Schedule, "reverse_compute_at")
    said = complaint(f"{S}.reverse_compute_at", "write a tile back", lambda: None)
    assert said.startswith(
        "TVM has no tvm.s_tir.Schedule.reverse_compute_at, which the book uses to write a tile "
        "back. In tvm.s_tir.Schedule there is reverse_compute_inline, "
    )
    assert said.endswith(versions()) and "apache-tvm-ffi 0.1.14.post1; here is" in said


def test_a_module_that_is_gone_is_a_sentence() -> None:
    said = complaint("tvm.tir.Schedule", "schedule blocks", lambda: None)
    assert said.startswith(
        "TVM has no tvm.tir, which the book uses to schedule blocks. In tvm there is "
    )
    assert "tirx" in said


def test_a_name_that_does_something_else_is_a_sentence(monkeypatch) -> None:
    monkeypatch.setattr(tvm.s_tir.Schedule, "vectorize", lambda self, loop: None)
    said = complaint(f"{S}.vectorize", "use vector instructions", split_reorder_vectorize)
    start = f"{S}.vectorize, which the book uses to use vector instructions, does not do so: "
    assert said.startswith(start + "AssertionError: ")


def test_a_wrong_version_is_a_sentence(monkeypatch) -> None:
    monkeypatch.setitem(EXPECTED, "apache-tvm-ffi", "0.0.1")
    said = complaint(*NAMES[0])
    assert "Expected was apache-tvm 0.27.0.post1 with apache-tvm-ffi 0.0.1; here is" in said


def test_a_crash_of_tensorize_is_a_sentence(monkeypatch) -> None:
    monkeypatch.setitem(globals(), "_tensorize", lambda: os.kill(os.getpid(), signal.SIGSEGV))
    said = complaint(f"{S}.tensorize", "put in a kernel of one's own", tensorize)
    assert "it crashes: SIGSEGV" in said
