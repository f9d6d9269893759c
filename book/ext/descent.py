"""One program on its way down: the figure of the landing page, made by tern at build time.

    ```{descent}
    fn layer(x: f32[n], w: f32[n], b: f32) -> f32[n] { return max(w * x + b, 0.0); }
    ```

Every panel is what tern, Numba, or LLVM says of the program, cut to its part of interest. The
first multiplication is marked on each level.
"""

from __future__ import annotations

import re
from html import escape
from textwrap import dedent
from typing import TYPE_CHECKING, Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from tern.ir import Operation
    from tern.text.tree import Node

HUE = "var(--phase-3)"

# The vector multiplications of x86-64 and Arm, as LLVM writes them, and their registers.
MULTIPLY = re.compile(r"\bv?mulps\b|\bv?fmadd\d*ps\b|\bfmla\b|\bfmul\b(?=.*\.4s)")
LANES = {"zmm": 16, "ymm": 8, "xmm": 4, ".4s": 4}
LABEL = re.compile(r"^[.\w$]+:")
JUMP = re.compile(r"^\s*(?:j\w+|b\.\w+|b|cbn?z|tbn?z|ret\w*)\b")


class Level(NamedTuple):
    name: str
    week: int
    says: str
    body: str  # HTML


def levels_of(source: str) -> list[Level]:
    """The program on every level; without the machine's where Numba is not installed."""
    from tern.build import build
    from tern.ir import functions
    from tern.lower import lower_source
    from tern.passes import fuse_all
    from tern.targets.python_source import emit_python

    loops = functions(lower_source(source))[0]
    before = sum(op.name == "affine.for" for op in loops.walk())
    fuse_all(loops)
    after = sum(op.name == "affine.for" for op in loops.walk())
    python = emit_python(loops).strip()
    found = [
        Level(
            "What you write",
            1,
            "A small layer of a neural network, in tern.",
            panel(source, product_in(source)),
        ),
        Level("Tokens", 2, "The lexer cuts the text into words.", tokens(source)),
        Level("Syntax tree", 3, "The parser finds what belongs together.", tree(source)),
        Level(
            "Intermediate representation",
            5,
            "Every value has one definition and a type. The real MLIR tools read this.",
            panel(str(functions(build(source))[0]), "arith.mulf"),
        ),
        Level(
            "Loops",
            13,
            f"{words(before)} loops over arrays have become {words(after).lower()}: "
            "what one step computes, the next uses at once.",
            panel(nest_of(str(loops)), "arith.mulf"),
        ),
        Level(
            "Python for Numba",
            13,
            "The same loop as a program that a just-in-time compiler takes.",
            panel(body_of(python), product_in(python)),
        ),
    ]
    machine = assembly(loops)
    if machine:
        loop, instruction, count, lanes = machine
        found.append(
            Level(
                "Machine code",
                6,
                "On the computer that built this page: "
                f"{words(count).lower()} multiplications of {words(lanes).lower()} numbers "
                "in each turn of the loop.",
                panel(loop, instruction),
            )
        )
    return found


def words(number: int) -> str:
    names = "Zero One Two Three Four Five Six Seven Eight".split()
    return names[number] if number < len(names) else str(number)


def panel(text: str, part: str) -> str:
    from tern.draw import listing

    return listing.panel(text, parts=[(part, HUE)])


def product_in(text: str) -> str:
    """The first product of two plain names or elements in a text."""
    return first(r"\w+(?:\[\w+\])? \* \w+(?:\[\w+\])?", text)


def first(pattern: str, text: str, flags: int = 0) -> str:
    """The first match of a pattern. ValueError if there is none."""
    found = re.search(pattern, text, flags)
    if found is None:
        raise ValueError(f"nothing in the text is like {pattern}: {text}")
    return found.group()


def nest_of(text: str) -> str:
    """The first loop nest of a printed function.

    >>> nest_of("f {\\n  %0 = x\\n  affine.for a {\\n    b\\n  }\\n  return\\n}")
    'affine.for a {\\n  b\\n}'
    """
    return dedent(first(r"^( *)affine\.for.*?^\1\}", text, re.DOTALL | re.MULTILINE))


def body_of(python: str) -> str:
    """The function alone, without the imports above it."""
    return python[python.index("def ") :]


def tokens(source: str) -> str:
    """The tokens of the line that holds the product, as a list."""
    from tern.text import Source, tokenize

    text = Source(source, "layer.tern")
    found = tokenize(text)
    star = next(token for token in found if token.text == "*")
    line = text.position(star.span.start)[0]
    items = []
    for token in found:
        if token.kind == "end" or text.position(token.span.start)[0] != line:
            continue
        kind = token.kind
        if kind == token.text:
            kind = "keyword" if kind.isalpha() else ""
        word = escape(token.text)
        inner = f"<mark>{word}</mark>" if token is star else f"<code>{word}</code>"
        items.append(f"<li>{inner}<small>{escape(kind)}</small></li>")
    return f'<ol class="descent-tokens">{"".join(items)}</ol>'


def tree(source: str) -> str:
    """The tree of the expression that is returned."""
    from tern import draw
    from tern.text import parse
    from tern.text import tree as syntax
    from tern.text.show import show

    labels: list[str] = []
    parents: list[int | None] = []

    def add(label: str, parent: int | None) -> int:
        labels.append(label)
        parents.append(parent)
        return len(labels) - 1

    def visit(node: Node, parent: int | None) -> None:
        if isinstance(node, syntax.Return):
            visit(node.value, add("return", parent))
        elif isinstance(node, syntax.Binary):
            here = add(node.operator, parent)
            visit(node.left, here)
            visit(node.right, here)
        elif isinstance(node, syntax.Call):
            here = add(node.function.text, parent)
            for argument in node.arguments:
                visit(argument, here)
        else:
            add(show(node), parent)

    visit(parse(source).functions[0].body.statements[-1], None)
    made = draw.tree(parents, labels, highlight=[labels.index("*")])
    name = "Syntax tree: " + nested(0, parents, labels)
    return made.html.replace('aria-label="tree"', f'aria-label="{escape(name)}"')


def nested(node: int, parents: list[int | None], labels: list[str]) -> str:
    """The tree in words, for readers who cannot see it.

    >>> nested(0, [None, 0, 0], ["+", "a", "b"])
    '+ (a, b)'
    """
    below = [nested(i, parents, labels) for i, parent in enumerate(parents) if parent == node]
    return labels[node] + (f" ({', '.join(below)})" if below else "")


def assembly(loops: Operation) -> tuple[str, str, int, int] | None:
    """The vector loop of the machine code: its text, the instruction that multiplies, how
    many there are, and how many numbers each takes. None without Numba or a vector loop.
    """
    try:
        import numpy as np

        from tern.targets.numba import compile_numba

        run: Any = compile_numba(loops)
    except ImportError:
        return None
    x, w, out = (np.ones(64, np.float32) for _ in range(3))
    run(x, w, 1.0, out)
    if not (out == 2).all():
        raise ValueError("the compiled layer computes something else")
    text = run.jitted.inspect_asm(run.jitted.signatures[0])
    best = max(straight_lines(text), key=lambda block: block_score(block), default=[])
    found = [line for line in best if MULTIPLY.search(line)]
    if not found:
        return None
    shown = "\n".join(tidy(line) for line in best)
    return shown, first(MULTIPLY.pattern, found[0]), len(found), lanes_of(found[0])


def straight_lines(text: str) -> list[list[str]]:
    """The loops of one block: from a label to the jump back to it."""
    found, block, label = [], [], ""
    for line in text.split("\n"):
        if LABEL.match(line):
            block, label = [], line.partition(":")[0]
        elif line.strip() and not line.strip().startswith((".", "#", "//", ";")):
            block.append(line)
            if JUMP.match(line):
                if label and re.search(rf"{re.escape(label)}\b", line):
                    found.append(block)
                block, label = [], ""
    return found


def lanes_of(line: str) -> int:
    return next((count for name, count in LANES.items() if name in line), 1)


def block_score(block: list[str]) -> int:
    return sum(lanes_of(line) for line in block if MULTIPLY.search(line))


def tidy(line: str) -> str:
    operation, _, operands = line.strip().partition("\t")
    return f"{operation:<9}{operands}".rstrip()


class Descent(SphinxDirective):
    has_content = True

    def run(self) -> list[nodes.Node]:
        from book.ext.road import link
        from book.ext.syllabus import chapter
        from tern.draw import listing
        from tern.draw.picture import STYLE

        whole = nodes.container(classes=["descent"])
        whole += nodes.raw("", f"<style>{STYLE}{listing.STYLE}</style>", format="html")
        boxes = []
        for number, level in enumerate(levels_of("\n".join(self.content)), 1):
            box = nodes.container(classes=["level"])
            head = nodes.paragraph(classes=["level-name"])
            head += nodes.inline(str(number), str(number), classes=["level-number"])
            head += nodes.Text(" ")
            head += nodes.strong(level.name, level.name)
            head += nodes.Text(" ")
            week = link(self.env, chapter(level.week), f"week {level.week}")
            head += nodes.inline("", "", week, classes=["level-week"])
            says = nodes.paragraph(level.says, level.says, classes=["level-says"])
            body = nodes.raw("", f'<div class="tern">{level.body}</div>', format="html")
            box += [head, says, body]
            boxes.append(box)
        # In reading order: short ones stand in a column beside a tall one.
        for group in (boxes[:2], boxes[2:3], boxes[3:4], boxes[4:6], boxes[6:]):
            # The third column holds the intermediate representation, whose lines are long.
            wide = ["wide"] if group == boxes[3:4] else []
            whole += nodes.container("", *group, classes=["descent-column", *wide])
        return [whole]


def setup(app: Sphinx) -> None:
    app.add_directive("descent", Descent)
