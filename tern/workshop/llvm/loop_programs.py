"""Functions with loops, drawn at random: nests of all kinds, and products of their variables."""

from __future__ import annotations

import random
from collections.abc import Callable

from tern.workshop.llvm.undef_loops import undef_products

Body = Callable[[str, str], None]
"""Writes what is inside of a loop, of its variable and of what that will be next."""


class Writer:
    """Writes a function block by block. Variables are in memory, in @f's allocas."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.blocks: list[tuple[str, list[str]]] = [("entry", [])]
        self.names = 0

    def line(self, text: str) -> str:
        """A new value of the block that is written."""
        self.names += 1
        self.blocks[-1][1].append(f"%v{self.names} = {text}")
        return f"%v{self.names}"

    def do(self, text: str) -> None:
        self.blocks[-1][1].append(text)

    def block(self, word: str) -> str:
        """The name of a block to come."""
        self.names += 1
        return f"{word}{self.names}"

    def begin(self, name: str) -> None:
        self.blocks.append((name, []))

    def text(self, head: str) -> str:
        body = "\n".join(
            "\n".join([f"{name}:", *(f"  {line}" for line in lines)]) for name, lines in self.blocks
        )
        return f"{head} {{\n{body}\n}}\n"

    def keep(self, value: str, width: int) -> None:
        """Mix a value into the function's result."""
        old = self.line(f"load i{width}, ptr %sum")
        opcode = self.rng.choice(["add", "xor", "sub"])
        new = self.line(f"{opcode} i{width} {old}, {value}")
        self.do(f"store i{width} {new}, ptr %sum")

    def counted(
        self,
        width: int,
        start: str,
        step: str,
        trips: str,
        body: Body,
        rotated: bool = False,
        word: str = "loop",
        late: str = "",
    ) -> str:
        """A loop of `trips` iterations, at least one if it is `rotated`: its variable.

        `body(variable, next)` is written inside; `next` is empty where it isn't known yet. A step
        "?" is another one in each iteration. %HEADER.late is `late` in the first iteration, and
        from then on what the variable is.
        """
        before = self.blocks[-1][0]
        header, latch, out = self.block(word), self.block("latch"), self.block("out")
        variable, count = f"%{header}.i", f"%{header}.n"
        after, counted = f"%{header}.next", f"%{header}.left"
        self.do(f"br label %{header}")
        self.begin(header)
        self.do(f"{variable} = phi i{width} [ {start}, %{before} ], [ {after}, %{latch} ]")
        if late:
            self.do(f"%{header}.late = phi i{width} [ {late}, %{before} ], [ {after}, %{latch} ]")
        self.do(f"{count} = phi i32 [ 0, %{before} ], [ {counted}, %{latch} ]")
        if not rotated:
            more, inside = self.line(f"icmp ult i32 {count}, {trips}"), self.block("body")
            self.do(f"br i1 {more}, label %{inside}, label %{out}")
            self.begin(inside)
        early = self.rng.random() < 0.4
        if early:
            self.step(after, variable, step, width)
        body(variable, after if early else "")
        self.do(f"br label %{latch}")
        self.begin(latch)
        if not early:
            self.step(after, variable, step, width)
        self.do(f"{counted} = add i32 {count}, 1")
        if rotated:
            more = self.line(f"icmp ult i32 {counted}, {trips}")
            self.do(f"br i1 {more}, label %{header}, label %{out}")
        else:
            self.do(f"br label %{header}")
        self.begin(out)
        return variable

    def step(self, after: str, variable: str, step: str, width: int) -> None:
        if step == "?":
            step = self.line(f"xor i{width} {variable}, 3")
        flags = self.rng.choice(["", "", " nsw", " nuw"]) if step == "1" else ""
        pair = [variable, step]
        if step[0] == "%" and self.rng.random() < 0.5:
            pair.reverse()
        self.do(f"{after} = add{flags} i{width} {', '.join(pair)}")


# ---- nests, for an analysis ---------------------------------------------------------------------


def nests(rng: random.Random) -> str:
    """Loops in loops, and beside them: of a constant number of iterations, of one that is known on
    entry, of one that is not; some with a second way out."""
    writer = Writer(rng)
    writer.do("%sum = alloca i32")
    writer.do("store i32 0, ptr %sum")
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        _nest(writer, rng.randrange(1, 4))
    writer.do(f"ret i32 {writer.line('load i32, ptr %sum')}")
    return writer.text("define i32 @f(i32 %n, i32 %m, ptr %p)")


def _nest(writer: Writer, depth: int) -> None:
    rng = writer.rng

    def body(variable: str, after: str) -> None:
        for _ in range(rng.randrange(3)):
            writer.keep(writer.line(f"xor i32 {variable}, {rng.randrange(9)}"), 32)
        if depth > 1:
            for _ in range(rng.choice([0, 1, 1, 2])):
                _nest(writer, depth - 1)
        if rng.random() < 0.3:
            _condition(writer, variable)

    kind = rng.choice(["constant", "constant", "entry", "memory", "break", "while"])
    rotated = rng.random() < 0.5
    if kind == "while":
        _while(writer, body)
    elif kind == "break":
        _with_break(writer, body)
    else:
        trips = {"constant": str(rng.randrange(1, 30)), "entry": rng.choice(["%n", "%m"])}
        bound = trips.get(kind) or writer.line("load volatile i32, ptr %p")
        writer.counted(32, str(rng.randrange(5)), "1", bound, body, rotated, "row")


def _condition(writer: Writer, variable: str) -> None:
    """An if, without else, in a body."""
    yes, after = writer.block("yes"), writer.block("after")
    odd = writer.line(f"trunc i32 {variable} to i1")
    writer.do(f"br i1 {odd}, label %{yes}, label %{after}")
    writer.begin(yes)
    writer.keep(writer.line(f"mul i32 {variable}, {variable}"), 32)
    writer.do(f"br label %{after}")
    writer.begin(after)


def _while(writer: Writer, body: Body) -> None:
    """As long as what is in memory is odd: nobody knows how long."""
    head, inside, out = (writer.block(word) for word in ("while", "do", "done"))
    writer.do(f"br label %{head}")
    writer.begin(head)
    found = writer.line("load volatile i32, ptr %p")
    odd = writer.line(f"trunc i32 {found} to i1")
    writer.do(f"br i1 {odd}, label %{inside}, label %{out}")
    writer.begin(inside)
    body(found, "")
    writer.do(f"br label %{head}")
    writer.begin(out)


def _with_break(writer: Writer, body: Body) -> None:
    """At most so many iterations, fewer if a number in memory says so, or a constant."""
    out = writer.block("broken")

    def breaking(variable: str, after: str) -> None:
        body(variable, after)
        more = writer.block("more")
        known = writer.rng.random() < 0.4
        limit = str(writer.rng.randrange(12)) if known else writer.line("load volatile i32, ptr %p")
        stop = writer.line(f"icmp eq i32 {variable}, {limit}")
        writer.do(f"br i1 {stop}, label %{out}, label %{more}")
        writer.begin(more)

    trips = writer.rng.choice(["8", "12", "%n"])
    writer.counted(32, "0", "1", trips, breaking, writer.rng.random() < 0.5)
    writer.do(f"br label %{out}")
    writer.begin(out)


def many_loops(rng: random.Random, count: int, depth: int = 40) -> str:
    """`count` loops, in nests of a depth, each with a hundred operations, for what an analysis
    costs. (ScalarEvolution's own time grows with the square of the loops that stand in a row.)"""
    writer = Writer(rng)
    writer.do("%sum = alloca i32")

    def nest(left: int) -> None:
        def body(variable: str, after: str) -> None:
            for _ in range(33):
                writer.keep(variable, 32)
            if left > 1:
                nest(left - 1)

        writer.counted(32, "0", "1", "%n", body)

    for _ in range(max(1, count // depth)):
        nest(min(depth, count))
    writer.do("ret i32 0")
    return writer.text("define i32 @f(i32 %n, i32 %m, ptr %p)")


# ---- products, for strength reduction -----------------------------------------------------------


def reducible(rng: random.Random) -> str:
    """Loops whose bodies multiply induction variables by invariants, several by the same one, and
    nothing else."""
    return counted_products(rng, all_kinds=False)


def counted_products(rng: random.Random, all_kinds: bool = True) -> str:
    """Loops whose bodies multiply: induction variables by invariants, and what only looks so."""
    if all_kinds and rng.random() < 0.15:
        return undef_products(rng)
    width = rng.choice([8, 16, 32, 32, 64])
    writer = Writer(rng)
    writer.do(f"%sum = alloca i{width}")
    writer.do(f"store i{width} 0, ptr %sum")
    writer.do("%few = and i32 %n, 7")
    writer.do("%once = or i32 %few, 1")
    for _ in range(rng.choice([1, 1, 2])):
        depths = [1, 1, 2, 2, 3] if all_kinds else [1, 2, 2]
        _products(writer, width, rng.choice(depths), [], all_kinds)
    writer.do(f"ret i{width} {writer.line(f'load i{width}, ptr %sum')}")
    known = "" if all_kinds else " noundef"  # where it's counted, nobody has to freeze
    given = ", ".join(f"i{width}{known} {name}" for name in ("%a", "%b", "%c"))
    return writer.text(f"define i{width} @f(i32 %n, {given})")


def _products(
    writer: Writer, width: int, depth: int, outer: list[str], all_kinds: bool = True
) -> None:
    rng = writer.rng
    factors = ["%a", "%b", "%c", *(str(rng.choice([3, 5, 7, 10, -3, 100])) for _ in range(2))]

    def multiply(left: str, right: str) -> str:
        flags = rng.choice(["", " nsw", " nuw", " nuw nsw"]) if rng.random() < 0.2 else ""
        pair = (left, right)
        if right[0] == "%" and rng.random() < 0.5:
            pair = (right, left)
        return writer.line(f"mul{flags} i{width} {pair[0]}, {pair[1]}")

    late = rng.choice(["", "", "7", "%a"]) if all_kinds else ""

    def body(variable: str, after: str) -> None:
        variables = [variable, *([after] if after else [])]
        variables += [variable.replace(".i", ".late")] if late else []
        if all_kinds and rng.random() < 0.25:
            variables.append(variable := writer.line(f"xor i{width} {variable}, 1"))
        for _ in range(rng.randrange(1, 4) if all_kinds else rng.randrange(2, 6)):
            invariants = [*factors, *outer] if all_kinds else [*factors[:2], *outer, *outer]
            found = multiply(rng.choice(variables), rng.choice(invariants))
            if rng.random() < 0.3:
                found = multiply(found, rng.choice(factors))
            if all_kinds and rng.random() < 0.15:
                found = multiply(found, found)
            writer.keep(found, width)
        if depth > 1:
            _products(writer, width, depth - 1, [*outer, variables[0]], all_kinds)

    rotated = rng.random() < 0.5
    trips = rng.choice(["%once" if rotated else "%few", str(rng.randrange(1, 7))])
    trips = trips if all_kinds else str(rng.randrange(3, 6))
    around = outer[-1:] * (2 if all_kinds else 6)  # as in a triangle
    start = rng.choice([*(["0", "0"] if all_kinds else ["0"]), "1", "%c", "-2", *around])
    step = rng.choice(["1", "1", "1", "2", "-1", "%b", "3", *(["?", "?"] if all_kinds else [])])
    variable = writer.counted(width, start, step, trips, body, rotated, late=late)
    if all_kinds and rng.random() < 0.3:  # behind the loop it is what it was last
        late = writer.line(f"xor i{width} %a, 5")
        writer.keep(multiply(variable, rng.choice([*factors, late, late])), width)
