"""The evaluator of LLVM IR: what the manual says, and what LLVM's own machine code computes."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tern.workshop.llvm import arithmetic, programs
from tern.workshop.llvm.evaluate import (
    POISON,
    UNDEF,
    OutOfSteps,
    UndefinedBehavior,
    evaluate,
    explored,
    outcomes,
)
from tern.workshop.llvm.ir_text import Function, parse_functions
from tern.workshop.llvm.refinement import drawn
from tests.turns import tries

UB = "undefined behavior"


def function(body: str, head: str = "i8 @f(i8 %x, i8 %y)") -> Function:
    lines = "\n".join(f"  {line.strip()}" for line in body.split(";"))
    return parse_functions(f"define {head} {{\n{lines}\n}}\n")["f"]


def result(body: str, *arguments: object, head: str = "i8 @f(i8 %x, i8 %y)") -> object:
    try:
        return evaluate(function(body, head), arguments)  # type: ignore[arg-type]
    except UndefinedBehavior:
        return UB


@pytest.mark.parametrize(
    ("instruction", "x", "y", "expected"),
    [
        ("add i8 %x, %y", 127, 1, 128),
        ("add nsw i8 %x, %y", 127, 1, POISON),
        ("add nuw i8 %x, %y", 127, 1, 128),
        ("add nuw i8 %x, %y", 255, 1, POISON),
        ("sub nuw i8 %x, %y", 1, 2, POISON),
        ("sub nsw i8 %x, %y", 1, 2, 255),
        ("mul nsw i8 %x, %y", 1, -128, 128),
        ("mul nsw i8 %x, %y", -1, -128, POISON),
        ("shl i8 %x, %y", 3, 7, 128),
        ("shl i8 %x, %y", 3, 8, POISON),
        ("shl nsw i8 %x, %y", 1, 7, POISON),
        ("shl nsw i8 %x, %y", -1, 7, 128),
        ("shl nuw i8 %x, %y", 1, 7, 128),
        ("lshr exact i8 %x, %y", 6, 2, POISON),
        ("ashr i8 %x, %y", -3, 1, 254),
        ("udiv i8 %x, %y", 200, 7, 28),
        ("udiv exact i8 %x, %y", 200, 7, POISON),
        ("udiv i8 %x, %y", 1, 0, UB),
        ("udiv i8 %x, %y", POISON, 0, UB),
        ("udiv i8 %x, %y", 1, POISON, UB),
        ("udiv i8 %x, %y", POISON, 1, POISON),
        ("sdiv i8 %x, %y", -7, 2, 253),
        ("sdiv i8 %x, %y", -128, -1, UB),
        ("srem i8 %x, %y", -7, 2, 255),
        ("srem i8 %x, %y", -128, -1, UB),
        ("or disjoint i8 %x, %y", 5, 4, POISON),
        ("and i8 %x, 0", POISON, 0, POISON),
        ("freeze i8 %x", POISON, 0, 0),
        ("freeze i8 %x", 7, 0, 7),
        ("select i1 true, i8 %x, i8 %y", 3, POISON, 3),
        ("call i8 @llvm.smin.i8(i8 %x, i8 %y)", -1, 1, 255),
        ("call i8 @llvm.abs.i8(i8 %x, i1 true)", -128, 1, POISON),
        ("call i8 @llvm.uadd.sat.i8(i8 %x, i8 %y)", 250, 10, 255),
    ],
)
def test_one_instruction(instruction: str, x: object, y: object, expected: object) -> None:
    assert result(f"%r = {instruction}; ret i8 %r", x, y) == expected


def test_casts_and_their_promises() -> None:
    head = "i8 @f(i16 %x)"
    assert result("%r = trunc i16 %x to i8; ret i8 %r", 0x1FF, head=head) == 255
    assert result("%r = trunc nuw i16 %x to i8; ret i8 %r", 0x1FF, head=head) is POISON
    assert result("%r = trunc nsw i16 %x to i8; ret i8 %r", 0xFF80, head=head) == 128
    assert result("%r = trunc nsw i16 %x to i8; ret i8 %r", 0x80, head=head) is POISON
    head = "i16 @f(i8 %x)"
    assert result("%r = sext i8 %x to i16; ret i16 %r", 128, head=head) == 0xFF80
    assert result("%r = zext nneg i8 %x to i16; ret i16 %r", 128, head=head) is POISON


def test_each_use_of_undef_may_be_another_number() -> None:
    assert len(outcomes(function("%r = add i8 %x, %x; ret i8 %r"), [UNDEF, 0])) == 256
    assert len(outcomes(function("%r = mul i8 %x, 2; ret i8 %r"), [UNDEF, 0])) == 128
    kept = function("%a = add i4 %x, 1; %r = xor i4 %a, %a; ret i4 %r", "i4 @f(i4 %x, i4 %y)")
    assert explored(kept, [UNDEF, 0], 257) == (frozenset(range(16)), True)
    frozen = function("%a = freeze i8 %x; %r = xor i8 %a, %a; ret i8 %r")
    assert outcomes(frozen, [UNDEF, 0]) == {0}
    assert explored(kept, [UNDEF, 0], 100)[1] is False


def test_control_flow_phis_and_what_is_undefined_about_it() -> None:
    text = """
    define i32 @fib(i32 %n) {
    entry:
      br label %loop
    loop:                                             ; preds = %loop, %entry
      %a = phi i32 [ 0, %entry ], [ %b, %loop ]
      %b = phi i32 [ 1, %entry ], [ %c, %loop ]
      %i = phi i32 [ 0, %entry ], [ %next, %loop ]
      %c = add i32 %a, %b
      %next = add nuw i32 %i, 1
      %more = icmp ult i32 %next, %n
      br i1 %more, label %loop, label %out, !llvm.loop !3
    out:
      switch i32 %a, label %yes [
        i32 3, label %no
        i32 4, label %no
      ]
    yes:
      ret i32 %a
    no:
      unreachable
    }
    """
    fib = parse_functions("\n".join(line[4:] for line in text.splitlines()))["fib"]
    count: Counter[str] = Counter()
    assert evaluate(fib, [10], count=count) == 34
    assert (count["phi"], count["switch"]) == (30, 1)
    for arguments in ([5], [POISON]):  # 3 leads to the unreachable; a branch on poison
        with pytest.raises(UndefinedBehavior):
            evaluate(fib, arguments)
    with pytest.raises(OutOfSteps):
        evaluate(fib, [-1], steps=1000)


def test_memory() -> None:
    head = "i32 @f(i32 %i)"
    body = """%p = alloca [4 x i32]; %q = getelementptr inbounds [4 x i32], ptr %p, i64 0, i32 %i;
    store i32 7, ptr %q, align 4; %r = load i32, ptr %q; ret i32 %r"""
    assert [result(body, i, head=head) for i in (0, 3, 4, 5, -1)] == [7, 7, UB, UB, UB]
    assert outcomes(function("%p = alloca i8; %r = load i8, ptr %p; ret i8 %r"), [0, 0]) == {
        *range(256)
    }
    assert result("store i8 1, ptr null; ret i8 0", 0, 0) == UB
    stored = "%p = alloca i8; store i8 %x, ptr %p; %r = load i8, ptr %p; ret i8 %r"
    assert result(stored, POISON, 0) is POISON


def test_what_is_undefined_stays_so_in_memory() -> None:
    """Each load may find another number, of those that the value could be."""
    twice = "%a = load i4, ptr %p; %b = load i4, ptr %p; %r = xor i4 %a, %b; ret i4 %r"
    head = "i4 @f(i4 %x, i4 %y)"
    assert outcomes(
        function(f"%p = alloca i4; store i4 undef, ptr %p; {twice}", head=head), [0, 0]
    ) == {*range(16)}
    even = "%e = mul i4 undef, 2; %p = alloca i4; store i4 %e, ptr %p"
    assert outcomes(function(f"{even}; {twice}", head=head), [0, 0]) == {*range(0, 16, 2)}
    halves = """%e = mul i8 undef, 2; %w = zext i8 %e to i16; %p = alloca i16; store i16 %w, ptr %p;
    %q = getelementptr i8, ptr %p, i64 1; %r = load i8, ptr %q; ret i8 %r"""
    assert outcomes(function(halves), [0, 0]) == {0}


def test_promises_of_parameters_and_results() -> None:
    assert result("ret i8 %x", POISON, head="i8 @f(i8 noundef %x)") == UB
    assert result("ret i8 %x", POISON, head="noundef i8 @f(i8 %x)") == UB
    assert result("call void @llvm.assume(i1 %x); ret i8 0", 0, head="i8 @f(i1 %x)") == UB


def test_as_the_machine_code_that_llvm_makes_computes() -> None:
    llvm = pytest.importorskip("llvmlite.binding")
    import ctypes

    from tern.targets.llvm.jit import parsed, target_machine

    rng = random.Random()
    drawn_functions = [programs.straight, programs.straight, programs.counted_products]
    texts = [drawn_functions[at % 3](rng) for at in range(tries(45, long=600))]
    module = "\n".join(text.replace("@f(", f"@f{at}(") for at, text in enumerate(texts))
    functions = parse_functions(module)
    engine = llvm.create_mcjit_compiler(parsed(module), target_machine())
    engine.finalize_object()
    compared = 0
    for name, each in functions.items():
        kinds = [_c_type(p.type) for p in each.parameters]
        kind, top = _c_type(each.result), 1 << int(each.result)
        call = ctypes.CFUNCTYPE(kind, *kinds)(engine.get_function_address(name))
        for arguments in drawn(each, rng, 6):
            if POISON in arguments:
                continue
            try:
                expected = evaluate(each, arguments)
            except UndefinedBehavior:
                continue
            if expected is not POISON:
                assert call(*arguments) % top == expected, (module, name, arguments)
                compared += 1
    assert compared > len(texts)


def _c_type(bits: object) -> type:
    """The C type that an integer is passed in: an i4 are four bits of a byte."""
    import ctypes

    return getattr(ctypes, f"c_uint{max(int(str(bits)), 8)}")


def test_signed_numbers() -> None:
    assert [arithmetic.signed(value, 8) for value in (0, 127, 128, 255)] == [0, 127, -128, -1]
    assert arithmetic.compare("slt", 255, 0, 8) == 1
    assert arithmetic.compare("ult", 255, 0, 8) == 0
    assert arithmetic.compare("ult", 255, 0, 8, frozenset({"samesign"})) is POISON
