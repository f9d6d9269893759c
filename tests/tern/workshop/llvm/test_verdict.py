"""What programs in LLVM IR do, by the book's `verdict`: beside LLVM's own machine code."""

import ctypes
import random

import pytest

from autograder.check.llvm.puzzles import PUZZLES, UB
from tern.workshop.llvm.blocks import POISON, UNDEF, Memory, Undefined, every_choice
from tern.workshop.llvm.random_ir import random_program
from tern.workshop.llvm.reading import IRError, read_ir
from tern.workshop.llvm.verdict import verdict
from tests.turns import tries


def test_the_puzzles() -> None:
    """Each is told right, and LLVM takes it."""
    llvm = pytest.importorskip("llvmlite.binding")
    assert len(PUZZLES) >= 40 and len({each.ir + str(each.arguments) for each in PUZZLES}) > 40
    assert {"poison", UB, "any"} < {each.verdict for each in PUZZLES}
    for each in PUZZLES:
        llvm.parse_assembly(each.ir).verify()
        assert verdict(each.ir, each.arguments) == each.verdict, each


@pytest.mark.parametrize("block", range(2))
def test_what_is_defined_is_what_llvm_computes(block: int) -> None:
    """Without optimizations and with all of them."""
    llvm = pytest.importorskip("llvmlite.binding")
    from tern.targets.llvm.jit import optimize, parsed, target_machine

    seed = random.randrange(1 << 30)
    for number in range(tries(25, long=1000)):
        ir, arguments = random_program(random.Random(seed + number))
        told = verdict(ir, arguments)
        if told in (POISON, UB, "any"):
            continue
        for level in (0, 3):
            engine = llvm.create_mcjit_compiler(optimize(parsed(ir), level), target_machine())
            engine.finalize_object()
            of_bytes = ctypes.CFUNCTYPE(ctypes.c_int8, ctypes.c_int8, ctypes.c_int8)
            function = of_bytes(engine.get_function_address("f"))
            assert function(*arguments) == int(told), (seed + number, level, ir, arguments)


def test_every_kind_of_verdict_is_drawn() -> None:
    drawn = [random_program(random.Random(seed)) for seed in range(300)]
    told = [verdict(*each) for each in drawn]
    assert all(told.count(kind) >= 5 for kind in (POISON, UB))
    assert sum(each.lstrip("-").isdigit() for each in told) > 100


def test_beside_the_evaluator() -> None:
    """The other reading of the same manual, where it is there."""
    from tern.workshop.llvm import evaluate as other
    from tern.workshop.llvm import ir_text as text

    seed = random.randrange(1 << 30)
    for number in range(tries(60, long=3000)):
        ir, arguments = random_program(random.Random(seed + number))
        (function,) = text.parse_functions(ir).values()
        found = other.outcomes(function, list(arguments), max_runs=1 << 17)
        kinds = {str(each) for each in found}
        told = verdict(ir, arguments)
        if UB in kinds:
            assert told == UB, (seed + number, ir, arguments)
        elif other.POISON in found:
            assert told == POISON, (seed + number, ir, arguments)
        elif len(found) > 1:
            assert told == "any", (seed + number, ir, arguments)
        else:
            assert {int(told) % 256} == {int(each) % 256 for each in found}, (seed + number, ir)


def test_memory_that_is_gone_or_was_never_there() -> None:
    memory = Memory()
    four = memory.allocate(4)
    assert memory.load("i32", four) == UNDEF
    memory.store("i32", 0x01020304, four)
    assert memory.load("i16", memory.moved(four, 2, True)) == 0x0102
    memory.store("i8", POISON, memory.moved(four, 3, True))
    assert (memory.load("i32", four), memory.load("i8", four)) == (POISON, 4)
    with pytest.raises(Undefined, match="outside"):
        memory.load("i32", memory.moved(four, 1, True))
    memory.free(four)
    with pytest.raises(Undefined, match="outside"):
        memory.load("i8", four)


def test_every_choice_is_tried_once() -> None:
    seen = []
    assert every_choice(lambda choose: seen.append((choose(1), choose(2)))) == {None}
    assert sorted(seen) == [(a, b) for a in range(2) for b in range(4)]
    with pytest.raises(ValueError, match="too much"):
        every_choice(lambda choose: [choose(8) for _ in range(3)][0])


@pytest.mark.parametrize(
    "line", ["what is this", "%r = call %f(i8 1)", "%r = add <4 x i8> %a, %b", "%r = fadd i8 1, 2"]
)
def test_what_is_not_read(line: str) -> None:
    with pytest.raises(IRError, match="line 2 is not of the language"):
        read_ir(f"define i8 @f(i8 %a) {{\n  {line}\n  ret i8 1\n}}")


def test_a_loop_without_end_is_given_up() -> None:
    with pytest.raises(ValueError, match="runs for too long"):
        verdict("define i8 @f() {\n  br label %x\nx:\n  br label %x\n}", [])


def test_reading() -> None:
    text = """define internal i32 @f(i32 noundef %a, ptr noalias readonly %p) #0 {
    %q = getelementptr inbounds nuw [4 x i32], ptr %p, i64 0, i64 2  ; a comment
    %v = load i32, ptr %q, align 4, !dbg !1
    ret i32 %v
    }"""
    (function,) = read_ir(text).values()
    assert (function.type, function.internal, function.noalias) == ("i32", True, {"%p"})
    first, second, last = function.instructions()
    assert first.flags == {"inbounds", "nuw"} and [o.text for o in first.operands[1:]] == [
        "%p", "0", "2",
    ]  # fmt: skip
    assert (second.align, second.operands[1].text, last.opcode) == (4, "%q", "ret")
