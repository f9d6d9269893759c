"""What PyTorch calls the types that tern has too, and what an error of the importer says.

Nothing here imports torch: its dtypes and operations are known by how they are written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tern.errors import TernError
from tern.ir.mlir_attributes import Place
from tern.types import (
    Dimension,
    ScalarType,
    TensorType,
    Type,
    bf16,
    f16,
    f32,
    f64,
    i1,
    i8,
    i32,
    i64,
    index,
    u8,
)

ELEMENTS: dict[str, ScalarType] = {
    "torch.float32": f32,
    "torch.float64": f64,
    "torch.float16": f16,
    "torch.bfloat16": bf16,
    "torch.int64": i64,
    "torch.int32": i32,
    "torch.int8": i8,
    "torch.uint8": u8,
    "torch.bool": i1,
}
"""tern's element type for a dtype of PyTorch's."""


class TorchError(TernError, ValueError):
    """A graph of PyTorch's has no form in tern. The message is one line; `location` says where in
    the model, if that is known."""


def element_type(dtype: Any) -> ScalarType:
    """TorchError for a dtype that tern has not, such as complex64."""
    if str(dtype) not in ELEMENTS:
        raise TorchError(f"tern has no numbers of type {dtype}")
    return ELEMENTS[str(dtype)]


def own_type(value: Any, size: Callable[[Any], Dimension] = int) -> Any:
    """tern's type for what a node's `meta["val"]` is: of a tensor a TensorType, whose sizes `size`
    gives; of a symbolic number index; of several values a tuple. None for None.

    Raises:
        TorchError: there is no such type.
    """
    if value is None:
        return None
    if isinstance(value, (tuple, list)):
        return tuple(own_type(each, size) for each in value)
    if hasattr(value, "dtype"):
        return TensorType(tuple(size(each) for each in value.shape), element_type(value.dtype))
    if isinstance(value, int) or type(value).__name__ == "SymInt":
        return index
    raise TorchError(f"a value of type {type(value).__name__} has no form in tern")


def place_of(stack_trace: str | None) -> tuple[Place | None, str]:
    """Where in the model a node comes from, and that line, by its `meta["stack_trace"]`.

    A trace goes from the model's own line to those of PyTorch's modules that it called. The last
    line outside of PyTorch is the one that the model's author wrote.

        >>> place_of('  File "net.py", line 7, in forward\\n    return x + 1\\n')
        (Place(file='net.py', line=7, column=1), 'return x + 1')
    """
    found: tuple[Place | None, str] = (None, "")
    lines = [line.strip() for line in (stack_trace or "").splitlines()]
    for at, line in enumerate(lines):
        if line.startswith('File "'):
            file, _, rest = line.removeprefix('File "').partition('", line ')
            number = rest.partition(",")[0]
            outside = "-packages/torch/" not in file.replace("\\", "/") or found[0] is None
            if number.isdigit() and outside:
                text = lines[at + 1] if at + 1 < len(lines) else ""
                found = Place(file, int(number), 1), text
    return found


def rank_of(type: Type) -> int:
    """The number of dimensions; 0 of a single number."""
    return type.rank if isinstance(type, TensorType) else 0
