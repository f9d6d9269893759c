"""Programs in LLVM IR drawn at random, small enough to ask what they do."""

from __future__ import annotations

import random

BINARY = "add sub mul and or xor shl lshr ashr udiv urem sdiv srem".split()
FLAGS = {
    **dict.fromkeys(["add", "sub", "mul", "shl"], ["nuw", "nsw", "nuw nsw", ""]),
    **dict.fromkeys(["udiv", "sdiv", "lshr", "ashr"], ["exact", "", ""]),
    "or": ["disjoint", "", ""],
}
PREDICATES = "eq ne ugt uge ult ule sgt sge slt sle".split()


class _Writer:
    """Lines of a block, and the values that they may use, by the bits of their types."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.lines, self.count = rng, [], 0
        self.values: dict[int, list[str]] = {1: [], 4: [], 8: ["%a", "%b"]}
        self.choices = 2  # at most, and of 4 bits: whatever may be chosen is tried
        self.undef = True

    def new(self, bits: int, text: str) -> str:
        self.count += 1
        self.lines.append(f"%v{self.count} = {text}")
        self.values[bits].append(f"%v{self.count}")
        return self.values[bits][-1]

    def any(self, bits: int) -> str:
        """A value that is there, more often a late one; or a constant."""
        rng = self.rng
        if self.values[bits] and rng.random() < 0.75:
            return rng.choice(self.values[bits][-3:])
        if rng.random() < 0.04:
            return "poison"
        if bits == 4 and self.choices and self.undef and rng.random() < 0.1:
            self.choices -= 1
            return "undef"
        if bits == 1:
            return rng.choice(["true", "false"])
        return str(rng.choice([0, 1, 2, 3, bits - 1, bits, -1, -(1 << (bits - 1))]))

    def line(self) -> None:
        """One more instruction."""
        rng, bits = self.rng, self.rng.choice([4, 8, 8])
        a, b = self.any(bits), self.any(bits)
        match rng.choice(["binary"] * 5 + ["icmp", "select", "freeze", "cast", "memory"]):
            case "binary":
                word = rng.choice(BINARY)
                if word[1:] in ("div", "rem") and rng.random() < 0.7:
                    b = str(rng.choice([1, 2, 3, -1]))
                if word in ("shl", "lshr", "ashr") and rng.random() < 0.6:
                    b = str(rng.randrange(bits))
                flag = rng.choice(FLAGS.get(word, [""]))
                self.new(bits, f"{word} {flag} i{bits} {a}, {b}".replace("  ", " "))
            case "icmp":
                same = rng.choice(["", "", "samesign "])
                self.new(1, f"icmp {same}{rng.choice(PREDICATES)} i{bits} {a}, {b}")
            case "select":
                self.new(bits, f"select i1 {self.any(1)}, i{bits} {a}, i{bits} {b}")
            case "freeze" if self.choices and self.values[4]:
                self.choices -= 1
                self.new(4, f"freeze i4 {self.values[4][-1]}")
            case "cast":
                if rng.random() < 0.5:
                    word = rng.choice(["zext", "zext nneg", "sext"])
                    self.new(8, f"{word} i4 {self.any(4)} to i8")
                else:
                    word = rng.choice(["trunc", "trunc nuw", "trunc nsw"])
                    self.new(4, f"{word} i8 {self.any(8)} to i4")
            case "memory":
                at, back = rng.randrange(5), rng.randrange(4)
                inbounds = rng.choice(["inbounds ", ""])
                self.count += 1
                p = f"%p{self.count}"
                gep = f"getelementptr {inbounds}i8, ptr"
                self.lines += [
                    f"{p} = alloca [4 x i8]",
                    f"{p}.at = {gep} {p}, i64 {at}",
                    f"{p}.back = {gep} {p}.at, i64 {back - at}",
                    f"store i8 0, ptr {p}.back",
                    f"store i8 {self.any(8)}, ptr {p}.{rng.choice(['back', 'back', 'at'])}",
                ]
                self.new(8, f"load i8, ptr {p}.back")


def random_program(rng: random.Random) -> tuple[str, tuple[int, int]]:
    """A function of two i8, and arguments: straight-line code, and perhaps a branch or a loop
    around some of it, which ends. Whatever is chosen in it are at most some 4 bits."""
    writer = _Writer(rng)
    shape = rng.choice(["straight", "straight", "branch", "loop"])
    writer.undef = shape != "loop"  # each use is a choice, and in each iteration that's too much
    for _ in range(rng.randint(1, 5)):
        writer.line()
    lines = ["entry:", *writer.lines]
    if shape == "branch":
        lines += _branch(writer)
    elif shape == "loop":
        lines += _loop(writer)
    lines.append(f"ret i8 {writer.values[8][-1]}")
    body = "\n".join(each if each.endswith(":") else f"  {each}" for each in lines)
    arguments = [rng.choice([0, 1, 2, 3, 5, 127, -128, -1, rng.randint(-128, 127)]) for _ in "ab"]
    return f"define i8 @f(i8 %a, i8 %b) {{\n{body}\n}}", (arguments[0], arguments[1])


def _branch(writer: _Writer) -> list[str]:
    """A branch around a few lines, and a phi behind it."""
    condition, before = writer.any(1), writer.any(8)
    writer.lines, known = [], {bits: list(names) for bits, names in writer.values.items()}
    for _ in range(writer.rng.randint(1, 3)):
        writer.line()
    inside, writer.values, last = writer.lines, known, writer.values[8][-1]
    phi = f"%join = phi i8 [ {before}, %entry ], [ {last}, %then ]"
    writer.values[8].append("%join")
    return [f"br i1 {condition}, label %then, label %end", "then:", *inside, "br label %end",
            "end:", phi]  # fmt: skip


def _loop(writer: _Writer) -> list[str]:
    """A loop of a few iterations, which hands a value on from each to the next."""
    start = writer.any(8)
    writer.lines, known = [], {bits: list(names) for bits, names in writer.values.items()}
    writer.values[8] += ["%i", "%x"]
    writer.choices = 0
    for _ in range(writer.rng.randint(1, 3)):
        writer.line()
    inside, last = writer.lines, writer.values[8][-1]
    writer.values = known
    writer.values[8].append("%x")
    return ["br label %loop", "loop:", "%i = phi i8 [ 0, %entry ], [ %next, %again ]",
            f"%x = phi i8 [ {start}, %entry ], [ {last}, %again ]",
            f"%more = icmp ult i8 %i, {writer.rng.randint(1, 4)}",
            "br i1 %more, label %again, label %end", "again:", *inside, "%next = add i8 %i, 1",
            "br label %loop", "end:"]  # fmt: skip


CASTS = ["zext", "zext nneg", "sext", "trunc", "trunc nuw", "trunc nsw", "trunc nuw nsw"]


def single_instructions(rng: random.Random) -> list[tuple[str, tuple[int, int]]]:
    """Functions of one instruction, for each opcode with each set of flags, each predicate, and
    each cast, on a dozen arguments: some hundreds. A comparison's result is an i1."""
    bodies = [(8, f"{word} {flags} i8 %a, %b") for word in BINARY for flags in _flags(word)]
    for predicate in PREDICATES:
        bodies += [(1, f"icmp {same}{predicate} i8 %a, %b") for same in ("", "samesign ")]
    for word in CASTS:
        narrow, wide = ("i8", "i4") if word.startswith("trunc") else ("i8", "i16")
        bodies.append((int(wide[1:]), f"{word} {narrow} %a to {wide}"))
    found = []
    for bits, body in bodies:
        text = f"  %r = {body}\n  ret i{bits} %r".replace("  i8 %a, %b", " i8 %a, %b")
        x = rng.randint(-127, 126)
        pairs = [(x, x), (x, x + 1), (x + 1, x), (-128, -1), (-1, 1), (127, 1), (-128, 1)]
        pairs += [(rng.choice([x, 7, 8, -8, -9, 15, 16]), rng.randrange(9)) for _ in range(4)]
        pairs += [(rng.randint(-128, 127), rng.choice([-1, 2, 3, -128, x])) for _ in range(3)]
        found += [(f"define i{bits} @f(i8 %a, i8 %b) {{\n{text}\n}}", pair) for pair in pairs]
    return found


def _flags(word: str) -> list[str]:
    return sorted(set(FLAGS.get(word, [""])))


def long_program(rng: random.Random, iterations: int) -> tuple[str, list[int]]:
    """A loop of i32 with a dozen instructions, and its argument: how often it goes around. What it
    gives is a number."""
    a, b, c = (rng.randrange(1, 100) for _ in "abc")
    ir = f"""define i32 @f(i32 %n) {{
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %x = phi i32 [ {a}, %entry ], [ %y, %loop ]
  %shifted = shl i32 %x, {rng.randrange(1, 8)}
  %mixed = xor i32 %shifted, %i
  %odd = urem i32 %mixed, {b + 1}
  %is = icmp ugt i32 %odd, {b // 2}
  %wide = zext i1 %is to i32
  %sum = add i32 %mixed, %wide
  %other = sub i32 %sum, {c}
  %y = select i1 %is, i32 %sum, i32 %other
  %next = add nuw nsw i32 %i, 1
  %more = icmp ult i32 %next, %n
  br i1 %more, label %loop, label %end
end:
  ret i32 %y
}}"""
    return ir, [iterations]
