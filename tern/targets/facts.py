"""What tern knows of a function of loops and LLVM can't see, each a word of LLVM IR.

A word that isn't true makes the program undefined, so each is here with why it is true. Each can be
left out: benchmarks/llvm_facts.py measures what it buys. Those that LLVM finds by itself in such
functions, or that change nothing, are off unless somebody asks for them.
Source: llvm.org/docs/LangRef.html, "Parameter Attributes" and "Function Attributes".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from tern.analysis.nests import value_range
from tern.ir import Operation, Value
from tern.ir.arrays import dtype_of
from tern.ir.dialects.affine import LOADS, STORES, Row
from tern.types import MemRefType, VectorType

LINE = 64
"""What divides the address of a buffer that the caller brings for an allocation, in bytes."""

SMALL = 1 << 20
"""Numbers below this are far less than what is left of 64 bits beyond any array that has elements:
no machine has 2**62 bytes. (NumPy has larger arrays that are empty. Nothing accesses those.)"""


@dataclass(frozen=True)
class Facts:
    """Which of them a text says.

    Attributes:
        apart: `noalias`. Layout.separate is true only of a call whose written arguments overlap
            with nothing else; and a buffer that the function allocates is the caller's alone.
        inbounds: `getelementptr inbounds`. A subscript has been checked, by the verifier or before
            the access, so its address is in the array or one past its end.
        wraps: `nuw nsw` on the arithmetic of addresses, and `nsw` on induction variables. Where
            there is an access there is an element, and its number i * M + j in a row-major array
            is at least 0 and less than 2**63, and so are the parts of that sum. An induction
            variable that goes on is less than its bound.
        affine: the same for sums inside a subscript, where `subscript_words` shows it.
        aligned: `align`. NumPy's flag `aligned` is asked for before each call of a dense variant,
            and allocations start a cache line.
        present: `nonnull dereferenceable(N)`, of buffers whose shapes are numbers and not empty.
            With named sizes an array may be empty, and its address anything.
        access: `readonly` or `writeonly`, and `captures(none)`: no operation stores an address.
        effects: `nofree norecurse nosync nounwind willreturn memory(argmem: readwrite)`: a function
            of loops touches its buffers, and ends, because the bounds of affine loops are known
            when they begin.
        sizes: `range` on the sizes: NumPy has none below 0.
    """

    apart: bool = True
    inbounds: bool = True
    wraps: bool = True
    affine: bool = False
    aligned: bool = False
    present: bool = False
    access: bool = False
    effects: bool = False
    sizes: bool = False


NAMES = tuple(field.name for field in fields(Facts))
NO_FACTS = Facts(**dict.fromkeys(NAMES, False))
ALL_FACTS = Facts(**dict.fromkeys(NAMES, True))


def buffer_words(func: Operation, facts: Facts, dense: bool) -> dict[Value, str]:
    """The attributes of each buffer of a function, allocated or not, but for noalias: `readonly
    align 4 `, each with a space behind it."""
    read, written, passed = _accessed(func)
    found: dict[Value, str] = {}
    allocated = [op.result for op in func.walk() if op.name in ("memref.alloc", "memref.alloca")]
    for buffer in [*func.body.only_block.args, *allocated]:
        if not isinstance(buffer.type, MemRefType):
            continue
        words, element = [], buffer.type.element
        item = 0 if isinstance(element, VectorType) else dtype_of(element).itemsize
        if facts.access:
            words.append("captures(none)")
            if buffer not in passed:
                words += ["readonly"] * (buffer not in written)
                words += ["writeonly"] * (buffer not in read and buffer in written)
        if facts.aligned and dense and item:
            words.append(f"align {LINE if buffer in allocated else item}")
        if facts.present and dense and (bytes := _known_bytes(buffer.type, item)):
            words.append(f"nonnull dereferenceable({bytes})")
        found[buffer] = "".join(f"{word} " for word in words)
    return found


def _accessed(func: Operation) -> tuple[set[Value], set[Value], set[Value]]:
    """The buffers that are read, those that are written, and those whose address something else
    gets: a function that is called, or a prefetch."""
    read: set[Value] = set()
    written: set[Value] = set()
    passed: set[Value] = set()
    for op in func.walk():
        if op.name in LOADS or op.name == "memref.load":
            read.add(op.operands[0])
        elif op.name in STORES or op.name == "memref.store":
            written.add(op.operands[1])
        elif op.name in ("func.call", "affine.prefetch"):
            passed.update(op.operands)
    return read, written, passed


def _known_bytes(type: MemRefType, item: int) -> int:
    """How large a buffer is; 0 if that is not known."""
    bytes = item
    for size in type.shape:
        bytes *= size if isinstance(size, int) else 0
    return bytes


def effect_words(facts: Facts) -> str:
    """The attributes of a function of loops, with a space behind."""
    words = "nofree norecurse nosync nounwind willreturn memory(argmem: readwrite) "
    return words if facts.effects else ""


def size_words(facts: Facts) -> str:
    """The attributes of a size, with a space behind: from 0 to the greatest number."""
    return f"range(i64 0, {-(1 << 63)}) " if facts.sizes else ""


def subscript_words(row: Row, operands: Sequence[Value], dense: bool) -> str:
    """Flags for the products and sums that compute a subscript of an access, with a space behind.

    The whole is at least 0 and less than an axis of an array. If no term is negative, then neither
    is a part of the sum, nor is it greater than the whole without its constant.
    """
    terms = [(c, value) for c, value in zip(row, operands) if c]
    positive = all(c > 0 and value_range(value)[0] >= 0 for c, value in terms)
    near = row[-1] >= 0 or (dense and row[-1] > -SMALL)
    return "nuw nsw " if positive and near else ""
