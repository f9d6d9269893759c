"""How values travel between the judge and the worker: a JSON header and raw buffers.

Nothing here ever unpickles or evaluates. A value is sent only if its type is *exactly* one of the
plain types below (`type(x) is list`, not `isinstance`), so an object that pretends to be equal to
everything has no way across. A named tuple crosses as the tuple that it is. Classes of tern cross
as a codec says (codecs/); see `register`.

A frame is MAGIC, the header's length (4 bytes), the buffers' length (8 bytes), the header (JSON,
UTF-8), and the buffers one after another.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import time
from dataclasses import dataclass
from typing import Any, ClassVar

MAGIC = b"TERN"
PREFIX = struct.Struct("<4sIQ")
MAX_FRAME = 1 << 28  # bytes; a reply larger than this is refused
MAX_HEADER = 1 << 25  # bytes of its header
MAX_BRACKETS = 1 << 21  # in a header: each is a list or a dict, ten times as large as its text
MAX_DEPTH = 200
MAX_DTYPE = 64  # characters; numpy's names of its own are short
LINE = 64  # bytes of a cache line, and of the widest vectors

PLAIN = frozenset({type(None), bool, int, float, str})


@dataclass(frozen=True, eq=False)
class Encoded:
    """A value that is encoded already; equal encodings mean equal values, types included."""

    data: Any
    buffers: list[bytes]

    @classmethod
    def of(cls, value: Any) -> Encoded:
        buffers: list[bytes] = []
        return cls(encode(value, buffers), buffers)

    def __eq__(self, other: object) -> bool:
        if type(other) is not Encoded:
            return NotImplemented
        # as text, because 1 == True == 1.0
        return self.buffers == other.buffers and json.dumps(self.data) == json.dumps(other.data)

    def decode(self) -> Any:
        return decode(self.data, self.buffers)


class Unsendable(Exception):
    """A value of a type that does not cross between the two processes."""


class Broken(ConnectionError):
    """The other side closed the channel or wrote something that is not a frame."""


class Garbled(Broken):
    """What the other side wrote is not a frame."""


class Expired(TimeoutError):
    """No whole frame arrived in time."""


class Codec:
    """How values of some classes cross: to plain data, back, and into a value that was changed."""

    tag: ClassVar[str]
    mutable: ClassVar[bool] = False  # a call can change such a value in place

    def encode(self, value: Any) -> Any:
        """Plain data that stand for the value. Raises Unsendable."""
        raise NotImplementedError

    def decode(self, data: Any) -> Any:
        """The value, made of fresh objects. May raise anything over what no `encode` has made."""
        raise NotImplementedError

    def assign(self, target: Any, changed: Any) -> None:
        """Make `target` what `changed` is, in place. Raises ValueError if the two do not fit."""
        raise NotImplementedError


_by_class: dict[type, Codec] = {}
_by_tag: dict[str, Codec] = {}


def register(cls: type, codec: Codec) -> None:
    """Let instances of exactly `cls` cross as what `codec.encode` makes of them."""
    _by_class[cls] = codec
    _by_tag[codec.tag] = codec


def can_assign(value: Any) -> bool:
    """Whether a call can change `value` in place, so that it comes back with the result."""
    codec = _by_class.get(type(value))
    return (codec is not None and codec.mutable) or _is_array(value)


def assign(target: Any, value: Any) -> None:
    """Make `target` what `value` is, in place. Raises ValueError if the two do not fit."""
    if type(target) is not type(value):
        raise ValueError(f"a {type(value).__name__} cannot become a {type(target).__name__}")
    if _is_array(target):
        if (target.shape, target.dtype) != (value.shape, value.dtype):
            raise ValueError("an array of another shape or dtype")
        target[...] = value
    else:
        _by_class[type(target)].assign(target, value)


def _is_array(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is numpy.ndarray


# ---- values -------------------------------------------------------------------------------------


def encode(value: Any, buffers: list[bytes], depth: int = 0) -> Any:
    """The JSON form of `value`; raw bytes are appended to `buffers`. Raises Unsendable."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if depth > MAX_DEPTH:
        raise Unsendable("a value nested more than 200 levels deep cannot be sent")
    if kind is list:
        return _encode_items(value, buffers, depth)
    if kind is tuple:
        return {"tuple": _encode_items(value, buffers, depth)}
    if kind is dict:
        pairs = [[key, item] for key, item in value.items()]
        return {"dict": [_encode_items(pair, buffers, depth) for pair in pairs]}
    if kind is set or kind is frozenset:
        return {kind.__name__: _encode_items(list(value), buffers, depth)}
    if kind is bytes:
        buffers.append(value)
        return {"bytes": len(buffers) - 1}
    if codec := _by_class.get(kind):
        return {"class": codec.tag, "of": encode(codec.encode(value), buffers, depth + 1)}
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):  # whatever it makes of [] and iter
        return {"tuple": _encode_items(tuple(tuple.__iter__(value)), buffers, depth)}
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if kind is numpy.ndarray:
            return _encode_array(value, buffers, numpy)
        if isinstance(value, numpy.generic) and kind.__module__ == "numpy":
            return {"scalar": _encode_array(numpy.asarray(value), buffers, numpy)["array"]}
    raise Unsendable(f"a {kind.__module__}.{kind.__qualname__} is not plain data")


def _encode_items(items: Any, buffers: list[bytes], depth: int) -> list:
    if PLAIN.issuperset(map(type, items)):
        return list(items)
    return [encode(item, buffers, depth + 1) for item in items]


def _encode_array(array: Any, buffers: list[bytes], numpy: Any) -> dict:
    if array.dtype.hasobject:
        raise Unsendable("an array of Python objects is not plain data")
    buffers.append(numpy.ascontiguousarray(array).tobytes())
    return {"array": [array.dtype.str, list(array.shape), len(buffers) - 1]}


def decode(data: Any, buffers: list[bytes]) -> Any:
    """The value that `encode` made `data` of, made of fresh objects. Raises Broken."""
    kind = type(data)
    if kind in PLAIN:
        return data
    if kind is list:
        if PLAIN.issuperset(map(type, data)):
            return list(data)
        return [decode(item, buffers) for item in data]
    if "tuple" in data:
        return tuple(decode(data["tuple"], buffers))
    if "dict" in data:
        return {decode(key, buffers): decode(item, buffers) for key, item in data["dict"]}
    if "set" in data:
        return set(decode(data["set"], buffers))
    if "frozenset" in data:
        return frozenset(decode(data["frozenset"], buffers))
    if "bytes" in data:
        return buffers[data["bytes"]]
    if "class" in data:
        codec = _by_tag.get(data["class"])
        if codec is None:
            raise Broken(f"unknown class tag {data['class']!r}")
        return codec.decode(decode(data["of"], buffers))
    import numpy

    dtype, shape, index = data["array"] if "array" in data else data["scalar"]
    if type(dtype) is not str or len(dtype) > MAX_DTYPE:
        raise Broken("a damaged array")
    array = numpy.frombuffer(_on_a_line(buffers[index]), numpy.dtype(dtype)).reshape(shape)
    return array if "array" in data else array[()]


def _on_a_line(data: bytes) -> Any:
    """The bytes in new memory that begins where a cache line does, in whichever process.

    malloc would put it anywhere on a line, for good: two processes that run the same vector code
    on "the same" array then differ in speed, by 15 % where we tried it.
    """
    import numpy

    room = numpy.empty(len(data) + LINE, numpy.uint8)
    start = -room.__array_interface__["data"][0] % LINE
    aligned = room[start : start + len(data)]
    aligned[:] = numpy.frombuffer(data, numpy.uint8)
    return aligned


# ---- frames -------------------------------------------------------------------------------------


class Channel:
    """One end of a connected stream socket that carries frames."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = bytearray()  # received, but not yet read

    def send(self, header: dict, value: Any = None) -> None:
        """Send `header` with `value` under the key "value". Raises Unsendable before any byte."""
        encoded = value if type(value) is Encoded else Encoded.of(value)
        sizes = [len(buffer) for buffer in encoded.buffers]
        body = {**header, "value": encoded.data, "sizes": sizes}
        text = json.dumps(body, separators=(",", ":")).encode()
        payload = b"".join(encoded.buffers)
        if len(text) > MAX_HEADER or len(text) + len(payload) > MAX_FRAME:
            length = (len(text) + len(payload)) / 1e6
            raise Unsendable(f"it takes {length:,.0f} MB of memory, which is too much to be sent")
        try:
            self.sock.settimeout(60)
            self.sock.sendall(PREFIX.pack(MAGIC, len(text), len(payload)) + text + payload)
        except OSError as error:
            raise Broken("the other side is gone") from error

    def receive(self, timeout: float | None = None) -> dict:
        """The next frame's header, its value still Encoded. Raises Broken, Expired."""
        deadline = None if timeout is None else time.monotonic() + timeout
        magic, text_size, payload_size = PREFIX.unpack(self._read(PREFIX.size, deadline))
        if magic != MAGIC or text_size > MAX_HEADER or text_size + payload_size > MAX_FRAME:
            raise Garbled("bytes that are not a frame")
        text = self._read(text_size, deadline)
        if text.count(b"[") + text.count(b"{") > MAX_BRACKETS:
            raise Garbled("a frame of too many values")
        payload = self._read(payload_size, deadline)
        try:
            header = json.loads(text)
            sizes = header["sizes"]
            if sum(sizes) != payload_size or any(type(s) is not int or s < 0 for s in sizes):
                raise ValueError("buffer sizes do not add up")
            data = header["value"]
        except (ValueError, KeyError, TypeError, RecursionError, MemoryError) as error:
            raise Garbled(f"a damaged frame: {error}") from error
        buffers, start = [], 0
        for size in sizes:
            buffers.append(payload[start : start + size])
            start += size
        header["value"] = Encoded(data, buffers)
        return header

    def _read(self, size: int, deadline: float | None) -> bytes:
        """The next `size` bytes. What comes with them is kept for the next call."""
        buffer = self.buffer
        while len(buffer) < size:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise Expired
            self.sock.settimeout(left)
            try:
                chunk = self.sock.recv(1 << 16)
            except TimeoutError:
                raise Expired from None
            except OSError as error:
                raise Broken("the channel broke") from error
            if not chunk:
                raise Broken("the other side closed the channel")
            buffer += chunk
        data = bytes(buffer[:size])
        del buffer[:size]
        return data

    def close(self) -> None:
        self.sock.close()
