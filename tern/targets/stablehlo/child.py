"""XLA in a process of its own, which it may end: `python -m tern.targets.stablehlo.child`."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np

from tern.targets.beside import Message, serve
from tern.targets.errors import XlaError, XlaMissing
from tern.targets.stablehlo import package

_kept: dict[int, Any] = {}
_numbers = count()


def reply_to(request: dict[str, Any], buffers: list[bytes], begin: object = None) -> Message:
    """The reply to `{"do": …}`: its results, or `{"error": …, "missing": …}`."""
    try:
        return _DO[request.pop("do")](request, buffers)
    except (XlaError, XlaMissing) as error:
        return {"error": str(error), "missing": isinstance(error, XlaMissing)}, []


def _verify(request: dict[str, Any], buffers: list[bytes]) -> Message:
    with package.context():
        module = package.parsed(request["text"])
        generic = request.get("generic", False)
        return {"text": module.operation.get_asm(print_generic_op_form=generic)}, []


def _compile(request: dict[str, Any], buffers: list[bytes]) -> Message:
    number = next(_numbers)
    _kept[number] = package.compiled(request["text"])
    return {"number": number}, []


def _forget(request: dict[str, Any], buffers: list[bytes]) -> Message:
    _kept.pop(request["number"], None)
    return {}, []


def _run(request: dict[str, Any], buffers: list[bytes]) -> Message:
    return _results(package.executed(_kept[request["number"]], arrays_of(request, buffers)))


def _interpret(request: dict[str, Any], buffers: list[bytes]) -> Message:
    return _results(package.interpreted(request["text"], arrays_of(request, buffers)))


def _optimized(request: dict[str, Any], buffers: list[bytes]) -> Message:
    return {"text": package.optimized(package.compiled(request["text"]))}, []


def _serialize(request: dict[str, Any], buffers: list[bytes]) -> Message:
    return {}, [package.serialized(request["text"], request["version"])]


def _deserialize(request: dict[str, Any], buffers: list[bytes]) -> Message:
    return {"text": package.deserialized(buffers[0])}, []


def _versions(request: dict[str, Any], buffers: list[bytes]) -> Message:
    return {"versions": package.versions()}, []


_DO = {
    "verify": _verify,
    "compile": _compile,
    "forget": _forget,
    "run": _run,
    "interpret": _interpret,
    "optimized": _optimized,
    "serialize": _serialize,
    "deserialize": _deserialize,
    "versions": _versions,
}

# arrays in messages -------------------------------------------------------------------------------


def arrays_of(message: dict[str, Any], buffers: list[bytes]) -> list[np.ndarray]:
    """Arrays of their dtypes' names, shapes, and bytes."""
    return [
        np.frombuffer(data, dtype_named(name)).reshape(shape)
        for (name, shape), data in zip(message["arrays"], buffers)
    ]


def _results(arrays: list[np.ndarray]) -> Message:
    return message_of(arrays)


def message_of(arrays: list[np.ndarray]) -> Message:
    """The reverse of `arrays_of`."""
    heads = [(array.dtype.name, array.shape) for array in arrays]
    return {"arrays": heads}, [array.tobytes() for array in arrays]


def dtype_named(name: str) -> np.dtype:
    if name == "bfloat16":
        import ml_dtypes  # with which NumPy knows it

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)


if __name__ == "__main__":
    serve(reply_to)
