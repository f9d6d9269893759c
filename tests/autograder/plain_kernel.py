"""Runs a workbook as a plain kernel does, without a judge, and tells which cells raised.

    python -m tests.autograder.plain_kernel chapter05

The answers are right, and differ from the book's where the contract leaves it free: messages in
other words, sums rounded otherwise, tiles of other sizes. Speed is switched off, so that whatever
is timed runs once; properties are tried on a few inputs.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from typing import Any

from autograder import check
from autograder.author import tools
from autograder.course.cpp_cell import header_in
from autograder.worker.cells import Cell, Cells
from tests.autograder.workbooks import COURSE, identity

# By cell: what the book's text says, and what a reader may say as well.
OTHERWISE: dict[str, list[tuple[str, str]]] = {
    "ch01-native": [('append(f"  {stack[-1]}', 'append(f"    {stack[-1]}')],
    "ch02-thompson": [
        (
            "begin, end = len(epsilon), len(epsilon) + 1",
            "end, begin = len(epsilon), len(epsilon) + 1",
        )
    ],
    "ch02-determinize": [("has more than {max_states:,} states", "is over {max_states}")],
    "ch02-tokenize": [("is not a number", "is odd"), ("unexpected", "strange")],
    "ch02-equivalent": [
        (
            "letters = common_letters(one.alphabet, other.alphabet)",
            "letters = common_letters(one.alphabet, other.alphabet)[::-1]",
        )
    ],
    "ch04-infer": [('f"`{node.operator}` needs {wants}, found {spell(type_)}"', '"no"')],
    "ch04-check": [('f"{what} {spell(expected)}, found {spell(found)}"', '"another type"')],
    "ch04-guards": [("    return found", "    return [tuple(guard) for guard in reversed(found)]")],
    "ch05-ssa": [('f"the variable {name} may be read before it is stored to"', '"nothing there"')],
    "ch05-verifier": [
        ("Violation(rule, b, i, message)", 'Violation(rule, b, i, f"no: {message}")')
    ],
    "ch13-tiled-matmul": [
        ("16, 256", "32, 128"),
        ("C[i, j] + a0 * b0 + a1 * b1", "C[i, j] + (a0 * b0 + a1 * b1)"),
    ],
    "ch13-tiled-conv": [
        ("h * below[j + 1] + k * below[j + 2]", "(h * below[j + 1] + k * below[j + 2])")
    ],
    "ch14-vectorizable": [("goes against the order of the body", "turns around")],
    "ch14-packed-matmul": [("20 * ROWS", "16 * ROWS")],
    "ch14-exp": [("LOWEST if x < LOWEST", "LOWEST if x <= LOWEST")],
    "ch14-softmax": [("y[i] *= factor", "y[i] = factor * y[i]")],
    "ch14-reduce": [("a sum needs at least one thread", "nobody adds")],
    "ch07-small-vec": [("= 2 * capacity_;", "= 3 * capacity_;")],
    "ch07-arena": [("kFirstSlab = 4096", "kFirstSlab = 8192")],
    "ch07-casting": [("std::holds_alternative<To>(from)", "std::get_if<To>(&from) != nullptr")],
    "ch07-walk": [("SmallVec<Operation *, 64>", "SmallVec<Operation *, 1>")],
    "ch10-strength": [("getLoopsInPreorder()", "getLoopsInReverseSiblingPreorder()")],
    "ch10-peephole": [("Builder.CreateOr(X, ", "Builder.CreateOr(Builder.CreateFreeze(X), ")],
    "ch11-walk": [("depth + 1", "1 + depth")],
    "ch11-emit-linalg": [("%in{len(reads)}", "%x{len(reads)}"), ("^body(", "^here(")],
    "ch11-own-dialect": [("cannot give", "do not make")],
    "ch11-lower": [("return arith.addf(*operands)", "return arith.addf(operands[0], operands[1])")],
    "ch11-pipeline": [("rows, columns = 6, 16", "rows, columns = 4, 16")],
    "ch15-add": [("block = 1024", "block = 512")],
    "ch15-softmax": [("powers / tl.sum(powers, axis=0)", "powers * (1 / tl.sum(powers, axis=0))")],
    "ch15-layer-norm": [
        ("deviation / tl.sqrt(variance + epsilon)", "deviation * (1 / tl.sqrt(variance + epsilon))")
    ],
    "ch15-transpose": [("tile = 64", "tile = 32")],
    "ch15-emit-chain": [('"v{len(lines)', '"value{len(lines)')],
    "ch16-matmul": [("tall, wide = 128, 256 if n >= 256 else 128", "tall, wide = 64, 128")],
    "ch16-grouped": [
        ("band * group + within % height", "band * group + height - 1 - within % height")
    ],
    "ch16-split-k": [("tile, step = 64, 64", "tile, step = 32, 64")],
    "ch16-epilogue": [("tall, wide = (128, 128)", "tall, wide = (64, 128)")],
    "ch16-flash-attention": [("tl.where(total == 0.0, 1.0, total)", "tl.maximum(total, 1e-30)")],
    "ch16-autotune": [("600 / together", "500 / together")],
    "ch17-matmul": [("cut(sch, p, 4)", "cut(sch, p, 2)")],
    "ch17-conv": [("cut(sch, o, 4)", "cut(sch, o, 2)")],
    "ch17-epilogue": [("cut(sch, p, 4)", "cut(sch, p, 2)")],
    "ch18-trace": [
        ("else itertools.count()", "else itertools.count(7)"),
        ("a traced value of type", "there is no number in a value of type"),
    ],
    "ch18-import": [("has no form in tern", "is unknown")],
    "ch18-cost": [("there is no rule for what a {each.opcode} costs", "{each.opcode}?")],
    "ch18-fuse": [
        ("(cost := _cost(computation, rest)) < best", "(cost := _cost(computation, rest)) <= best")
    ],
    "ch18-rewrite": [('{operand}.piece"', '{operand}.part"')],
    "ch18-shard": [("total < found[step[1]][0]", "total <= found[step[1]][0]")],
    "ch17-search": [("[0.3, 0.4, 0.3]", "[0.2, 0.4, 0.4]")],
}
AFTER = {"ch03-setup": "\ndescribe = lambda token: 'another token'\n"}


def cells(chapter: str) -> list[Cell]:
    """The code cells of a solved workbook, with answers that differ from the book's."""
    source = COURSE.chapter(chapter).source.read_text(encoding="utf-8")
    found = []
    for number, one in enumerate(json.loads(source)["cells"]):
        if one["cell_type"] == "code":
            name = identity(one) or f"cell-{number}"
            found.append(Cell(id=name, source=otherwise(name, "".join(one["source"]))))
    return found


def otherwise(name: str, source: str) -> str:
    """An answer in the reader's own way. AssertionError: the book's text is not what it was."""
    for text, other in OTHERWISE.get(name, []):
        assert text in source, f"{name} no longer says {text}"
        source = source.replace(text, other)
    if (header := header_in(source)) is not None:  # as the magic does it
        source = f"{header.name} = cpp.Header({header.name!r}, {header.text!r}, {header.before})"
    return source + AFTER.get(name, "")


def try_few_examples() -> None:
    forall = check.forall

    @functools.wraps(forall)
    def short(strategy: Any, holds: Any, examples: int = 100, because: str = "") -> None:
        forall(strategy, holds, min(examples, 5), because)

    check.forall = short


def main(chapter: str) -> int:
    os.environ["AUTOGRADER_SPEED"] = "off"
    try_few_examples()
    lacking = [tools.missing(one.needs) for one in COURSE.chapter(chapter).exercises]
    told = [f"not judged here: {why}" for why in lacking if why]
    problems = [one for one in Cells().run_all(cells(chapter)) if one["message"] not in told]
    for problem in problems:
        print("RAISED", json.dumps(problem))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
