"""A dialect of one operation, made in Python: its annotations are looked at, and so are no text."""

from typing import Any


def dialect() -> Any:
    from torch_mlir.dialects import ext

    class Toy(ext.Dialect, name="toy"):
        pass

    class Twice(Toy.Operation, name="twice"):
        x: ext.Operand[Any]
        result: ext.Result[Any]

    return Toy
