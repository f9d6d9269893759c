"""Triton's interpreter with a meter in it: every operation of a kernel passes through here.

What upstream's interpreter gets wrong is put right on the way (arithmetic.py has its share):
accesses out of bounds do no harm, `tl.device_assert` asserts, integers wrap, and what a mask
switches off holds poison and not zeros.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime.interpreter import InterpreterBuilder, TensorHandle, _get_np_dtype

from tern.gpu.atomics import added_to_memory
from tern.gpu.conversions import shown_as
from tern.gpu.faults import Faults
from tern.gpu.lanes import Lanes
from tern.gpu.library import compute
from tern.gpu.memory import POISON, Memory, Region
from tern.gpu.ordering import returned
from tern.gpu.refusals import INSTEAD, refused
from tern.gpu.sectors import LINE, count_sectors
from tern.gpu.tally import Site, Tally
from tern.gpu.undefined import OWN_RULE, follow, mark, origins


class MeteredBuilder(Lanes):
    """The builder that runs one program after another. Its tally is the present program's."""

    def __init__(
        self, memory: Memory, faults: Faults, tf32: bool, max_iterations: int, trace: bool
    ) -> None:
        super().__init__(faults, tf32)
        self.options = dataclasses.replace(
            self.options,
            debug=True,  # or device_assert is left out,
            sanitize_overflow=False,  # and with this, integers that wrap are asserted not to
            allowed_dot_input_precisions=("tf32", "tf32x3", "ieee", "bf16x3", "bf16x6"),
        )
        self.memory = memory
        self.max_iterations, self.iterations = max_iterations, 0
        self.trace: list[np.ndarray] | None = [] if trace else None

    # ---- programs ----

    def start(self, program: tuple[int, int, int]) -> None:
        """A program of the grid begins."""
        self.set_grid_idx(*program)
        x, y, z = program
        self.races.start(x + self.grid_dim[0] * (y + self.grid_dim[1] * z))
        self.faults.program = program
        self.tally, self.iterations = Tally(programs=1), 0
        if self.trace is not None:
            self.trace = []

    def count_iteration(self) -> None:
        """Called at the start of every iteration of every loop."""
        self.iterations += 1
        if self.iterations > self.max_iterations:
            message = (
                f"the program's loops went through more than {self.max_iterations:,} iterations"
            )
            self.faults.stop("endless loop", message)

    # ---- memory ----

    def create_load(
        self, ptr: TensorHandle, cache_modifier: Any, eviction_policy: Any, is_volatile: Any
    ) -> TensorHandle:
        result, _ = self._load(ptr, None, None)
        return result

    def create_masked_load(
        self,
        ptrs: TensorHandle,
        mask: TensorHandle,
        other: TensorHandle | None,
        cache_modifier: Any,
        eviction_policy: Any,
        is_volatile: Any,
    ) -> TensorHandle:
        result, active = self._load(ptrs, mask, other)
        if other is not None:
            found = origins(other)
            return mark(result, None if found is None else np.where(active, 0, found))
        if active.all():
            return result
        return mark(result, np.where(active, 0, self._origin()).astype(np.int16))

    def _load(
        self, ptrs: TensorHandle, mask: TensorHandle | None, other: TensorHandle | None
    ) -> tuple[TensorHandle, np.ndarray]:
        self._is_defined(ptrs, mask)
        active = self._active(ptrs, mask)
        dtype = ptrs.get_element_ty()
        kind = _get_np_dtype(dtype)
        if other is None:
            values = np.full(ptrs.data.shape, POISON[: kind.itemsize].view(kind)[0])
        else:
            values = np.broadcast_to(other.data, ptrs.data.shape)
        safe, real = self._access("load", ptrs, active, mask is None)
        filler = TensorHandle(np.ascontiguousarray(values, kind), dtype)
        pointer = TensorHandle(real, ptrs.dtype)
        return super().create_masked_load(
            pointer, TensorHandle(safe, tl.int1), filler, *PLAIN
        ), active

    def create_store(
        self, ptr: TensorHandle, val: TensorHandle, cache_modifier: Any, eviction_policy: Any
    ) -> None:
        return self._store(ptr, val, None)

    def create_masked_store(
        self,
        ptrs: TensorHandle,
        value: TensorHandle,
        mask: TensorHandle,
        cache_modifier: Any,
        eviction_policy: Any,
    ) -> None:
        return self._store(ptrs, value, mask)

    def _store(self, ptrs: TensorHandle, value: TensorHandle, mask: TensorHandle | None) -> None:
        self._is_defined(ptrs, mask)
        active = self._active(ptrs, mask)
        self._reaches_memory(value, active)
        safe, real = self._access("store", ptrs, active, mask is None, value.data)
        values = np.ascontiguousarray(np.broadcast_to(value.data, real.shape))
        pointer = TensorHandle(real, ptrs.dtype)
        value = TensorHandle(values, value.dtype)
        return super().create_masked_store(pointer, value, TensorHandle(safe, tl.int1), None, None)

    def create_atomic_rmw(
        self,
        rmwOp: Any,
        ptr: TensorHandle,
        val: TensorHandle,
        mask: TensorHandle,
        sem: Any,
        scope: Any,
    ) -> TensorHandle:
        self._is_defined(ptr, mask)
        active = self._active(ptr, mask)
        self._reaches_memory(val, active)
        is_exchange = "XCHG" in str(rmwOp)
        safe, real = self._access("atomic", ptr, active, False, goes_by_old=not is_exchange)
        pointer, safe = TensorHandle(real, ptr.dtype), TensorHandle(safe, tl.int1)
        if val.dtype.scalar == tl.bfloat16:
            return returned(added_to_memory(pointer, val, safe))
        kind, given = val.dtype.scalar, val
        if kind.is_floating() and is_exchange:  # of their bits, as upstream takes integers
            given = self.create_bitcast(val, tl.core.get_int_dtype(kind.primitive_bitwidth, False))
        old = super().create_atomic_rmw(rmwOp, pointer, given, safe, sem, scope)
        return returned(TensorHandle(old.data.view(_get_np_dtype(kind)), kind))

    def create_atomic_cas(
        self, ptr: TensorHandle, cmp: TensorHandle, val: TensorHandle, sem: Any, scope: Any
    ) -> TensorHandle:
        self._is_defined(ptr, None)
        safe, real = self._access("atomic", ptr, self._active(ptr, None), True)
        if not safe.all():
            return TensorHandle(cmp.data.copy(), cmp.dtype.scalar)
        pointer = TensorHandle(real, ptr.dtype)
        return returned(super().create_atomic_cas(pointer, cmp, val, sem, scope))

    def _active(self, ptrs: TensorHandle, mask: TensorHandle | None) -> np.ndarray:
        if mask is None:
            return np.ones(ptrs.data.shape, bool)
        data = mask.data if isinstance(mask, TensorHandle) else mask
        return np.broadcast_to(np.asarray(data, bool), ptrs.data.shape)

    def _access(
        self,
        kind: str,
        ptrs: TensorHandle,
        active: np.ndarray,
        unmasked: bool,
        values: np.ndarray | None = None,
        goes_by_old: bool = True,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Count an access and look for faults; which lanes are safe, and all real addresses."""
        size = max(1, ptrs.get_element_ty().primitive_bitwidth // 8)
        addresses = np.ascontiguousarray(ptrs.data, np.uint64)
        safe, real = np.zeros(addresses.shape, bool), np.zeros(addresses.shape, np.uint64)
        where = self.faults.where()
        lanes = addresses[active].astype(np.int64)
        numbers = lanes >> 40
        for number in dict.fromkeys(numbers.tolist()) if lanes.size else ():
            here = numbers == number
            region = self.memory.region_at(int(lanes[here][0]))
            if region is None:
                lost = int(here.sum())
                message = f"{kind} through a pointer that no argument gave ({lost} lanes)"
                self.faults.add("out of bounds", message, lost)
                continue
            offsets = lanes[here] - region.start
            inside = region.is_inside(offsets, size)
            if not inside.all():
                self._outside(kind, region, offsets, inside, unmasked)
            chosen = np.zeros(lanes.size, bool)
            chosen[here] = inside
            lane = np.flatnonzero(active)[chosen]
            safe.flat[lane] = True
            real.flat[lane] = (offsets[inside] + region.real).astype(np.uint64)
            given = None if values is None else np.broadcast_to(values, safe.shape).flat[lane]
            self.races.note(kind, region, offsets[inside], size, given, goes_by_old)
            touched = np.zeros(addresses.shape, bool)
            touched.flat[lane] = True
            self._count(kind, region, offsets, where, addresses, touched, size)
        return safe, real

    def _count(
        self,
        kind: str,
        region: Region,
        offsets: np.ndarray,
        where: tuple[str, int],
        addresses: np.ndarray,
        touched: np.ndarray,
        size: int,
    ) -> None:
        name = region.name_of(int(offsets[0])) if region.views else "?"
        sectors = count_sectors(addresses, touched, size)
        self.tally.move(Site(kind, name, *where), int(touched.sum()) * size, sectors)
        if self.trace is not None and kind == "load":
            self.trace.append(np.unique(addresses[touched] // LINE))

    def _outside(
        self, kind: str, region: Region, offsets: np.ndarray, inside: np.ndarray, unmasked: bool
    ) -> None:
        bad = int(offsets[~inside][0])
        name, index = region.name_of(bad), region.index_of(bad)
        elements = next(view.elements for view in region.views if view.name == name)
        lost = int((~inside).sum())
        verb = {"load": "reads", "store": "writes", "atomic": "updates"}[kind]
        message = (
            f"{verb} {lost} of {offsets.size} lanes outside of '{name}', which has {elements:,} "
            f"elements: the first at index {index:,}"
        )
        self.faults.add("missing mask" if unmasked else "out of bounds", message, lost)

    # ---- the rest ----

    def create_extern_elementwise(
        self, libName: Any, libPath: Any, symbol: str, argList: list, retType: Any, isPure: Any
    ) -> TensorHandle:
        return self.create_library(symbol, retType.scalar, *argList)

    def create_library(self, symbol: str, kind: Any, *handles: TensorHandle) -> TensorHandle:
        """A function of libdevice, once for each lane."""
        result = compute(symbol, kind, list(handles))
        self._operations(handles[0], result.data.size)
        return result

    def create_print(self, prefix: str, hex: bool, values: list, isSigned: Any) -> None:
        shown = [each if hex else shown_as(each) for each in values]
        super().create_print(prefix, hex, shown, isSigned)

    def create_inline_asm(self, *arguments: Any, **keywords: Any) -> None:
        raise refused("inline assembly", INSTEAD["inline_asm_elementwise"])

    def create_assert(self, condition: TensorHandle, message: str) -> None:
        if not np.all(condition.data):
            self.faults.stop("device assert", str(message))


PLAIN = (None, None, False)  # cache modifier, eviction policy, volatile


for _name in ["create_library", *dir(InterpreterBuilder)]:
    if _name.startswith("create_") and _name not in OWN_RULE:
        setattr(MeteredBuilder, _name, follow(_name, getattr(MeteredBuilder, _name)))
