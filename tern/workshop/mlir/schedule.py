"""A matrix product's schedule as a script of the transform dialect, line by line, and its IR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tern.targets.mlir import MlirError, lowered

OP = "!transform.any_op"


@dataclass(frozen=True)
class Line:
    """One thing that a script does: what it is called, and its text."""

    name: str
    text: str


def tile(of: str, sizes: Sequence[int], name: str) -> Line:
    """Cut what the handle %`of` stands for into tiles, which the handle %`name` stands for then.

    A size for each loop, 0 where it stays whole. `of` is dead afterwards.
    """
    loops = sum(size != 0 for size in sizes)
    results = ", ".join([OP] * (1 + loops))
    text = f"""
%{name}, %{name}_loops:{loops} = transform.structured.tile_using_for %{of}
  tile_sizes [{", ".join(map(str, sizes))}] : ({OP}) -> ({results})"""
    return Line(f"tiles of {' × '.join(map(str, sizes))}", text)


MATCH = Line(
    "find the product",
    f"""
%matmul = transform.structured.match ops{{["linalg.matmul"]}} in %module : ({OP}) -> {OP}""",
)
VECTORIZE = Line(
    "vectors for what has fixed sizes",
    f"""
%f = transform.structured.match ops{{["func.func"]}} in %module : ({OP}) -> {OP}
%vectors = transform.structured.vectorize_children_and_apply_patterns %f : ({OP}) -> {OP}""",
)
HOIST = Line(
    "the tile of C out of the loop over k",
    f"""
%loops = transform.structured.match interface{{LoopLikeInterface}} in %vectors : ({OP}) -> {OP}
transform.apply_licm to %loops : {OP}
transform.loop.hoist_loop_invariant_subsets %loops : {OP}""",
)
MULTIPLY_ADD = Line(
    "contractions as multiply-adds",
    f"""
transform.apply_patterns to %vectors {{
  transform.apply_patterns.vector.lower_contraction lowering_strategy = "outerproduct"
  transform.apply_patterns.vector.lower_outerproduct
}} : {OP}""",
)

MATMUL = (
    MATCH,
    tile("matmul", (0, 0, 128), "block"),
    tile("block", (6, 16, 1), "tile"),
    VECTORIZE,
    HOIST,
    MULTIPLY_ADD,
)
"""The whole schedule of a product: first what stays in the cache, then what stays in registers."""


def matmul_rungs() -> list[tuple[str, tuple[Line, ...]]]:
    """The schedule's rungs, each with its name, and the script so far: from plain loops up."""
    found, block, tiles, *rest = MATMUL
    tiles = tile("matmul", (6, 16, 1), "tile")
    rungs: list[tuple[str, tuple[Line, ...]]] = [("plain loops", ())]
    for end in range(len(rest) + 1):
        script = (found, tiles, *rest[:end])
        rungs.append((script[-1].name, script))
    return [*rungs, (f"and {block.name}, for the cache", MATMUL)]


def sequence(lines: Sequence[Line]) -> str:
    """A named sequence of these lines."""
    body = "".join(line.text for line in lines).replace("\n", "\n    ")
    head = f"transform.named_sequence @__transform_main(%module: {OP})"
    return f"  {head} {{{body}\n    transform.yield\n  }}"


def script(lines: Sequence[Line]) -> str:
    """The script of these lines, as a module; "" if there are none."""
    if not lines:
        return ""
    return f"module attributes {{transform.with_named_sequence}} {{\n{sequence(lines)}\n}}\n"


PASSES = """transform-interpreter, canonicalize, cse, one-shot-bufferize, canonicalize, cse,
    canonicalize, func.func(convert-linalg-to-loops)"""
"""What runs a script, and what comes after it. (The second cse lets copies onto themselves go.)"""


def transformed(program: str, lines: Sequence[Line], passes: str = "canonicalize, cse") -> str:
    """A program after a script's lines, and after passes that tidy up, as text of MLIR's.

    In a process beside this one: a script can bring MLIR down.

    Raises:
        MlirError: the script refuses, or MLIR did not survive it; in one line.
    """
    text = (
        f"module attributes {{transform.with_named_sequence}} {{\n{program}\n{sequence(lines)}\n}}"
    )
    (after,) = lowered(text, [("the script", f"transform-interpreter, {passes}")])
    return without_script(after)


def without_script(text: str) -> str:
    """MLIR's text of a module, without the script in it."""
    kept, inside = [], False
    for line in text.splitlines():
        inside = inside or line.startswith("  transform.named_sequence")
        if not inside:
            kept.append(line)
        inside = inside and line != "  }"
    kept[:] = [
        line.replace("module attributes {transform.with_named_sequence}", "module") for line in kept
    ]
    return "\n".join(kept) + "\n"


REFUSED: dict[str, tuple[Line, ...]] = {
    "a handle that is dead": (
        MATCH,
        tile("matmul", (8, 8, 8), "tile"),
        tile("matmul", (4, 4, 4), "again"),
    ),
    "sizes that are not fixed": (
        MATCH,
        tile("matmul", (7, 7, 7), "tile"),
        Line("vectorize", f"\ntransform.structured.vectorize %tile : {OP}"),
    ),
    "more tile sizes than loops": (MATCH, tile("matmul", (8, 8, 8, 8), "tile")),
    "a line that there is not": (MATCH, Line("unknown", f"\ntransform.make_fast %matmul : {OP}")),
    "a handle of another kind": (
        MATCH,
        Line("peel", f"\n%a, %b = transform.loop.peel %matmul : ({OP}) -> ({OP}, {OP})"),
    ),
}
"""Scripts that MLIR refuses, by what is wrong with them."""


def refusal(program: str, lines: Sequence[Line]) -> str:
    """What MLIR says of a script that it refuses, in one line; "" if it takes it."""
    try:
        transformed(program, lines)
    except MlirError as error:
        return str(error)
    return ""
