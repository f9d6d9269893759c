"""The text of a Triton kernel: names, loads and their masks, expressions, the store."""

from __future__ import annotations

import keyword

from tern.targets.triton_expressions import HELPED, dtype, expression, is_narrow, literal, tidy
from tern.targets.triton_lanes import choose_others, lanes, loses_nan, needs_where
from tern.targets.triton_values import COLUMNS, ROWS, Kernel, Node, neutral
from tern.types import FloatType, f32, i1, i32

_LONG = 60  # characters of an expression that gets a name of its own
_LINE = 92  # characters of a store, above which its value gets a name
_GLOBALS = frozenset(
    """tl triton torch shape_of integer byte maximum minimum roundeven tanh float int bool min max
    type any zip list isinstance ValueError TypeError BLOCK ROWS COLUMNS count num_warps""".split()
)
# Names in a kernel of indices and masks.
_INDICES = frozenset("at row rows columns inside inside_row inside_column".split())
_REDUCTIONS = {"add": ("sum", "total"), "max": ("max", "largest"), "min": ("min", "least")}
_WORDS = {
    "add": "total", "sub": "difference", "mul": "product", "div": "quotient", "rem": "rest",
    "max": "larger", "min": "smaller", "neg": "negated", "cmp": "holds", "and": "both",
    "ori": "either", "xor": "differ", "sel": "chosen", "abs": "size", "exp": "power",
    "sqr": "root", "ext": "wider", "tru": "narrower", "sit": "number", "fpt": "whole",
}  # fmt: skip
HELPERS = {
    name: f"""\
@triton.jit
def {name}(a, b):
    # tl.{name[:3]} would pass over NaN.
    return tl.{name}(a, b, propagate_nan=tl.PropagateNan.ALL)
"""
    for name in ("maximum", "minimum")
}
HELPERS["roundeven"] = """\
@triton.jit
def roundeven(x, WHOLE: tl.constexpr):
    # A sum of that size has no bits left for a fraction, and is rounded to even.
    size = tl.abs(x)
    size = tl.where(size < WHOLE, (size + WHOLE) - WHOLE, size)
    return tl.where(x < 0, -1.0 * size, tl.where(x == 0, x, size))
"""
HELPERS["tanh"] = """\
@triton.jit
def tanh(x, SMALL: tl.constexpr):
    # The difference from 1 would lose the digits of a small x, which its series keeps.
    square = x * x
    series = x * (1 - square / 3 + 2 * square * square / 15)
    return tl.where(tl.abs(x) < SMALL, series, 2 / (1 + tl.exp(-2 * x)) - 1)
"""


class Names:
    """Names that nothing else has, in a kernel or outside of it."""

    def __init__(self, in_kernel: bool = False) -> None:
        self.taken = set(_GLOBALS | _INDICES if in_kernel else _GLOBALS)

    def new(self, hint: str) -> str:
        name, number = hint, 2
        while name in self.taken or keyword.iskeyword(name):
            name, number = f"{hint}_{number}", number + 1
        self.taken.add(name)
        return name


def form_of(kernel: Kernel) -> str:
    """How a program takes elements: a "row", a "flat" stretch of all, or a "tile" of both axes."""
    nodes = kernel.live()
    if any(node.kind == "reduce" for node in nodes):
        return "row"
    whole = frozenset(filter(None, kernel.axes))
    loads = [node for node in nodes if node.kind == "load" and node.over]
    sized = any(node.kind == "size" for node in nodes)
    return "flat" if loads and not sized and all(load.over == whole for load in loads) else "tile"


class Body:
    """Writes the lines of one kernel.

    `sizes` has the text of the number of rows, of columns, and of elements ("count"); `names` those
    that the kernel's arguments have taken; `pointers` the argument that is the pointer of each
    tensor.
    """

    def __init__(
        self, kernel: Kernel, sizes: dict[str, str], names: Names, pointers: dict[Node | None, str]
    ) -> None:
        self.kernel, self.form, self.nodes = kernel, form_of(kernel), kernel.live()
        self.sizes, self.names, self.pointers = sizes, names, pointers
        self.users: dict[Node, list[Node]] = {node: [] for node in self.nodes}
        for node in self.nodes:
            for operand in node.operands:
                self.users[operand].append(node)
        self.others = choose_others(self.nodes) if self.form == "row" else {}
        self.lanes = lanes(self.nodes, self.others)
        self.over = frozenset(filter(None, kernel.axes)).union(*(node.over for node in self.nodes))
        self.texts: dict[Node, str] = {}
        self.lines: list[str] = []
        self.helpers: set[str] = set()

    def write(self) -> list[str]:
        """The lines, without a margin."""
        self.start()
        for node in self.nodes:
            self.define(node)
        self.store()
        return self.lines

    def start(self) -> None:
        """Which elements are this program's.

        Numbers of 64 bits, because a tensor may have 2**31 elements.
        """
        n, m = self.sizes.get(ROWS), self.sizes.get(COLUMNS)
        if self.form == "flat":
            self.lines += [
                "at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)",
                f"inside = at < {self.sizes['count']}",
            ]
        elif self.form == "row":
            if ROWS in self.over:
                self.lines.append("row = tl.program_id(0).to(tl.int64)")
            self.lines += ["columns = tl.arange(0, BLOCK)", f"inside = columns < {m}"]
        else:
            if ROWS in self.over:
                rows = "tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)[:, None]"
                self.lines += [f"rows = {rows}", f"inside_row = rows < {n}"]
            if COLUMNS in self.over:
                columns = "tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)[None, :]"
                self.lines += [f"columns = {columns}", f"inside_column = columns < {m}"]
            if self.over == {ROWS, COLUMNS}:
                self.lines.append("inside = inside_row & inside_column")

    def address(self, pointer: str, over: frozenset[str]) -> tuple[str, str]:
        """Where the elements of a tensor are, and which of them there are ("": all)."""
        if not over:
            return pointer, ""
        if self.form == "flat":
            return f"{pointer} + at", "inside"
        row = "row" if self.form == "row" else "rows"
        if self.form == "row":
            mask = "inside" if COLUMNS in over else ""
        else:
            mask = "inside" if len(over) == 2 else "inside_row" if ROWS in over else "inside_column"
        if len(over) == 2:
            return f"{pointer} + {row} * {self.sizes[COLUMNS]} + columns", mask
        return f"{pointer} + {row if ROWS in over else 'columns'}", mask

    def define(self, node: Node) -> None:
        if node.kind == "constant":
            text = literal(node.constant, node.element)
            self.texts[node] = f"({text})" if text[0] == "-" else text
        elif node.kind == "size":
            self.texts[node] = self.sizes[node.name]
        elif node.kind == "number":
            self.texts[node] = self.pointers[node]
            if node.element == i1:
                self.lines.append(f"{self.texts[node]} = {self.texts[node]} != 0")
            elif node.element not in (f32, i32):  # for which Triton takes a float, an int that fits
                name = self.texts[node]
                self.lines.append(f"{name} = {name}.to({dtype(node.element)})")
        elif node.kind == "load":
            address, mask = self.address(self.pointers[node], node.over)
            other = self.others.get(node)
            more = f", mask={mask}" if mask else ""
            more += f", other={literal(other, node.element)}" if other is not None else ""
            self.texts[node] = f"tl.load({address}{more})"
            self.assign(node, node.name)
        else:
            text = self.text(node)
            for operand in sorted(node.operands, key=lambda each: -len(self.texts[each])):
                if (
                    len(tidy(text)) > _LONG
                    and " " in self.texts[operand]
                    and operand.op is not None
                ):
                    self.assign(operand, operand.name or self.hint(operand))
                    text = self.text(node)
            self.texts[node] = text
            inline = (
                len(self.users[node]) == 1 or node is self.kernel.result and not self.users[node]
            )
            if (node.name or not inline) and not text.isidentifier():
                self.assign(node, node.name or self.hint(node))

    def text(self, node: Node) -> str:
        if node.kind == "reduce":
            return self.reduction(node)
        if node.does in HELPED:
            self.helpers.add(node.does.removeprefix("math."))
        return expression(
            node, [self.texts[operand] for operand in node.operands], self.users[node]
        )

    def assign(self, node: Node, hint: str) -> None:
        """Give what stands for a node a name, and so a line of its own."""
        text, self.texts[node] = self.texts[node], self.names.new(hint)
        self.lines.append(f"{self.texts[node]} = {tidy(text)}")

    def reduction(self, node: Node) -> str:
        (operand,) = node.operands
        text, element = tidy(self.texts[operand]), node.element
        start = literal(neutral(node.does, node.element), node.element)
        if needs_where(node, self.lanes):
            text = f"tl.where(inside, {text}, {start})"
        if is_narrow(element):  # the accumulator, said and not left to Triton
            wide = "tl.float32" if isinstance(element, FloatType) else "tl.int32"
            return f"{self.reduced(node, f'({text}).to({wide})')}.to({dtype(element)})"
        return self.reduced(node, text)

    def reduced(self, node: Node, text: str) -> str:
        word = node.does.removeprefix("arith.")[:3]
        if word != "add" and loses_nan(node, self.nodes):
            self.helpers.add(f"{word}imum")
            return f"tl.reduce({text}, 0, {word}imum)"
        return f"tl.{_REDUCTIONS[word][0]}({text}, axis=0)"

    def hint(self, node: Node) -> str:
        """A telling name for a value that the program has none for."""
        name = node.does.partition(".")[2]
        if node.kind == "reduce":
            return _REDUCTIONS[name[:3]][1]
        first = node.operands[0]
        if name == "divf" and first.kind == "reduce" and first.does == "arith.addf":
            return "mean"
        return _WORDS.get(name[:3], name if name.isalpha() else "value")

    def store(self) -> None:
        result, axes = self.kernel.result, frozenset(filter(None, self.kernel.axes))
        address, mask = self.address(self.pointers[None], axes)
        value = tidy(self.texts[result])
        if result.kind == "constant":
            value = f"tl.full((), {value}, {dtype(result.element)})"
        line = f"tl.store({address}, {{}}{f', mask={mask}' if mask else ''})"
        if len(line) + len(value) > _LINE and result.op is not None:
            self.assign(result, "out")
            value = self.texts[result]
        self.lines.append(line.format(value))
