"""Forty small programs, on which orders of passes are compared: each a `main` of integers.

They are written as people write: with helpers, constants that have names, the same expression
twice, tests whose outcome is known, and work that nobody needs. Some only get better if a pass
runs twice.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from functools import cache

from tern.build import build
from tern.ir import Operation, outcome
from tern.parts import originals
from tern.passes.pipeline import pipeline

_TEXT = """
//// sum of squares
fn square(x: i32) -> i32 { return x * x; }
fn main(n: i32, a: i32) -> i32 { let s = 0; for i in 0..n { s = s + square(i); } return s; }
//// horner
fn main(n: i32, x: i32) -> i32 { let r = 0; for i in 0..n { r = r * x + (n - i) * 3; } return r; }
//// row and column
fn main(n: i32, w: i32) -> i32 {
    let s = 0;
    for i in 0..n { for j in 0..n { s = s + (i * w + j) * (j * w + i); } }
    return s;
}
//// debug is off
fn main(n: i32, a: i32) -> i32 {
    let debug = 0; let checks = 0; let s = 0;
    for i in 0..n { if debug == 1 { checks = checks + 1; } s = s + a; }
    return s;
}
//// clamp
fn clamp(x: i32, low: i32, high: i32) -> i32 {
    if x < low { return low; }
    if x > high { return high; }
    return x;
}
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { s = s + clamp(i * a, 0, 100); } return s;
}
//// twice the same test
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { if i < a { s = s + 1; } if i < a { s = s + i; } else { s = s - i; } }
    return s;
}
//// invariant in three loops
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { for j in 0..n { for k in 0..3 { s = s + (a * a + n) * (a - n); } } }
    return s;
}
//// a plane's address
fn at(i: i32, j: i32, k: i32, w: i32, h: i32) -> i32 { return (i * h + j) * w + k; }
fn main(n: i32, w: i32) -> i32 {
    let s = 0;
    for i in 0..n { for j in 0..n { s = s + at(i, j, 0, w, 8) + at(i, j, 1, w, 8); } }
    return s;
}
//// version dispatch
fn step(kind: i32, x: i32) -> i32 {
    if kind == 0 { return x + 1; }
    if kind == 1 { return x * 2; }
    if kind == 2 { return x * x; }
    return 0;
}
fn main(n: i32, a: i32) -> i32 { let x = a; for i in 0..n { x = step(1, step(0, x)); } return x; }
//// greatest common divisor
fn main(a: i32, b: i32) -> i32 {
    let x = a; let y = b;
    while y != 0 { let t = x % y; x = y; y = t; }
    return x;
}
//// unused statistics
fn main(n: i32, a: i32) -> i32 {
    let s = 0; let least = 0; let greatest = 0; let count = 0;
    for i in 0..n {
        let v = i * a;
        if v < least { least = v; } if v > greatest { greatest = v; }
        count = count + 1; s = s + v;
    }
    return s;
}
//// warm up
fn main(n: i32, a: i32) -> i32 {
    let w = 0; for i in 0..50 { w = w + i * a; }
    let s = 0; for i in 0..n { s = s + a; }
    return s;
}
//// collatz
fn main(n: i32, a: i32) -> i32 {
    let x = n + 1; let steps = 0;
    while x != 1 and steps < 60 {
        if x % 2 == 0 { x = x / 2; } else { x = 3 * x + 1; }
        steps = steps + 1;
    }
    return steps;
}
//// distances
fn square(x: i32) -> i32 { return x * x; }
fn far(x: i32, y: i32) -> i32 { return square(x) + square(y); }
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { for j in 0..n { if far(i - a, j - a) < far(a, a) { s = s + 1; } } }
    return s;
}
//// scale of one
fn scale(x: i32, by: i32) -> i32 { return x * by; }
fn shift(x: i32, by: i32) -> i32 { return x + by; }
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { s = s + scale(shift(i, 0), 1) + shift(scale(a, 1), 0); }
    return s;
}
//// times zero
fn main(n: i32, a: i32) -> i32 {
    let weight = 0; let s = 0;
    for i in 0..n { s = s + a + weight * (i * i + a); }
    return s;
}
//// swap twice
fn main(n: i32, a: i32) -> i32 {
    let x = a; let y = n;
    for i in 0..n { let t = x; x = y; y = t; let u = x; x = y; y = u; x = x + 1; }
    return x - y;
}
//// two counters
fn main(n: i32, a: i32) -> i32 {
    let s = 0; let j = 0;
    for i in 0..n { s = s + i * a + j * a; j = j + 1; }
    return s;
}
//// power
fn main(n: i32, a: i32) -> i32 {
    let r = 1; let x = a; let k = n;
    while k > 0 { if k % 2 == 1 { r = r * x; } x = x * x; k = k / 2; }
    return r;
}
//// rounding
fn up(x: i32, to: i32) -> i32 { return (x + to - 1) / to * to; }
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { s = s + up(i + a, 16) - up(a, 16); } return s;
}
//// guard on a constant
fn safe(x: i32, y: i32) -> i32 { if y == 0 { return 0; } return x / y; }
fn main(n: i32, a: i32) -> i32 { let s = 0; for i in 0..n { s = s + safe(i * a, 7); } return s; }
//// guard on a variable
fn safe(x: i32, y: i32) -> i32 { if y == 0 { return 0; } return x / y; }
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { s = s + safe(i, a * a + 1); } return s;
}
//// triangle
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { let base = i * n; for j in i..n { s = s + base * a + j; } }
    return s;
}
//// nothing at all
fn main(n: i32, a: i32) -> i32 {
    let t = 0;
    for i in 0..n { for j in 0..n { t = t + i * j; } }
    return a - a + a;
}
//// minus minus
fn negate(x: i32) -> i32 { return 0 - x; }
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { s = s + negate(negate(i + a)); } return s;
}
//// mode is kept
fn main(n: i32, a: i32) -> i32 {
    let mode = 1; let s = 0;
    for i in 0..n { if mode == 1 { s = s + a; } else { mode = 2; s = s - a; } }
    return s;
}
//// checksum
fn mix(h: i32, x: i32) -> i32 { return (h * 31 + x) * 17 + 5; }
fn main(n: i32, a: i32) -> i32 { let h = 7; for i in 0..n { h = mix(mix(h, i), a); } return h; }
//// digits
fn main(n: i32, a: i32) -> i32 {
    let x = n * 1000 + a * a; let s = 0;
    while x > 0 { s = s + x % 10; x = x / 10; }
    return s;
}
//// fibonacci
fn main(n: i32, a: i32) -> i32 {
    let x = 0; let y = 1;
    for i in 0..n { let t = x + y; x = y + 0; y = t * 1; }
    return x;
}
//// both sides alike
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { if i % 3 == 0 { s = s + a * i; } else { s = s + a * i; } }
    return s;
}
//// limits of a window
fn low(i: i32, r: i32) -> i32 { if i - r < 0 { return 0; } return i - r; }
fn high(i: i32, r: i32, n: i32) -> i32 { if i + r > n { return n; } return i + r; }
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { for j in low(i, 2)..high(i, 2, n) { s = s + j * a; } }
    return s;
}
//// percent
fn percent(x: i32, of: i32) -> i32 { return x * 100 / (of * of + 1); }
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { s = s + percent(a, a) + percent(i, a); } return s;
}
//// early return
fn find(n: i32, a: i32) -> i32 { for i in 0..n { if i * i > a * a + n { return i; } } return n; }
fn main(n: i32, a: i32) -> i32 { return find(n, a) + find(n, a); }
//// unit step
fn main(n: i32, a: i32) -> i32 {
    let step = 1; let i = 0; let s = 0;
    while i < n * step { s = s + i * step; i = i + step; }
    return s;
}
//// average of three
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n {
        let l = i * a; let m = (i + 1) * a; let r = (i + 2) * a;
        s = s + (l + m + r) / 3;
    }
    return s;
}
//// matrix product
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { for j in 0..n { let c = 0;
        for k in 0..n { c = c + (i * n + k) * (k * n + j); } s = s + c; } }
    return s;
}
//// parity
fn even(x: i32) -> bool { return x % 2 == 0; }
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { if even(a) { s = s + i; } else { s = s - i; } }
    return s;
}
//// a flag
fn main(n: i32, a: i32) -> i32 {
    let done = false; let s = 0; let i = 0;
    while i < n and not done { s = s + a * i; if s > 100000 { done = true; } i = i + 1; }
    return s;
}
//// common subexpressions
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { let p = (i + a) * (i - a); let q = (i - a) * (i + a); s = s + p + q + (i + a); }
    return s;
}
//// bounds
fn inside(i: i32, n: i32) -> bool { return i >= 0 and i < n; }
fn main(n: i32, a: i32) -> i32 {
    let s = 0;
    for i in 0..n { if inside(i, n) { s = s + a * 4; } } return s;
}
"""

PROGRAMS: dict[str, str] = {
    title.strip(): text
    for title, _, text in (part.partition("\n") for part in _TEXT.split("////")[1:])
}
"""The programs by their titles, as texts in tern."""


@cache
def _built(title: str) -> Operation:
    """A program as the book's own parts build it, whatever is in force."""
    with originals():
        return build(PROGRAMS[title])


def program(title: str) -> Operation:
    """A fresh module of one of the programs."""
    return _built(title).clone()


def arguments(rng: random.Random) -> tuple[int, int]:
    """Arguments for a `main`: how far it counts, and a number."""
    return rng.randint(5, 20), rng.randint(2, 99)


def executed(module: Operation, given: tuple[int, int]) -> int:
    """How many operations a call of `main` executes; constants are free."""
    return outcome(module, "main", *given).executed


@cache
def _executed_before(title: str, given: tuple[int, int]) -> int:
    with originals():
        return executed(_built(title), given)


def percent(title: str, module: Operation, given: tuple[int, int]) -> float:
    """What a program executes now, in percent of what it executed as it was built."""
    return 100 * executed(module, given) / _executed_before(title, given)


def compare_orders(
    orders: Iterable[Sequence[str]],
    before: Sequence[str] = (),
    after: Sequence[str] = ("dce", "simplify-cfg"),
    given: tuple[int, int] = (8, 5),
) -> dict[tuple[str, ...], dict[str, float]]:
    """What each program executes after each order of passes, in percent of what it did before.

    `before` and `after` run around each order: it is about what comes between. A program is
    run once for each text that an order makes of it. About 0.1 s of CPU an order.
    """
    started = {title: program(title) for title in PROGRAMS}
    for module in started.values():
        pipeline(before).run(module)
    known: dict[tuple[str, str], float] = {}
    found: dict[tuple[str, ...], dict[str, float]] = {}
    for order in orders:
        percents = found[tuple(order)] = {}
        for title, module in started.items():
            changed = module.clone()
            pipeline([*order, *after]).run(changed)
            key = title, str(changed)
            if key not in known:
                known[key] = percent(title, changed, given)
            percents[title] = known[key]
    return found
