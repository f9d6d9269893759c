"""Numbers that only kernels see, as those in a GPU's memory are.

What a launcher holds while it is measured are blank tensors: one byte over and over. The numbers
lie in other storages, and only kernels get at them, and torch's own operations, which are noted.
Whatever else reads such a tensor (NumPy, ctypes, `tolist`) finds no numbers, and whatever else
writes to it changes nothing that a kernel reads, and is found out.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from tern.gpu.memory import bytes_of
from tern.gpu.tensors import is_tensor, items

BLANK = 0x5A  # as float32 1.5e16: no NaN, which most arithmetic would leave as it is


@dataclasses.dataclass(frozen=True)
class Pair:
    """A storage that the launcher holds, and the one that has its numbers."""

    held: Any
    real: Any


class Hidden:
    """The storages of one call of a launcher: those of its arguments, and those made in it."""

    def __init__(self) -> None:
        self.pairs: dict[int, Pair] = {}  # by the address of the storage that is held
        self.held: dict[int, Any] = {}  # the storages that are held, by the address of the real one

    # ---- what the launcher gets ----

    def hide(self, value: Any) -> Any:
        """An argument as the launcher gets it: of tensors, other ones of the same layout."""
        if type(value) in (tuple, list):
            return type(value)(self.hide(each) for each in value)
        if is_tensor(getattr(value, "base", None)) and dataclasses.is_dataclass(value):
            return dataclasses.replace(value, base=self.hide(value.base))  # a descriptor
        if not is_tensor(value) or value.device.type != "cpu" or not _address(value):
            return value
        real = value.untyped_storage()
        if real.data_ptr() not in self.held:
            self._keep(_storage(real.nbytes()), real)
        return _view(value, self.held[real.data_ptr()])

    def adopt(self, tensor: Any) -> Any:
        """Hide the numbers of a tensor that the launcher holds; the tensor of its numbers."""
        storage = tensor.untyped_storage()
        if storage.data_ptr() and storage.data_ptr() not in self.pairs:
            real = _storage(storage.nbytes())
            bytes_of(real)[...] = bytes_of(storage)
            self._keep(storage, real)
        return self.real(tensor)

    def _keep(self, held: Any, real: Any) -> None:
        self.pairs[held.data_ptr()] = Pair(held, real)
        self.held[real.data_ptr()] = held
        _blank(held)

    # ---- what the meter gets ----

    def knows(self, tensor: Any) -> bool:
        """Whether the tensor is an argument, was made by torch in this call, or is a view of it."""
        return _address(tensor) in self.pairs or not _address(tensor)

    def real(self, tensor: Any) -> Any:
        """The same tensor with its numbers; one that is not known is its own."""
        pair = self.pairs.get(_address(tensor))
        return tensor if pair is None else _view(tensor, pair.real)

    def changed(self) -> list[int]:
        """The addresses of storages that something wrote to, but no kernel. It is undone."""
        found = [at for at, pair in self.pairs.items() if not _is_blank(pair.held)]
        for at in found:
            _blank(self.pairs[at].held)
        return found

    @contextlib.contextmanager
    def shown(self, values: Sequence[Any]) -> Iterator[None]:
        """While this lasts, the tensors among the values have their numbers, for torch."""
        tensors = [each for each in items(values) if is_tensor(each)]
        pairs = [self.pairs[at] for at in {_address(t) for t in tensors} if at in self.pairs]
        for pair in pairs:
            bytes_of(pair.held)[...] = bytes_of(pair.real)
        try:
            yield
        finally:
            for pair in pairs:
                bytes_of(pair.real)[...] = bytes_of(pair.held)
                _blank(pair.held)


def is_blank(tensor: Any) -> bool:
    """Whether a tensor's storage is blank, as those of earlier calls are."""
    return bool(_address(tensor)) and _is_blank(tensor.untyped_storage())


def _address(tensor: Any) -> int:
    return tensor.untyped_storage().data_ptr()


def _storage(size: int) -> Any:
    import torch

    return torch.empty(size, dtype=torch.uint8).untyped_storage()


def _view(tensor: Any, storage: Any) -> Any:
    """A tensor of the same layout in another storage."""
    import torch

    made = torch.empty(0, dtype=tensor.dtype)
    return made.set_(storage, tensor.storage_offset(), tensor.size(), tensor.stride())


def _blank(storage: Any) -> None:
    bytes_of(storage)[...] = BLANK


def _is_blank(storage: Any) -> bool:
    return bool((bytes_of(storage) == BLANK).all())
