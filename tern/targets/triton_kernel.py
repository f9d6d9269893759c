"""The text of a Triton kernel: names, loads and their masks, expressions, the store."""

from __future__ import annotations

import keyword

from tern.targets.triton_expressions import HELPED, dtype, expression, is_narrow, literal, tidy
from tern.targets.triton_lanes import choose_others, lanes, loses_nan, needs_where
from tern.targets.triton_values import COLUMNS, INNER, ROWS, Kernel, Node, neutral
from tern.types import FloatType, f32, i1, i32

_LONG = 60  # characters of an expression that gets a name of its own
_LINE = 92  # characters of a store, above which its value gets a name
_GLOBALS = frozenset(
    """tl triton torch shape_of integer byte maximum minimum roundeven tanh float int bool min max
    type any zip list isinstance ValueError TypeError BLOCK ROWS COLUMNS count num_warps
    DEPTH GROUP num_stages grouped TILES tall wide""".split()
)
# Names in a kernel of indices and masks.
_INDICES = frozenset(
    """at row rows column columns inside inside_row inside_column in_row in_column start step
    steps""".split()
)
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
HELPERS["grouped"] = """\
@triton.jit
def grouped(program, rows, columns, GROUP):
    # Bands of GROUP rows of tiles, walked down column by column: L2 holds what they share.
    band = program // (GROUP * columns)
    height = min(rows - band * GROUP, GROUP)
    within = program % (GROUP * columns)
    return band * GROUP + within % height, within // height
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
    """How a program takes elements: a "row", a "flat" stretch of all, or a "tile" of both axes;
    the tile of a matrix product is a "product".
    """
    nodes = kernel.live()
    if any(node.kind == "dot" for node in nodes):
        return "product"
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
    tensor; `precision` is tl.dot's input_precision.
    """

    def __init__(
        self,
        kernel: Kernel,
        sizes: dict[str, str],
        names: Names,
        pointers: dict[Node | None, str],
        precision: str = "ieee",
    ) -> None:
        self.kernel, self.form, self.nodes = kernel, form_of(kernel), kernel.live()
        if self.form == "product":  # what its epilogue loads is not held in registers meanwhile
            self.nodes.sort(key=lambda node: node.kind not in ("tile", "dot"))
        self.precision = precision
        self.sizes, self.names, self.pointers = sizes, names, pointers
        self.users: dict[Node, list[Node]] = {node: [] for node in self.nodes}
        for node in self.nodes:
            for operand in node.operands:
                self.users[operand].append(node)
        self.others = choose_others(self.nodes) if self.form in ("row", "product") else {}
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
        elif self.form == "product":
            self.helpers.add("grouped")
            tiles = f"tl.cdiv({n}, ROWS), tl.cdiv({m}, COLUMNS)"
            self.lines += [
                f"row, column = grouped(tl.program_id(0), {tiles}, GROUP)",
                "rows = row.to(tl.int64) * ROWS + tl.arange(0, ROWS)[:, None]",
                "columns = column * COLUMNS + tl.arange(0, COLUMNS)[None, :]",
                f"inside_row = rows < {n}",
                f"inside_column = columns < {m}",
                "inside = inside_row & inside_column",
            ]
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

    def multiply(self, node: Node) -> None:
        """The loop that adds up a matrix product, a step of DEPTH at a time."""
        n, m, k = (self.sizes[what] for what in (ROWS, COLUMNS, INNER))
        left, right = node.operands
        texts = [self.names.new(f"{tile.name}_tile") for tile in node.operands]
        total = self.texts[node] = self.names.new(node.name or "product")
        a = f"step[None, :] * {n} + rows" if left.turned else f"rows * {k} + step[None, :]"
        b = f"step[:, None] * {m} + columns"
        if right.turned:
            b = f"columns.to(tl.int64) * {k} + step[:, None]"
        given = f'{", ".join(texts)}, {total}, input_precision="{self.precision}"'
        loads = [
            f"tl.load({self.pointers[tile.source]} + {at}, mask={mask}, other=0.0)"
            for tile, at, mask in ((left, a, "in_row"), (right, b, "in_column"))
        ]
        self.lines += [
            "steps = tl.arange(0, DEPTH).to(tl.int64)",
            f"{total} = tl.zeros((ROWS, COLUMNS), tl.float32)",
            f"for start in range(0, {k}, DEPTH):",
            "    step = start + steps",
            f"    in_row = inside_row & (step[None, :] < {k})",
            f"    in_column = (step[:, None] < {k}) & inside_column",
            f"    {texts[0]} = {loads[0]}",
            f"    {texts[1]} = {loads[1]}",
            f"    {total} = tl.dot({given})",
        ]

    def define(self, node: Node) -> None:
        if node.kind == "tile":
            return
        if node.kind == "dot":
            self.multiply(node)
        elif node.kind == "constant":
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
            inside = "inside_column" if self.form == "product" else "inside"
            text = f"tl.where({inside}, {text}, {start})"
        if is_narrow(element):  # the accumulator, said and not left to Triton
            wide = "tl.float32" if isinstance(element, FloatType) else "tl.int32"
            return f"{self.reduced(node, f'({text}).to({wide})')}.to({dtype(element)})"
        return self.reduced(node, text)

    def reduced(self, node: Node, text: str) -> str:
        word = node.does.removeprefix("arith.")[:3]
        if word != "add" and loses_nan(node, self.nodes):
            self.helpers.add(f"{word}imum")
            axis = "1, {}, keep_dims=True" if self.form == "product" else "0, {}"
            return f"tl.reduce({text}, {axis.format(f'{word}imum')})"
        axis = "axis=1, keep_dims=True" if self.form == "product" else "axis=0"
        return f"tl.{_REDUCTIONS[word][0]}({text}, {axis})"

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
        if self.form == "product":  # one row is a tile of rows here, and all are masked
            axes |= result.over
        address, mask = self.address(self.pointers[None], axes)
        value = tidy(self.texts[result])
        if result.kind == "constant":
            value = f"tl.full((), {value}, {dtype(result.element)})"
        line = f"tl.store({address}, {{}}{f', mask={mask}' if mask else ''})"
        if len(line) + len(value) > _LINE and result.op is not None:
            self.assign(result, "out")
            value = self.texts[result]
        self.lines.append(line.format(value))
