"""Functions on tensors as Triton: for each one kernel, and a launcher that checks and starts it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tern.generated import load
from tern.ir import Operation
from tern.numbers import is_unsigned, width_of
from tern.targets.errors import EmitError
from tern.targets.runtime import Compiled
from tern.targets.triton_attention import Attention, has_two_products, recognize
from tern.targets.triton_attention_text import attention_text
from tern.targets.triton_expressions import DTYPES
from tern.targets.triton_kernel import HELPERS, Body, Names, form_of
from tern.targets.triton_tiles import row_tile, tiles
from tern.targets.triton_trace import trace
from tern.targets.triton_values import COLUMNS, INNER, ROWS, Kernel, Parameter
from tern.types import FloatType, IndexType, TensorType, i1

_SIZES = {ROWS: "n", COLUMNS: "m", INNER: "k"}  # of a function that does not name them
_LINE = 100
MAX_BYTES = 1 << 16  # of a row that one program keeps in registers
MAX_COLUMNS = 65_535 * 256  # a grid's second axis has at most 65,535 programs, of 256 columns each

_IMPORTS = "import torch\nimport triton\nimport triton.language as tl\n"
_SHAPE_OF = '''\
def shape_of(tensor, name, dtype, *sizes):
    """The shape of an argument. It must be contiguous, and of these sizes; None is any."""
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"{name}: expected a tensor, found {type(tensor).__name__}")
    fits = tensor.dtype == dtype and tensor.dim() == len(sizes) and tensor.is_contiguous()
    if not fits or any(want not in (None, have) for want, have in zip(sizes, tensor.shape)):
        expected = ["any" if size is None else size for size in sizes]
        have = f"{tensor.dtype}, shape {list(tensor.shape)}, strides {list(tensor.stride())}"
        raise ValueError(f"{name}: expected {dtype}, shape {expected}, contiguous; found {have}")
    return tensor.shape
'''
_INTEGER = '''\
def integer(value, name, bits):
    """An argument that must be an integer of so many bits."""
    if type(value) is not int or not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise ValueError(f"{name}: expected an integer of {bits} bits, found {value!r}")
    return value
'''


_BYTE = '''\
def byte(value, name):
    """An argument that must be an integer from 0 to 255."""
    if type(value) is not int or not 0 <= value < 256:
        raise ValueError(f"{name}: expected an integer from 0 to 255, found {value!r}")
    return value
'''


def emit_triton(*funcs: Operation, precision: str = "ieee", device: str = "sm_80") -> str:
    """Functions on tensors as Python source: of each one Triton kernel, and a launcher of its name.

    What has such a form: element-wise operations, broadcasts, and reductions over the last axis, on
    numbers and tensors of one or two axes, and calls of the like. With a reduction, a program takes
    a row, which it keeps in registers, at most 64 KiB of it; without one, a stretch of all
    elements, or a tile of rows and columns where an operand is broadcast. An operand as large as
    the result is loaded once, and the result stored once; one that rows share is loaded for every
    row, or for every tile.

    The launcher takes torch tensors, and returns a new one (of no axes for a number). It refuses
    those of another type or size, and those that are not contiguous: a copy would cost as much as
    the kernel.

    The kernel computes what tern's interpreter does, with these exceptions. Near and not equal:
    exp, log, sin, cos, erf, tanh (to some 1e-6 of its size in f32, small or large), sums, also of
    products, and on a GPU also / and sqrt and % of f32, and a product that is added to something.
    Either zero: max and min of 0.0 and -0.0, a sum of nothing but -0.0. Any number, and no error: a
    division of integers by zero, or of the least by -1, and a float too large for its integer. A
    row of no elements has no sum here: it is refused. So are more than 16,776,960 columns, where a
    program takes a tile: a launch has no more of them side by side.

    Attention (tern/targets/triton_attention.py says what that is) is one kernel too, in its online
    form: of parameters of two axes, or of three, of which the first is heads.

    Raises:
        EmitError: a function has no such form. One line says what is in the way, and where there
            are two matrix products, why they are no attention.
    """
    taken = {func.attributes["sym_name"] for func in funcs}
    texts, used = [], set[str]()
    for func in funcs:
        found = recognize(func) if has_two_products(func) else ""
        if isinstance(found, Attention):
            texts.append(attention_text(func, found, taken, precision))
            continue
        try:
            part = _Launcher(func, taken, precision, device)
        except EmitError as error:
            if found:
                error.args = (f"{error.args[0]}; and it is no attention: {found}", *error.args[1:])
            raise
        texts.append(part.text)
        used |= part.helpers
    text = "\n\n".join(texts)
    helpers = [text for name, text in HELPERS.items() if name in used]
    checks = [
        check for check in (_SHAPE_OF, _INTEGER, _BYTE) if f"{check.split('(')[0][4:]}(" in text
    ]
    return "\n\n".join([_IMPORTS, *checks, *helpers, text])


def compile_triton(func: Operation, precision: str = "ieee", device: str = "sm_80") -> Compiled:
    """The launcher that `emit_triton` writes.

    It runs on a GPU's tensors; on those of a CPU under `tern.gpu.measure` and
    `tern.gpu.compile_for`. EmitError as in `emit_triton`.
    """
    source = emit_triton(func, precision=precision, device=device)
    namespace = load(source, f"tern {func.attributes['sym_name']}")
    return Compiled(func, source, list(namespace.values())[-1])  # the last thing it defines


class _Launcher:
    """Writes the kernel and the launcher of one function."""

    def __init__(self, func: Operation, taken: set[str], precision: str, device: str) -> None:
        self.kernel: Kernel = trace(func)
        self.precision, self.device = precision, device
        self.form = form_of(self.kernel)
        self.live, self.read = self.kernel.live(), self.kernel.read()
        names = Names()
        self.name = names.new(self.kernel.name)
        self.parameters = [(each, names.new(each.name)) for each in self.kernel.parameters]
        self.sizes: dict[str | None, str] = {}
        self.named: dict[str, str] = {}  # rows and columns of one name have one text
        for what, size in self.kernel.sizes.items():
            name = size or _SIZES[what]
            if isinstance(size, int):
                self.sizes[what] = str(size)
            else:
                self.sizes[what] = self.named[name] = self.named.get(name) or names.new(name)
        self.out = names.new("out")
        self.lines: list[str] = []
        self.used = [(each, name) for each, name in self.parameters if each.node in self.read]
        names.taken |= taken
        self.kernel_name = names.new(f"{self.kernel.name}_kernel")
        kernel_text = self.write_kernel()
        self.write_launcher()
        body = "\n".join(f"    {line}" for line in self.lines)
        header = _wrapped(f"def {self.name}(", [name for _, name in self.parameters], "):")
        self.text = f"{kernel_text}\n\n{header}\n{body}\n"

    def write_kernel(self) -> str:
        names, pointers = Names(in_kernel=True), {}
        sizes = {**self.sizes, "count": "count"}
        names.taken |= {text for text in sizes.values() if not text.isdigit()}
        for parameter, name in self.used:
            text = name if parameter.axes is None else f"{name}_ptr"
            pointers[parameter.node] = names.new(text)
        pointers[None] = names.new(f"{self.out}_ptr")
        body = Body(self.kernel, sizes, names, pointers, self.precision)
        lines, self.helpers, self.over = body.write(), body.helpers, body.over
        words = set(re.findall(r"\w+", "\n".join(lines)))
        self.passed = [
            text for text in dict.fromkeys(sizes.values()) if text in words and not text.isdigit()
        ]
        blocks = [
            block for block in ("BLOCK", "ROWS", "COLUMNS", "DEPTH", "GROUP") if block in words
        ]
        arguments = [
            *pointers.values(),
            *self.passed,
            *(f"{block}: tl.constexpr" for block in blocks),
        ]
        whole = [
            pointers[each.node]
            for each, _ in self.used
            if not isinstance(each.type, (FloatType, TensorType))
        ]
        header = _wrapped(f"def {self.kernel_name}(", arguments, "):")
        jit = (
            f"@triton.jit(do_not_specialize={whole})".replace("'", '"') if whole else "@triton.jit"
        )
        text = "\n".join(f"    {line}" for line in lines)
        return f"{jit}\n{header}\n{text}\n"

    # the launcher ---------------------------------------------------------------------------

    def write_launcher(self) -> None:
        known: set[str] = set()
        for parameter, name in self.parameters:
            if parameter.axes is None:
                self.check_number(name, parameter)
            else:
                self.check_tensor(name, parameter, known)
        device = next(name for each, name in self.parameters if each.axes is not None)
        shape = [self.sizes.get(what, "1") for what in self.kernel.axes]
        shape_text = f"({', '.join(shape)}{',' * (len(shape) == 1)})"
        dtype = f"torch.{DTYPES[self.kernel.element]}"
        self.lines.append(
            f"{self.out} = torch.empty({shape_text}, dtype={dtype}, device={device}.device)"
        )
        launches = {
            "flat": self.launch_flat,
            "row": self.launch_rows,
            "tile": self.launch_tiles,
            "product": self.launch_product,
        }
        launches[self.form]()
        self.lines.append(f"return {self.out}")

    def check_number(self, name: str, parameter: Parameter) -> None:
        if isinstance(parameter.type, FloatType):
            self.lines.append(f"{name} = float({name})")
        elif parameter.type == i1:
            self.lines.append(f"{name} = int(bool({name}))")
        elif is_unsigned(parameter.type):
            self.lines.append(f'{name} = byte({name}, "{name}")')
        else:
            self.lines.append(f'{name} = integer({name}, "{name}", {width_of(parameter.type)})')

    def check_tensor(self, name: str, parameter: Parameter, known: set[str]) -> None:
        if parameter.node in self.read:
            texts = ["1" if what is None else self.sizes[what] for what in parameter.axes or ()]
        else:  # its sizes need not be the kernel's
            texts = [
                self.named.get(s, "None") if isinstance(s, str) else str(s) for s in parameter.sizes
            ]
        new = {text for text in texts if not text.isdigit() and text != "None"} - known
        start = f'shape_of({name}, "{name}", torch.{DTYPES[parameter.type.element]}, '
        call = f"{start}{', '.join('None' if text in new else text for text in texts)})"
        is_square = False
        if new:
            targets = [text if text in new else "_" for text in texts]
            is_square = targets[1:] == targets[:1]
            targets = [targets[0], "_"] if is_square else targets
            call = f"{', '.join(targets) if len(texts) > 1 else f'({targets[0]},)'} = {call}"
        self.lines.append(call)
        if is_square:
            self.lines.append(f"{start}{', '.join(texts)})")
        known |= new

    def launch(self, grid: str, options: Sequence[str]) -> None:
        given = [*(name for _, name in self.used), self.out, *self.passed, *options]
        self.lines.append(_wrapped(f"{self.kernel_name}[{grid}](", given, ")", 1))

    def return_if_empty(self) -> None:
        if not all(self.sizes.get(what, "1").isdigit() for what in self.kernel.axes):
            self.lines.append(f"if {self.out}.numel() == 0:\n        return {self.out}")

    def widest(self) -> int:
        """The bytes of an element, of the values of which there is one for each element."""
        return max((_bytes(node.element) for node in self.live if node.over), default=4)

    def launch_flat(self) -> None:
        self.lines += [
            f"count = {self.out}.numel()",
            f"BLOCK = {4096 // self.widest()}  "
            "# 32 bytes for each thread of 4 warps: two loads of 128 bits",
        ]
        self.launch("(triton.cdiv(count, BLOCK),)", ["BLOCK=BLOCK"])

    def launch_rows(self) -> None:
        m, name = self.sizes[COLUMNS], self.kernel.name
        most = MAX_BYTES // self.widest()
        self.return_if_empty()
        if m.isdigit():
            if not 0 < int(m) <= most:
                raise EmitError(
                    f"@{name} has rows of {m} elements, and a program keeps 1 to {most}"
                )
        else:
            why = f'f"{name}: a row must have 1 to {most} elements, and {m} is {{{m}}}"'
            self.lines.append(f"if not 0 < {m} <= {most}:\n        raise ValueError({why})")
        self.lines += [
            f"BLOCK = triton.next_power_of_2({m})",
            "# 32 bytes for each thread, two loads of 128 bits; "
            "more where the row is too long for 16 warps.",
            f"num_warps = min(max(BLOCK // {1024 // self.widest()}, 1), 16)",
        ]
        grid = f"({self.sizes[ROWS] if ROWS in self.over else 1},)"
        self.launch(grid, ["BLOCK=BLOCK", "num_warps=num_warps"])

    def launch_product(self) -> None:
        """A tile by the cost model: of the shape, or by a table where sizes are open."""
        n, m, k = (self.sizes[what] for what in (ROWS, COLUMNS, INNER))
        size = max(tile.element.width // 8 for node in self.live for tile in node.operands
                   if tile.kind == "tile")  # fmt: skip
        whole = any(node.kind == "reduce" for node in self.live)
        self.return_if_empty()
        how = (n, m, k), self.device, size, self.precision if size == 4 else ""
        self.lines += row_tile(self.kernel.name, *how) if whole else tiles(*how)
        options = [f"{each}={each}" for each in
                   ("ROWS", "COLUMNS", "DEPTH", "GROUP", "num_warps", "num_stages")]  # fmt: skip
        self.launch(f"(triton.cdiv({n}, ROWS) * triton.cdiv({m}, COLUMNS),)", options)

    def launch_tiles(self) -> None:
        n, m = self.sizes.get(ROWS, "1"), self.sizes.get(COLUMNS, "1")
        if not self.over:
            self.launch("(1,)", [])
            return
        self.return_if_empty()
        self.lines += [
            "# Several rows: what they share is loaded once for all of them.",
            f"COLUMNS = min(triton.next_power_of_2({m}), 256)",
            f"ROWS = {8192 // self.widest()} // COLUMNS",
        ]
        if COLUMNS in self.over and m.isdigit() and int(m) > MAX_COLUMNS:
            raise EmitError(
                f"@{self.kernel.name} has {m} columns, and one launch takes {MAX_COLUMNS}"
            )
        if COLUMNS in self.over and not m.isdigit():
            why = (
                f'f"{self.kernel.name}: {m} is {{{m}}}, and one launch takes {MAX_COLUMNS} columns"'
            )
            self.lines.append(f"if {m} > {MAX_COLUMNS}:\n        raise ValueError({why})")
        grid = f"(triton.cdiv({n}, ROWS), triton.cdiv({m}, COLUMNS))"
        options = [
            f"{b}={b}" for b, what in (("ROWS", ROWS), ("COLUMNS", COLUMNS)) if what in self.over
        ]
        self.launch(grid, options)


def _wrapped(start: str, items: Sequence[str], end: str, margin: int = 0) -> str:
    """`start` item, item `end`, over several lines where it is long."""
    line = f"{start}{', '.join(items)}{end}"
    if len(line) + 4 * margin <= _LINE:
        return line
    lines, room = [""], _LINE - 4 * (margin + 1)
    for item in items:
        if len(lines[-1]) + len(item) > room:
            lines.append("")
        lines[-1] += f"{item}, "
    inner = "".join(f"\n{'    ' * (margin + 1)}{line.rstrip()}" for line in lines)
    return f"{start}{inner}\n{'    ' * margin}{end}"


def _bytes(element: Any) -> int:
    return 8 if isinstance(element, IndexType) else max(element.width // 8, 1)
