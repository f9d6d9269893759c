"""The tensors among a launcher's arguments and results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def is_tensor(value: Any) -> bool:
    return hasattr(value, "untyped_storage")


def is_descriptor(value: Any) -> bool:
    """Whether a value describes blocks of a tensor, for the hardware that moves them."""
    return is_tensor(getattr(value, "base", None)) and hasattr(value, "block_shape")


def is_same(one: Any, other: Any) -> bool:
    """Whether two tensors are the same elements in the same order."""
    return address(one) == address(other) and _layout(one) == _layout(other)


def _layout(tensor: Any) -> tuple:
    return tensor.dtype, tensor.storage_offset(), tuple(tensor.shape), tuple(tensor.stride())


def address(tensor: Any) -> int:
    """Where the storage of a tensor begins, in real memory."""
    return tensor.untyped_storage().data_ptr()


def size(tensor: Any) -> int:
    """The bytes of a tensor's elements."""
    return tensor.numel() * tensor.element_size()


def items(value: Any) -> list:
    """The values in a result or in arguments: nested tuples and lists flattened."""
    if isinstance(value, (tuple, list)):
        return [item for each in value for item in items(each)]
    return [] if value is None else [value]


def named_tensors(named: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The tensors among a launch's arguments, with those in descriptors and tuples."""
    for name, value in named.items():
        if is_tensor(value):
            yield name, value
        elif is_tensor(getattr(value, "base", None)):
            yield name, value.base
        elif isinstance(value, tuple):
            yield from named_tensors({f"{name}[{at}]": each for at, each in enumerate(value)})


def content(value: Any) -> int | None:
    """A number that changes when a CPU tensor's content does; None for anything else."""
    if not is_tensor(value) or value.device.type != "cpu":
        return None
    import torch

    if not value.numel():
        return 0
    whole = value.detach().contiguous().reshape(-1).view(torch.uint8).numpy()
    return hash(whole.tobytes())


def index_text(flat: int, shape: tuple[int, ...]) -> str:
    """The index of element number `flat` of an array, as `[1, 2]`."""
    index = []
    for extent in reversed(shape):
        index.append(flat % extent)
        flat //= extent
    return str(list(reversed(index)))
