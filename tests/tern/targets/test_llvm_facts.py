"""What tern tells LLVM of buffers is true, can be left out, and changes no result."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.cost import AVX2
from tern.ir import Operation, function, functions, parse
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes import fuse_all
from tern.passes.for_machine import for_machine
from tern.targets.facts import ALL_FACTS, NAMES, NO_FACTS, Facts, subscript_words
from tern.targets.parameters import Layout
from tern.types import VectorType
from tests.tern.loop_programs import arguments, programs, sizes
from tests.tern.loop_programs import same as alike
from tests.turns import tries

pytest.importorskip("llvmlite")

from tern.targets.llvm import compile_llvm, emit_loops, llvm_text
from tern.targets.llvm.jit import optimized_text, parsed, with_attributes_of

AXPY = "fn f(x: f32[n], y: f32[n]) -> f32[n] { return x * 3.0 + y; }"
WORDS = {
    "apart": "noalias",
    "inbounds": "inbounds",
    "wraps": "nsw",
    "aligned": "align 4",
    "access": "captures(none)",
    "effects": "willreturn",
    "sizes": "range(i64 0,",
}


def loops(text: str) -> Operation:
    module = lower_source(text, ["f"])
    fuse_all(module)
    return function(module, "f")


@settings(max_examples=tries(12, long=500), deadline=None)
@given(
    data=st.data(),
    sizes=sizes,
    seed=st.integers(0, 9),
    element=st.sampled_from(["f32", "i32"]),
    said=st.sets(st.sampled_from(NAMES)),
    level=st.integers(0, 3),
)
def test_random_programs(data, sizes, seed, element, said, level) -> None:
    """With whatever facts, at each level of LLVM's optimizer, results are the loops' own, also
    where arguments overlap or are strided."""
    source, shape = data.draw(programs(element))
    args = arguments(sizes, seed, element)
    module = lower_source(source)
    if data.draw(st.booleans()):
        fuse_all(module)
    (func,) = functions(module)
    facts = ALL_FACTS if len(said) > 4 else Facts(**{name: name in said for name in NAMES})
    out = np.zeros([sizes.get(size, size) for size in shape], args[0].dtype)
    compile_llvm(func, facts=facts, level=level)(*args, out)
    assert alike(out, np.asarray(tern.run(source, "f", *args)))
    by_loops = np.zeros_like(out)
    run_loops(func, [*args, by_loops])
    if "tanh" not in source:  # which is the C library's
        assert out.tobytes() == by_loops.tobytes()


@pytest.mark.parametrize("name", WORDS)
def test_each_is_a_word_that_can_be_left_out(name: str) -> None:
    func = loops(AXPY)
    alone, without = replace(NO_FACTS, **{name: True}), replace(ALL_FACTS, **{name: False})
    assert WORDS[name] in llvm_text(func, facts=alone)
    assert WORDS[name] not in llvm_text(func, facts=without)
    assert WORDS[name] not in llvm_text(func, facts=NO_FACTS)
    for each in (alone, without):
        parsed(llvm_text(func, facts=each))


def test_the_text_is_the_usual_one_by_default() -> None:
    func = loops(AXPY)
    header = "define void @f(ptr noalias %x, ptr noalias %y, ptr noalias %out, i64 %N) {"
    assert emit_loops(func).splitlines()[0] == header
    assert emit_loops(func) == emit_loops(func, Layout(facts=Facts()))


def test_what_is_read_and_what_is_written() -> None:
    header = emit_loops(loops(AXPY), Layout(facts=replace(NO_FACTS, access=True))).splitlines()[0]
    assert "ptr captures(none) readonly %x, ptr captures(none) readonly %y" in header
    assert "ptr captures(none) writeonly %out" in header
    text = "fn f(x: f32[n, m]) -> f32[1, m] { return sum(x, axis=0); }"  # which reads its sums
    header = emit_loops(loops(text), Layout(facts=ALL_FACTS)).splitlines()[0]
    assert "readonly align 4 %x" in header and "writeonly" not in header


def test_vectors_in_memory() -> None:
    """Some of what tern's own vectorizer allocates has elements that are vectors."""
    module = lower_source("fn f(x: f32[n, k], y: f32[k, m]) -> f32[n, m] { return x @ y; }", ["f"])
    for_machine(module, AVX2, False)
    func = function(module, "f")
    types = [op.result.type for op in func.walk() if op.name == "memref.alloca"]
    assert any(isinstance(type.element, VectorType) for type in types)
    rng = np.random.default_rng(random.randrange(1000))
    x, y = rng.random((9, 11)).astype(np.float32), rng.random((11, 19)).astype(np.float32)
    out, other = np.zeros((2, 9, 19), np.float32)
    compile_llvm(func, facts=ALL_FACTS)(x, y, out)
    compile_llvm(func, facts=NO_FACTS)(x, y, other)
    assert out.tobytes() == other.tobytes() and alike(out, x @ y)


def test_sizes_are_promised_where_they_are_known() -> None:
    present = Layout(facts=replace(NO_FACTS, present=True))
    known = loops("fn f(x: f32[3, 4], y: f32[0]) -> f32[3, 4] { return x + 1.0; }")
    header = emit_loops(known, present).splitlines()[0]
    assert "ptr nonnull dereferenceable(48) %x, ptr %y, ptr nonnull dereferenceable(48) %out" in (
        header
    )
    assert "dereferenceable" not in emit_loops(loops(AXPY), present)
    strided = replace(present, dense=False)
    assert "dereferenceable" not in emit_loops(known, strided)


def test_overlapping_arguments_get_a_text_that_does_not_say_noalias() -> None:
    func = loops("fn f(x: f32[n], y: f32[n]) -> f32[n] { return x * 2.0 + y; }")
    native = compile_llvm(func, facts=ALL_FACTS)
    memory = np.arange(40, dtype=np.float32)
    expected = memory.copy()
    for i in range(32):  # element by element: each may be read again
        expected[i + 1] = expected[i] * np.float32(2.0) + expected[i + 8]
    native(memory[:32], memory[8:], memory[1:33])
    assert memory.tobytes() == expected.tobytes()
    header = emit_loops(func, Layout(separate=False, facts=ALL_FACTS)).splitlines()[0]
    given, _, scratch = header.partition("%N")
    assert "noalias" not in given and scratch.count("noalias") == scratch.count("ptr ")


def test_arrays_of_any_layout() -> None:
    """Not aligned, backwards, broadcast, and empty: each with the facts that it has."""
    native = compile_llvm(loops(AXPY), facts=ALL_FACTS)
    raw = np.zeros(4 * 9 + 1, np.uint8)
    odd = raw[1:].view(np.float32)  # its elements are where no float may be
    odd[:] = np.arange(9)
    y, out = np.ones(9, np.float32), np.zeros(9, np.float32)
    for x in (odd, np.arange(9, dtype=np.float32)[::-1], np.broadcast_to(np.float32(2), 9)):
        native(x, y, out)
        assert out.tobytes() == (x * np.float32(3) + y).tobytes()
    empty = np.zeros(0, np.float32)
    native(empty, empty, empty)


def test_the_word_that_counts_is_noalias() -> None:
    """Without it, LLVM asks at run time whether buffers overlap."""
    func = loops(AXPY)
    for facts, checks in ((Facts(), 0), (replace(ALL_FACTS, apart=False), 1), (NO_FACTS, 1)):
        text = optimized_text(llvm_text(func, facts=facts))
        assert text.count("\nvector.memcheck:") == checks and "x float>" in text


SUBSCRIPTS = """func.func @f(%a: memref<?xi32>, %o: memref<?xi32>, %n: index) {
  affine.for %i = 0 to %n {
    affine.for %j = 2 to 7 {
      %0 = affine.load %a[4 * %i + %j + SUM] : memref<?xi32>
      affine.store %0, %o[%i] : memref<?xi32>
    }
  }
  return
}"""


@pytest.mark.parametrize(
    ("sum", "last"), [("5", "add nuw nsw i64 %sum, 5"), ("-5", "add nsw i64 %sum, -5")]
)
def test_sums_in_subscripts(sum: str, last: str) -> None:
    (func,) = functions(parse(SUBSCRIPTS.replace("+ SUM", f"+ {sum}" if sum > "0" else "- 5")))
    text = emit_loops(func, Layout(facts=replace(NO_FACTS, affine=True)))
    assert "mul nuw nsw i64 %i, 4" in text and "add nuw nsw i64 %times, %j" in text
    assert last in text
    assert "nsw" not in emit_loops(func, Layout(facts=NO_FACTS))


def test_sums_that_may_wrap_say_nothing() -> None:
    """Of a term that is negative, or of a constant that nothing bounds."""
    (func,) = functions(parse(SUBSCRIPTS.replace("4 * %i", "-4 * %i").replace("+ SUM", "+ 5")))
    assert "nsw" not in emit_loops(func, Layout(facts=replace(NO_FACTS, affine=True)))
    value = func.body.only_block.args[2]  # a number that somebody gives
    assert subscript_words((1, 0), [value], True) == ""
    assert subscript_words((0, -(1 << 30)), [value], True) == ""
    assert subscript_words((0, 7), [value], True) == "nuw nsw "


def test_older_versions_get_their_own_words() -> None:
    text = llvm_text(loops(AXPY), facts=ALL_FACTS)
    assert with_attributes_of(text, 22) == text
    old = with_attributes_of(text, 15)
    assert "nocapture readonly" in old and "argmemonly" in old
    assert not any(word in old for word in ("captures(none)", "memory(", "range("))


def test_several_threads_and_outlined_nests() -> None:
    text = "fn f(x: f32[n, m]) -> f32[n, m] { return " + " + ".join(["exp(x)"] * 3) + "; }"
    func, rng = loops(text), np.random.default_rng(random.randrange(1000))
    x, out = rng.random((9, 7)).astype(np.float32), np.zeros((9, 7), np.float32)
    other = np.zeros_like(out)
    compile_llvm(func, facts=ALL_FACTS)(x, out)
    compile_llvm(func, facts=NO_FACTS)(x, other)
    assert out.tobytes() == other.tobytes()
