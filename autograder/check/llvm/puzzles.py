"""Programs in LLVM IR of which week 10 asks what they do: forty, each with the rule behind it."""

from __future__ import annotations

from typing import NamedTuple

UB = "undefined behavior"


class Puzzle(NamedTuple):
    """A text, the arguments of its first function, what it does, and why, in a sentence."""

    ir: str
    arguments: tuple[int, ...]
    verdict: str
    because: str


def _f(body: str, head: str = "i8 @f(i8 %a, i8 %b)") -> str:
    lines = (line.strip() for line in body.strip().splitlines())
    shown = [line if line.endswith(":") or line == "}" else f"  {line}" for line in lines]
    return "\n".join(
        [f"define {head} {{", *(s.strip() if "define" in s else s for s in shown), "}"]
    )


_ADD = "%r = add {} i8 %a, %b\n ret i8 %r"
_NO_ALIAS = """
    {}
    %r = call i8 @g(ptr %p, ptr %q)
    ret i8 %r
    }}
    define i8 @g(ptr noalias %x, ptr {} %y) {{
    {}
"""
_ARRAY = """
    %p = alloca [4 x i8]
    %end = getelementptr {} i8, ptr %p, i64 {}
    {}
"""

ARITHMETIC = [
    Puzzle(_f(_ADD.format("")), (127, 1), "-128", "without a flag, add wraps"),
    Puzzle(_f(_ADD.format("nsw")), (127, 1), "poison", "nsw promises that no signed sum wraps"),
    Puzzle(_f(_ADD.format("nuw")), (127, 1), "-128", "127 + 1 is 128, which fits without a sign"),
    Puzzle(_f(_ADD.format("nuw")), (-1, 1), "poison", "without a sign, -1 is 255"),
    Puzzle(_f(_ADD.format("nuw nsw")), (100, 27), "127", "both promises are kept"),
    Puzzle(_f("%r = sub nuw i8 %a, %b\n ret i8 %r"), (3, 5), "poison", "3 - 5 is below 0"),
    Puzzle(_f("%r = mul nsw i8 %a, %b\n ret i8 %r"), (-128, -1), "poison", "128 does not fit"),
    Puzzle(_f("%r = sdiv i8 %a, %b\n ret i8 %r"), (-7, 2), "-3", "sdiv rounds toward zero"),
    Puzzle(_f("%r = srem i8 %a, %b\n ret i8 %r"), (-7, 2), "-1", "srem has the dividend's sign"),
    Puzzle(_f("%r = sdiv i8 %a, %b\n ret i8 %r"), (-128, -1), UB, "the quotient does not fit"),
    Puzzle(_f("%r = udiv i8 %a, %b\n ret i8 %r"), (-128, -1), "0", "without signs: 128 / 255"),
    Puzzle(_f("%r = urem i8 %a, 0\n ret i8 %b"), (1, 5), UB, "that nobody uses it is no excuse"),
    Puzzle(_f("%r = udiv exact i8 %a, %b\n ret i8 %r"), (7, 2), "poison", "7 / 2 leaves 1 over"),
    Puzzle(_f("%r = udiv i8 %a, poison\n ret i8 %b"), (1, 5), UB, "poison might be zero"),
    Puzzle(_f("%r = srem i8 %a, poison\n ret i8 %b"), (1, 5), UB, "poison might be zero"),
    Puzzle(_f("%r = sdiv i8 poison, %b\n ret i8 %r"), (0, 2), "poison", "a dividend may be poison"),
    Puzzle(_f("%r = shl i8 %a, %b\n ret i8 %r"), (1, 8), "poison", "a shift by the width or more"),
    Puzzle(_f("%r = shl nsw i8 %a, %b\n ret i8 %r"), (-64, 1), "-128", "the sign has stayed"),
    Puzzle(_f("%r = shl nuw i8 %a, %b\n ret i8 %r"), (-64, 1), "poison", "a one was shifted out"),
    Puzzle(_f("%r = ashr exact i8 %a, 1\n ret i8 %r"), (-5, 0), "poison", "a one was shifted out"),
    Puzzle(_f("%r = lshr i8 %a, 1\n ret i8 %r"), (-2, 0), "127", "lshr brings in zeros"),
    Puzzle(_f("%r = or disjoint i8 %a, %b\n ret i8 %r"), (6, 3), "poison", "bit 1 is in both"),
    Puzzle(
        _f("%r = trunc nuw i8 %a to i4\n ret i4 %r", "i4 @f(i8 %a)"), (-1,), "poison",
        "bits that are not zero were cut off",
    ),
    Puzzle(
        _f("%r = trunc nsw i8 %a to i4\n ret i4 %r", "i4 @f(i8 %a)"), (-1,), "-1",
        "extended again by the sign, it is -1 as before",
    ),
    Puzzle(
        _f("%r = zext nneg i8 %a to i16\n ret i16 %r", "i16 @f(i8 %a)"), (-1,), "poison",
        "nneg promises that the sign bit is zero",
    ),
]  # fmt: skip
CHOICES = [
    Puzzle(_f("%r = xor i4 undef, undef\n ret i4 %r", "i4 @f()"), (), "any", "two uses of undef"),
    Puzzle(
        _f("%x = add i4 undef, 1\n %r = xor i4 %x, %x\n ret i4 %r", "i4 @f()"), (), "any",
        "two uses of what was computed of undef",
    ),
    Puzzle(
        _f("%c = icmp ugt i4 undef, 2\n br i1 %c, label %x, label %y\n x:\n ret i8 1\n"
           " y:\n ret i8 0", "i8 @f()"), (), UB,
        "what is computed of undef is undef: to branch on it is undefined behavior",
    ),
    Puzzle(
        _f("%c = icmp ugt i4 undef, -1\n br i1 %c, label %x, label %y\n x:\n ret i8 1\n"
           " y:\n ret i8 0", "i8 @f()"), (), "0", "no number of four bits is above 15",
    ),
    Puzzle(
        _f("%x = freeze i4 undef\n %r = xor i4 %x, %x\n ret i4 %r", "i4 @f()"), (), "0",
        "freeze chooses once, and both uses see that",
    ),
    Puzzle(
        _f("%x = add nsw i8 %a, %b\n %y = freeze i8 %x\n %r = and i8 %y, 0\n ret i8 %r"),
        (127, 1), "0", "frozen, it is some number, and not poison",
    ),
    Puzzle(
        _f("%x = freeze i4 poison\n %r = udiv i4 1, %x\n ret i4 %r", "i4 @f()"), (), UB,
        "freeze may choose zero",
    ),
    Puzzle(_f("%r = and i8 poison, 0\n ret i8 %r"), (0, 0), "poison", "poison and 0 is poison"),
    Puzzle(_f("ret i8 undef"), (0, 0), "any", "nobody said which number"),
    Puzzle(_f("%r = freeze i4 undef\n ret i4 %r", "i4 @f()"), (), "any", "undef is frozen, too"),
    Puzzle(
        _f("%r = select i1 undef, i8 %a, i8 %b\n ret i8 %r"), (1, 2), "any",
        "a condition of undef may be true or false",
    ),
    Puzzle(
        _f("%x = freeze i8 poison\n %y = xor i8 %x, 77\n %r = udiv i8 1, %y\n ret i8 0"), (0, 0),
        UB, "freeze may choose 77, and then it's a division by zero",
    ),
    Puzzle(
        _f("%x = freeze i4 poison\n %r = add nuw i4 %x, 1\n ret i4 %r", "i4 @f()"), (), "poison",
        "freeze may choose 15",
    ),
    Puzzle(
        _f("%x = freeze i4 poison\n %y = udiv i4 1, %x\n %r = add nuw i4 %x, 1\n ret i4 %r",
           "i4 @f()"), (), UB, "freeze may choose 15, and then it's poison; but with 0 it's worse",
    ),
    Puzzle(_f("%r = and i4 undef, 0\n ret i4 %r", "i4 @f()"), (), "0", "whatever undef is"),
    Puzzle(
        _f("%c = icmp slt i8 %a, %b\n %r = select i1 %c, i8 %a, i8 poison\n ret i8 %r"), (1, 2),
        "1", "select passes on the one that it chooses, and no other",
    ),
    Puzzle(
        _f("%r = select i1 poison, i8 %a, i8 %a\n ret i8 %r"), (1, 2), "poison",
        "a condition of poison is poison, even if both are alike",
    ),
    Puzzle(
        _f("%c = icmp samesign ult i8 %a, %b\n br i1 %c, label %x, label %y\n x:\n ret i8 1\n"
           " y:\n ret i8 0"), (1, -1), UB,
        "the signs differ, so %c is poison, and to branch on poison is undefined behavior",
    ),
    Puzzle(
        _f("%c = icmp eq i8 %a, 3\n br i1 %c, label %x, label %y\n x:\n unreachable\n y:\n"
           " ret i8 %b"), (4, 9), "9", "unreachable is not reached",
    ),
]  # fmt: skip
LOOP = """
    br label %loop
    loop:
    %i = phi i8 [ 0, %entry ], [ %next, %loop ]
    %s = phi i8 [ 0, %entry ], [ %sum, %loop ]
    %sum = add nsw i8 %s, %i
    %next = add nuw i8 %i, 1
    %more = icmp ult i8 %next, %a
    br i1 %more, label %loop, label %end
    end:
    %last = phi i8 [ %{}, %loop ]
    ret i8 %last
"""
MEMORY = [
    Puzzle(_f(LOOP.format("sum").replace("br", "entry:\nbr", 1)), (10, 0), "45", "a plain sum"),
    Puzzle(
        _f(LOOP.format("sum").replace("br", "entry:\nbr", 1)), (20, 0), "poison",
        "the sum is 190, which does not fit; and poison plus anything is poison",
    ),
    Puzzle(
        _f(LOOP.format("next").replace("br", "entry:\nbr", 1)), (20, 0), "20",
        "the sum is poison, but nothing that matters depends on it",
    ),
    Puzzle(
        _f(_ARRAY.format("inbounds", 4, "%r = ptrtoint ptr %end to i8")
           .replace("%r = ptrtoint ptr %end to i8",
                    "%c = icmp eq ptr %p, %end\n%r = zext i1 %c to i8\nret i8 %r")), (0, 0), "0",
        "one past the end is in bounds, as long as nobody loads there",
    ),
    Puzzle(
        _f(_ARRAY.format("inbounds", 5, "%c = icmp eq ptr %p, %end\n%r = zext i1 %c to i8\n"
                         "ret i8 %r")), (0, 0), "poison", "two past the end is out of bounds",
    ),
    Puzzle(
        _f(_ARRAY.format("", 5, "%back = getelementptr i8, ptr %end, i64 -3\n"
                         "store i8 %a, ptr %back\n%r = load i8, ptr %back\nret i8 %r")), (7, 0),
        "7", "without inbounds an address may go out and come back",
    ),
    Puzzle(
        _f(_ARRAY.format("inbounds", 4, "%r = load i8, ptr %end\nret i8 %r")), (0, 0), UB,
        "one past the end is an address, but nothing is there",
    ),
    Puzzle(
        _f("%p = alloca i4\n %x = load i4, ptr %p\n %r = or i4 %x, 1\n ret i4 %r", "i4 @f()"), (),
        "any", "memory that nobody wrote to is undef",
    ),
    Puzzle(
        _f("%p = call ptr @g()\n %r = load i8, ptr %p\n ret i8 %r\n }\n define ptr @g() {\n"
           " %p = alloca i8\n store i8 1, ptr %p\n ret ptr %p"), (0, 0), UB,
        "what @g allocated is gone when @g returns",
    ),
    Puzzle(
        _f(_NO_ALIAS.format("%p = alloca i8\n%q = getelementptr i8, ptr %p, i64 0", "",
                            "store i8 1, ptr %x\n%r = load i8, ptr %y\nret i8 %r")), (0, 0), UB,
        "%x is noalias, and what is written through it is read through %y",
    ),
    Puzzle(
        _f(_NO_ALIAS.format("%p = alloca i8\nstore i8 6, ptr %p\n"
                            "%q = getelementptr i8, ptr %p, i64 0", "noalias",
                            "%m = load i8, ptr %x\n%n = load i8, ptr %y\n%r = add i8 %m, %n\n"
                            "ret i8 %r")), (0, 0), "12",
        "where nobody writes, noalias pointers may be alike",
    ),
    Puzzle(
        _f(_NO_ALIAS.format("%p = alloca [2 x i8]\n%q = getelementptr i8, ptr %p, i64 1", "",
                            "store i8 1, ptr %x\nstore i8 2, ptr %y\n%r = load i8, ptr %x\n"
                            "ret i8 %r")), (0, 0), "1",
        "they are of one array, but of different bytes",
    ),
    Puzzle(
        _f(_NO_ALIAS.format("%p = alloca i8\n%q = getelementptr i8, ptr %p, i64 0", "",
                            "%z = getelementptr i8, ptr %x, i64 0\nstore i8 1, ptr %z\n"
                            "%r = load i8, ptr %x\nret i8 %r")), (0, 0), "1",
        "%z is based on %x",
    ),
]  # fmt: skip

PUZZLES = [*ARITHMETIC, *CHOICES, *MEMORY]
