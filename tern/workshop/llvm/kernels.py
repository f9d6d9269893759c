"""Modules of small kernels and of those that call them: what `annotate` is tried on."""

from __future__ import annotations

import random

_LOOP = """\
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
{body}
  %next = add nuw nsw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %end
end:
  ret void
}}
"""
_READ = "  %{0}.at = getelementptr inbounds i32, ptr %{0}, i64 %i\n  %{0}.v = load i32, ptr %{0}.at"
_WRITE = "  %{0}.to = getelementptr inbounds i32, ptr %{0}, i64 %i\n  store i32 {1}, ptr %{0}.to"


def loop_kernel(rng: random.Random, name: str) -> tuple[str, int]:
    """`define internal void @name(ptr %x, …, i64 %n)`, which combines what some of its parameters
    point to and stores that to another; and how many pointers it takes. It runs n times, at least
    once."""
    count = rng.randint(1, 3)
    names = ["x", "x1", "y"][:count]
    lines = [_READ.format(each) for each in names]
    last = f"%{names[0]}.v"
    for number, each in enumerate(names[1:]):
        lines.append(f"  %s{number} = {rng.choice(['add', 'xor', 'mul'])} i32 {last}, %{each}.v")
        last = f"%s{number}"
    lines.append(f"  %t = add i32 {last}, {rng.randint(1, 9)}")
    lines.append(_WRITE.format(rng.choice(names), "%t"))
    parameters = ", ".join(f"ptr %{each}" for each in names)
    head = f"define internal void @{name}({parameters}, i64 %n) noinline {{\n"
    return head + _LOOP.format(body="\n".join(lines)), count


def reading_kernel(name: str) -> tuple[str, int]:
    """One that reads both and writes to neither, and gives nothing either."""
    body = "\n".join(_READ.format(each) for each in "xy") + "\n  %s = add i32 %x.v, %y.v"
    head = f"define internal void @{name}(ptr %x, ptr %y, i64 %n) noinline {{\n"
    return head + _LOOP.format(body=body), 2


def choosing_kernel(name: str) -> tuple[str, int]:
    """One that stores to what a select gives, so anywhere, as far as one sees."""
    head = f"define internal void @{name}(ptr %x, ptr %y, i64 %n) noinline {{\nentry:\n"
    lines = [
        "  %c = icmp ult i64 %n, 4",
        "  %s = select i1 %c, ptr %x, ptr %y",
        "  store i32 1, ptr %s",
        "  ret void",
    ]
    return head + "\n".join([*lines, "}\n"]), 2


def offset(rng: random.Random, name: str, base: str) -> str:
    """Lines that define an address a little behind another: forth and back, in rows, or by %n."""
    there, back = 4 * rng.randint(4, 8), -4 * rng.randint(1, 4)
    return rng.choice(
        [
            f"  %{name} = getelementptr i8, ptr %{base}, i64 {there}",
            f"  %{name}.0 = getelementptr i8, ptr %{base}, i64 {there}\n"
            f"  %{name} = getelementptr i8, ptr %{name}.0, i64 {back}",
            f"  %{name} = getelementptr [{rng.randint(2, 4)} x i32], ptr %{base}, "
            f"i64 {rng.randint(1, 2)}, i64 {rng.choice(['0', '1', '2', '%n'])}",
            f"  %{name} = getelementptr {rng.choice(['i32', 'i64'])}, ptr %{base}, i64 %n",
        ]
    )


def outside_caller(rng: random.Random, known: dict[str, int]) -> str:
    """A function with callers that nobody sees, whose parameters are apart if it says so."""
    callee = rng.choice(list(known))
    given = ", ".join(f"ptr %{each}" for each in rng.sample(["p", "q", "r"], known[callee]))
    words = [rng.choice(["", "noalias ", "noalias "]) for _ in "pqr"]
    parameters = ", ".join(f"ptr {word}%{each}" for word, each in zip(words, "pqr"))
    return (
        f"define void @api({parameters}, i64 %n) {{\nentry:\n"
        f"  call void @{callee}({given}, i64 %n)\n  ret void\n}}\n"
    )


def calling_kernel(rng: random.Random, name: str, known: dict[str, int]) -> tuple[str, int]:
    """One that passes its parameters on to others, in any order, some of them twice."""
    lines, names = [], ["p", "q", "r"]
    for number in range(rng.randint(1, 2)):
        callee = rng.choice(list(known))
        given = rng.sample(names, known[callee])
        if rng.random() < 0.2:
            given = [given[0]] * len(given)
        if rng.random() < 0.25:
            lines.append(offset(rng, f"o{number}", given[0]))
            given = [f"o{number}", *given[1:]]
        arguments = ", ".join(f"ptr %{each}" for each in given)
        lines.append(f"  call void @{callee}({arguments}, i64 %n)")
    head = f"define internal void @{name}(ptr %p, ptr %q, ptr %r, i64 %n) noinline {{\nentry:\n"
    return head + "\n".join([*lines, "  ret void", "}\n"]), 3


FILL = "define internal void @fill(ptr %x, i64 %n) noinline {\n" + _LOOP.format(
    body="  %v = trunc i64 %i to i32\n" + _WRITE.format("x", "%v")
)
PICK = """\
define internal ptr @pick(ptr %p, ptr %q, i64 %n) noinline {
entry:
  %c = icmp ult i64 %n, 4
  br i1 %c, label %one, label %two
one:
  ret ptr %p
two:
  ret ptr %q
}
"""


def random_module(rng: random.Random, kernels: int = 4) -> str:
    """Kernels, perhaps one that gives back one of its parameters, and `@main(i64 %n)`, which calls
    them with memory of its own, of which some calls pass the same twice. Any n from 1 to 8 runs.
    """
    known: dict[str, int] = {}
    texts = [FILL]
    for number in range(kernels):
        name = f"k{number}"
        if number and rng.random() < 0.4:
            text, count = calling_kernel(rng, name, dict(known))
        elif rng.random() < 0.15:
            text, count = reading_kernel(name)
        elif rng.random() < 0.12:
            text, count = choosing_kernel(name)
        else:
            text, count = loop_kernel(rng, name)
        known[name] = count
        texts.append(text)
    buffers = ["a", "b", "c", "d"]
    lines = [
        f"  %{each} = alloca [64 x i32], align {rng.choice([4, 16, 32, 64])}" for each in buffers
    ]
    lines += [f"  call void @fill(ptr %{each}, i64 64)" for each in buffers]
    if rng.random() < 0.4:
        texts.append(PICK)
        lines.append("  %e = call ptr @pick(ptr %a, ptr %b, i64 %n)")
        buffers.append("e")
    if rng.random() < 0.4:
        lines.append(offset(rng, "f", "c"))
        buffers.append("f")
    if rng.random() < 0.2:
        lines += ["  %few = icmp ult i64 %n, 3", "  %g = select i1 %few, ptr %b, ptr %d"]
        buffers.append("g")
    if rng.random() < 0.4:
        texts.append(outside_caller(rng, known))
    for name, count in known.items():
        for _ in range(rng.randint(1, 2)):
            given = rng.sample(buffers, count)
            if rng.random() < 0.15:
                given = [given[0]] * count
            arguments = ", ".join(f"ptr %{each}" for each in given)
            lines.append(f"  call void @{name}({arguments}, i64 %n)")
    lines += [
        "  %at = getelementptr i32, ptr %a, i64 %n",
        "  %r = load i32, ptr %a",
        "  ret i32 %r",
        "}",
    ]
    main = "define i32 @main(i64 %n) {\nentry:\n" + "\n".join(lines) + "\n"
    return "\n".join([main, *texts])
