"""LLVM IR's text: what is read, and the line of what is not."""

from __future__ import annotations

import random

import pytest

from tern.workshop.llvm import programs
from tern.workshop.llvm.ir_text import Array, IRTextError, element_size, parse_functions

DRAWN = [programs.straight, programs.nests, programs.counted_products]


def test_what_llvm_prints_is_read() -> None:
    text = """\
; ModuleID = 'x'
source_filename = "a define @f"
@table = global [4 x i32] zeroinitializer

; Function Attrs: nounwind
define internal fastcc noundef range(i8 0, 5) i8 @"odd name"(ptr noundef align 4 captures(none) \
%p, i8 signext %0) local_unnamed_addr #0 !dbg !4 {
  %2 = load i8, ptr %p, align 1, !tbaa !5
    #dbg_value(i8 %2, !7, !DIExpression(), !9)
  %"a b" = add nuw nsw i8 %2, -1
  %3 = icmp samesign ult i8 %"a b", %0, !dbg !8
  %4 = tail call i8 @llvm.umax.i8(i8 noundef %2, i8 3), !range !{i8 0, i8 5}
  br i1 %3, label %5, label %6

5:                                                ; preds = %1
  ret i8 %4

6:
  unreachable
}

declare i8 @llvm.umax.i8(i8, i8) #1
attributes #0 = { nounwind "define"="x" }
!4 = !{i32 1, !"define"}
"""
    (one,) = parse_functions(text).values()
    assert (one.name, one.result, list(one.blocks)) == ("odd name", 8, ["1", "5", "6"])
    assert [each.name for each in one.parameters] == ["p", "0"]
    assert "noundef" in one.result_attributes & one.parameters[0].attributes
    load, add, compare, call, branch, _, _ = one.instructions()
    assert (load.opcode, load.type, load.line) == ("load", 8, 7)
    assert (add.result, add.flags, add.operands[1].value) == ("a b", {"nuw", "nsw"}, 255)
    assert (compare.predicate, compare.flags) == ("ult", {"samesign"})
    assert (call.callee, len(call.operands)) == ("llvm.umax.i8", 2)
    assert branch.labels == ["5", "6"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("%r = fadd float %x, %x", "line 2: an operation that is not read here, got 'fadd'"),
        ("%r = add <2 x i8> %x, %x", "line 2: expected the type of an integer"),
        ("%r = add i8 %x %x", "line 2: expected ','"),
        ("%r = add i8 %x, 1.5", "line 2: expected a value"),
        ("%r = add i99999 %x, 1", "line 2: expected a width"),
        ("br i1 %x, label %a", "line 2: expected ','"),
    ],
)
def test_what_is_not_read_is_told_with_its_line(line: str, why: str) -> None:
    with pytest.raises(IRTextError) as caught:
        parse_functions(f"define void @f(i8 %x) {{\n  {line}\n  ret void\n}}\n")
    assert str(caught.value).startswith(why)


def test_a_text_that_ends_too_early() -> None:
    whole = programs.counted_products(random.Random(1))
    for end in range(len("define"), len(whole) - 3, 7):
        with pytest.raises(IRTextError) as caught:
            parse_functions(whole[:end])
        assert caught.value.line >= 1


@pytest.mark.parametrize("drawn", DRAWN)
def test_what_is_drawn_is_valid_and_read(drawn: programs.Drawn) -> None:
    pytest.importorskip("llvmlite")
    from tern.targets.llvm.jit import parsed

    rng = random.Random()
    for _ in range(25):
        text = drawn(rng)
        written, printed = (parse_functions(one)["f"] for one in (text, str(parsed(text))))
        assert len(written.blocks) == len(printed.blocks)
        opcodes = [[each.opcode for each in one.instructions()] for one in (written, printed)]
        assert opcodes[0] == opcodes[1]


def test_sizes() -> None:
    assert [element_size(width) for width in (1, 8, 9, 24, 32, 64, 65)] == [1, 1, 2, 4, 4, 8, 16]
    assert element_size(Array(3, Array(2, 24))) == 24
