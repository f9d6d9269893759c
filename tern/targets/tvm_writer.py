"""What a function in TVMScript is written with: names, lines, sizes, and buffers."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Sequence

from tern.ir import Operation, OpResult, Value, uses
from tern.shapes import terms
from tern.targets.errors import EmitError
from tern.targets.python_expressions import bare
from tern.targets.tvm_blocks import Computation, computations
from tern.targets.tvm_expressions import dtype_name
from tern.types import IndexType, MemRefType

_WIDTH = 82  # of a line
_RESERVED = frozenset("Axis I R T Tx TypeVar ir range relax tir tirx tvm".split())


class Writer:
    """Writes one function. `texts` has for each value what stands for it in an expression."""

    def __init__(self, func: Operation, init: bool) -> None:
        name = func.attributes["sym_name"]
        if len(func.body.blocks) != 1 or func.body.blocks[0].operations[-1].operands:
            raise EmitError(f"@{name} is not a function of loops")
        self.func = func
        self.block = func.body.blocks[0]
        self.users = uses(func)
        self.texts: dict[Value, str] = {}
        self.sizes: dict[str, str] = {}  # from the name of a size in tern to that of its TypeVar
        self.taken: set[str] = set(_RESERVED)
        self.lines: list[str] = []
        self.margin = 1
        self.wide = _is_wide(func)
        known = func.attributes.get("argument_names", "abcdefgh")
        for number, arg in enumerate(self.block.args):
            hint = known[number] if number < len(known) else f"a{number}"
            self.texts[arg] = self.name(hint)
        for arg in self.block.args:  # names the sizes in the order of the arguments
            if any(isinstance(size, str) for size in getattr(arg.type, "shape", ())):
                self.annotation(arg)
        self.items = computations(self.block, self.size, init)
        self.computations = [item for item in self.items if isinstance(item, Computation)]

    def scalar(self, op: Operation) -> None:
        """Put the text of an operation's result into `texts`."""
        raise NotImplementedError

    def header(self, name: str) -> list[str]:
        """The lines up to the function's body."""
        parameters = [f"{self.texts[arg]}: {self.annotation(arg)}" for arg in self.block.args]
        header = [f"def {name}({', '.join(parameters)}):"]
        if len(header[0]) > _WIDTH:
            header = [f"def {name}(", *[f"    {p}," for p in parameters], "):"]
        sizes = [f'{text} = TypeVar("{text}")' for text in self.sizes.values()]
        imports = ["# from typing import TypeVar"] if sizes else []
        imports += ["# from tvm.script import tirx as T", "", *sizes, *[""] * bool(sizes)]
        return [*imports, "@T.prim_func(s_tir=True)", *header]

    # names and lines ----------------------------------------------------------------------

    def name(self, hint: str) -> str:
        """`hint`, or the like, as a name that nothing else has."""
        if keyword.iskeyword(hint) or hint in self.taken:
            number = 2
            while f"{hint}_{number}" in self.taken:
                number += 1
            hint = f"{hint}_{number}"
        self.taken.add(hint)
        return hint

    def write(self, line: str) -> None:
        """Append a line; an assignment that is too long, as several."""
        margin = "    " * self.margin
        self.lines += [margin + each for each in wrapped(line, _WIDTH - len(margin))]

    # arguments, sizes, and buffers --------------------------------------------------------

    def annotation(self, arg: Value) -> str:
        if not isinstance(arg.type, MemRefType):
            return f"T.{dtype_name(arg.type)}"
        shape = [
            str(size) if isinstance(size, int) else bare(self.size_of(arg, axis))
            for axis, size in enumerate(arg.type.shape)
        ]
        return f'T.Buffer({tuple_text(shape)}, "{dtype_name(arg.type.element)}")'

    def size_of(self, buffer: Value, axis: int) -> str:
        """The text of a buffer's size."""
        if isinstance(buffer, OpResult):
            shape = buffer.type.shape
            unknown = iter(buffer.op.operands)
            sizes = [size if isinstance(size, int) else next(unknown) for size in shape]
            return str(sizes[axis]) if isinstance(sizes[axis], int) else self.size(sizes[axis])
        if isinstance(buffer.type.shape[axis], int):
            return self.number(buffer.type.shape[axis])
        hint = buffer.type.shape[axis]
        if hint is None:
            own = f"{self.texts[buffer]}_{'rows columns'.split()[axis] if axis < 2 else axis}"
            return self.variable(own, own)
        names, number = terms(hint)
        parts = [self.variable(name, name.upper()) for name in names]
        text = " + ".join([*parts, *([self.number(number)] if number else [])])
        return text if text.isidentifier() else f"({text})"

    def variable(self, size: str, hint: str) -> str:
        """The name of the TypeVar that stands for a named size."""
        if size not in self.sizes:
            self.sizes[size] = self.name(hint)
        return self.sizes[size]

    def size(self, value: Value) -> str:
        """The text of an index value outside of all loops."""
        if value not in self.texts:
            self.scalar(value.op)
        return self.texts[value]

    def number(self, number: int) -> str:
        """A size that is known, as an integer of the width that loops count in here."""
        return f"T.int64({number})" if self.wide else str(number)

    def allocations(self) -> None:
        """All of the function's own buffers, named after the blocks that fill them."""
        made = {s.operands[1]: f"t_{item.name}" for item in self.computations for s in item.stores}
        for op in self.func.walk():
            if op.name in ("memref.alloc", "memref.alloca"):
                type = op.result.type
                unknown = iter([self.size(value) for value in op.operands])
                shape = [str(s) if isinstance(s, int) else plain(next(unknown)) for s in type.shape]
                name = self.texts[op.result] = self.name(made.get(op.result, "t"))
                dtype = dtype_name(type.element)
                self.write(f'{name} = T.sblock_alloc_buffer({tuple_text(shape)}, "{dtype}")')


def plain(text: str) -> str:
    """An expression without needless parentheses."""
    return ast.unparse(ast.parse(bare(text), mode="eval")).replace("'", '"')


def wrapped(line: str, width: int) -> list[str]:
    """An assignment, or another line, as lines of the width, as far as that is easy."""
    target, sign, text = line.partition(" = ")
    if len(line) <= width or not sign:
        return [line]
    call = ast.parse(text, mode="eval").body
    if not (isinstance(call, ast.Call) and text.startswith("T.Select(")):
        return [f"{target} = (", f"    {text}", ")"]
    arguments = [plain(ast.unparse(each)) for each in call.args]
    together = ", ".join(arguments)
    inner = [together] if len(together) + 4 <= width else [f"{each}," for each in arguments]
    return [f"{target} = T.Select(", *[f"    {each}" for each in inner], ")"]


def tuple_text(texts: Sequence[str]) -> str:
    return f"({', '.join(texts)}{',' * (len(texts) == 1)})"


def _is_wide(func: Operation) -> bool:
    """Whether loops are to count in 64 bits: if there are sizes that are not known, or indices are
    computed with. TVM's own are of 32 bits if all numbers in a function are plain."""
    for op in func.walk():
        values = [*op.results, *(arg for r in op.regions for b in r.blocks for arg in b.args)]
        if op.name == "arith.constant" or op.name == "affine.for":
            continue
        if any(isinstance(value.type, IndexType) for value in values):
            return True
        if op.name.startswith("arith.") and any(isinstance(v.type, IndexType) for v in op.operands):
            return True
        shapes = [value.type.shape for value in values if isinstance(value.type, MemRefType)]
        if any(not isinstance(size, int) for shape in shapes for size in shape):
            return True
    return False
