"""Blocks by their position in a tensor: block pointers and descriptors, and what lies beyond.

A position that depends on what an atomic operation returned may put a program in order with others.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import triton.language as tl
from triton._C.libtriton import ir
from triton.runtime.interpreter import TensorHandle, _get_np_dtype

from tern.gpu.arithmetic import Arithmetic
from tern.gpu.conversions import of_number
from tern.gpu.ordering import depends
from tern.gpu.refusals import refused


class Positions(Arithmetic):
    """Loads of blocks, and what every operation on their position has to tell."""

    def went_by(self) -> None:
        """What the program does next depends on what an atomic operation returned."""
        raise NotImplementedError

    def goes_by(self, *values: Any) -> None:
        """What the program does next depends on these."""
        if depends(values):
            self.went_by()

    def create_tensor_pointer_load(
        self,
        ptr: Any,
        boundary_check: Any,
        padding_option: Any,
        cache_modifier: Any,
        eviction_policy: Any,
        is_volatile: Any,
    ) -> TensorHandle:
        pointers, inside = ptr.materialize_pointers(boundary_check)
        other = None if padding_option is None else _padding(padding_option, pointers)
        mask = TensorHandle(inside, tl.int1)
        return self.create_masked_load(
            pointers, mask, other, cache_modifier, eviction_policy, is_volatile
        )

    def create_descriptor_load(
        self, desc: Any, indices: list, cache_modifier: Any, eviction_policy: Any
    ) -> TensorHandle:
        pointers, inside = desc.materialize_pointers(indices)
        mask, other = TensorHandle(inside, tl.int1), _padding(desc.padding, pointers)
        return self.create_masked_load(
            pointers, mask, other, cache_modifier, eviction_policy, False
        )

    def create_descriptor_reduce(
        self, kind: Any, desc: Any, value: TensorHandle, indices: list
    ) -> None:
        """Updates of a block, each element by an atomic operation; those outside are left out."""
        pointers, inside = desc.materialize_pointers(indices)
        name, element = str(kind).rpartition(".")[2], value.dtype.scalar
        if element.is_floating():
            name = f"F{name}"
        elif element.is_int_unsigned() and name in ("MAX", "MIN"):
            name = f"U{name}"
        operation = getattr(ir.ATOMIC_OP, name, None)
        if operation is None:
            raise refused(f"an update of {element} by {name[1:].lower()}", "update pointers")
        mask = TensorHandle(inside, tl.int1)
        self.create_atomic_rmw(operation, pointers, value, mask, ir.MEM_SEMANTIC.RELAXED, None)


def _padding(option: Any, pointers: TensorHandle) -> TensorHandle:
    """What stands for elements outside of a tensor: zeros, or NaN."""
    kind = pointers.get_element_ty()
    if "NAN" in str(option):
        return of_number(np.full(pointers.data.shape, np.nan), kind)
    return TensorHandle(np.zeros(pointers.data.shape, _get_np_dtype(kind)), kind)


def _going_by(operation: Callable) -> Callable:
    @functools.wraps(operation)
    def going_by(self: Any, *arguments: Any, **keywords: Any) -> Any:
        self.goes_by(*arguments, *keywords.values())
        return operation(self, *arguments, **keywords)

    return going_by


for _name in """create_make_block_ptr create_advance create_make_tensor_descriptor
    create_descriptor_load create_descriptor_store create_descriptor_gather
    create_descriptor_reduce create_descriptor_scatter""".split():
    if hasattr(Positions, _name):
        setattr(Positions, _name, _going_by(getattr(Positions, _name)))
