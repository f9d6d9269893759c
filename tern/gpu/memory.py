"""Global memory as a metered kernel sees it: tensors far apart, each with a shadow of its state.

Every tensor that a kernel is given gets an address of its own, half a terabyte from the next one's,
so that no stride, however wrong, leads from one tensor into another. An access is translated to the
real address only where it is known to be inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

SHIFT = 40  # a region is 2**40 bytes wide, and its tensor begins in the middle
POISON = np.frombuffer(b"\xff\x7f" * 4, np.uint8)  # NaN in fp16, bf16, fp32, and fp64
POISON16 = POISON.view(np.uint16)[0]
NOBODY, SEVERAL = -1, -2  # instead of a program's number


@dataclass
class View:
    """One tensor argument in a storage."""

    name: str
    offset: int  # bytes from the storage's start
    itemsize: int
    elements: int


class Region:
    """One storage: its real memory, its address for kernels, and what has become of its elements.

    States are kept for every `unit` bytes, the smallest element of any tensor in the storage.
    """

    def __init__(self, number: int, storage: Any, unit: int, is_fresh: bool) -> None:
        self.storage, self.unit, self.is_fresh = storage, unit, is_fresh
        self.real, self.size = storage.data_ptr(), storage.nbytes()
        self.start = (number << SHIFT) + (1 << (SHIFT - 1))  # at a page, as a GPU's allocator would
        units = -(-self.size // unit)
        self.views: list[View] = []
        self.inside = np.zeros(units, bool)  # belongs to a tensor, and not to the gap between rows
        self.written: np.ndarray = np.zeros(units, bool)  # by any kernel so far
        self.poisoned: np.ndarray = np.zeros(units, bool)  # never written, up to this launch
        # Program numbers, in launches that are run in full.
        self.writer: np.ndarray | None = None
        self.reader: np.ndarray | None = None
        self.updater: np.ndarray | None = None
        self.is_stored = False
        # Of a grid only a sample may have run: which elements hold what a whole run would leave.
        self.is_partial = False
        self.settled: np.ndarray = np.zeros(units, bool)

    def add(self, name: str, tensor: Any) -> int:
        """Take note of a tensor; its address for the kernel."""
        size = tensor.element_size()
        offset = tensor.storage_offset() * size
        self.views.append(View(name, offset, size, tensor.numel()))
        if tensor.numel():
            first, step = offset // self.unit, size // self.unit
            strides = (*(s * step for s in tensor.stride()), 1)
            units = self.inside[first:]
            np.lib.stride_tricks.as_strided(units, (*tensor.shape, step), strides)[...] = True
        return self.start + offset

    def begin(self, races: bool) -> None:
        """A launch begins: nobody has read or written anything in it."""
        if self.is_fresh:
            self.poisoned = poisoned(self.storage, self.unit) & ~self.written
        self.writer, self.reader, self.updater = (
            np.full(self.inside.size, NOBODY, np.int32) if races else None for _ in range(3)
        )

    def inherit(self, earlier: Region) -> None:
        """Take over what has become of the same storage, which was looked at in other units."""
        self.is_stored, self.is_partial = earlier.is_stored, earlier.is_partial
        self.written = self._in_units(earlier.written, earlier.unit)
        self.settled = self._in_units(earlier.settled, earlier.unit)

    def _in_units(self, states: np.ndarray, unit: int) -> np.ndarray:
        whole = np.repeat(states, unit)[: self.size]
        whole = np.pad(whole, (0, -whole.size % self.unit), constant_values=True)
        return np.all(whole.reshape(-1, self.unit), axis=1)

    def units_of(self, offsets: np.ndarray, size: int) -> np.ndarray:
        """The numbers of the units at these byte offsets: one row for each element of `size`."""
        first = offsets // self.unit
        if size <= self.unit:
            return first[:, None]
        return first[:, None] + np.arange(size // self.unit)

    def is_inside(self, offsets: np.ndarray, size: int) -> np.ndarray:
        fits = (offsets >= 0) & (offsets + size <= self.size)
        fits[fits] = self.inside[self.units_of(offsets[fits], size)].all(axis=1)
        return fits

    def name_of(self, offset: int) -> str:
        for view in self.views:
            if view.offset <= offset:
                return view.name
        return self.views[0].name

    def index_of(self, offset: int) -> int:
        view = next(view for view in self.views if view.name == self.name_of(offset))
        return (offset - view.offset) // view.itemsize


class Memory:
    """All storages that kernels were given so far, and those that are still to be written."""

    def __init__(self) -> None:
        self.regions: dict[int, Region] = {}  # by the storage's real address
        self.known = 0  # regions that there have been
        self.fresh: dict[int, Any] = {}  # storages that begin as poison; held, lest they be reused

    def poison(self, tensor: Any) -> Any:
        """Mark a tensor as not written yet: the same tensor, full of poison."""
        storage = tensor.untyped_storage()
        data = bytes_of(storage)
        data[0::2], data[1::2] = POISON[0], POISON[1]
        self.fresh[storage.data_ptr()] = storage
        return tensor

    def begin(self, tensors: dict[str, Any], races: bool) -> dict[str, int]:
        """A launch with these tensors begins: the address of each."""
        together: dict[int, list[str]] = {}
        for name, tensor in tensors.items():
            together.setdefault(tensor.untyped_storage().data_ptr(), []).append(name)
        addresses = {}
        for real, names in together.items():
            unit = min(tensors[name].element_size() for name in names)
            region = earlier = self.regions.get(real)
            if region is None or region.unit != unit:
                storage = tensors[names[0]].untyped_storage()
                self.known += 1
                region = Region(self.known, storage, unit, real in self.fresh)
                if earlier is not None:
                    region.inherit(earlier)
                self.regions[real] = region
            region.views.clear()
            region.inside[...] = False
            for name in names:
                addresses[name] = region.add(name, tensors[name])
            region.begin(races)
        return addresses

    def region_at(self, address: int) -> Region | None:
        number = address >> SHIFT
        return next((r for r in self.regions.values() if r.start >> SHIFT == number), None)

    def unwritten(self, tensor: Any) -> np.ndarray:
        """The flat numbers of a contiguous tensor's elements that still are poison."""
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self.fresh or not tensor.numel():
            return np.zeros(0, np.int64)
        size = tensor.element_size()
        left = poisoned(storage, size)
        region = self.regions.get(storage.data_ptr())
        if region is not None and region.unit <= size:
            left &= ~region.written.reshape(-1, size // region.unit).all(axis=1)
        return np.flatnonzero(_laid_out(left, tensor))

    def settled(self, tensor: Any) -> np.ndarray | None:
        """Which of a tensor's elements hold what a whole run would leave there; None if all do."""
        region = self.regions.get(tensor.untyped_storage().data_ptr())
        if region is None or not region.is_partial or not tensor.numel():
            return None
        size = tensor.element_size()
        whole = np.repeat(region.settled, region.unit)
        whole = whole[: whole.size // size * size].reshape(-1, size).all(axis=1)
        return np.array(_laid_out(whole, tensor))

    def trust(self) -> None:
        """What was stored to by some programs only counts as written from now on."""
        for region in self.regions.values():
            if region.is_stored:
                region.is_fresh, region.is_partial = False, True
                region.poisoned[...] = False
                self.fresh.pop(region.real, None)


def _laid_out(states: np.ndarray, tensor: Any) -> np.ndarray:
    """A state for each element of a storage, as the tensor's own elements lie in it."""
    first, steps = tensor.storage_offset(), (s * states.itemsize for s in tensor.stride())
    return np.lib.stride_tricks.as_strided(states[first:], tuple(tensor.shape), tuple(steps))


def bytes_of(storage: Any) -> np.ndarray:
    """A storage's memory as bytes: NumPy's view of it."""
    import torch

    return torch.tensor([], dtype=torch.uint8).set_(storage).numpy()


def poisoned(storage: Any, unit: int) -> np.ndarray:
    """For every `unit` bytes of a storage, whether they still are poison."""
    data = bytes_of(storage)
    if unit == 1:
        return data == np.resize(POISON, data.size)
    return (data.view(np.uint16) == POISON16).reshape(-1, unit // 2).all(axis=1)
