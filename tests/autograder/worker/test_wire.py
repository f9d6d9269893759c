"""The wire carries plain data of exact types, and nothing that the other side writes breaks it."""

from __future__ import annotations

import json
import math
import socket
import struct
from collections import OrderedDict, defaultdict, namedtuple
from collections.abc import Iterator
from enum import IntEnum
from fractions import Fraction
from typing import Any, NamedTuple

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_st

from autograder.worker import codecs, wire
from tern import ir
from tern.ir.strategies import functions

# ---- round trips --------------------------------------------------------------------------------

KINDS = [
    numpy_st.boolean_dtypes(),
    numpy_st.integer_dtypes(),
    numpy_st.unsigned_integer_dtypes(),
    numpy_st.floating_dtypes(),
    numpy_st.complex_number_dtypes(),
    numpy_st.unicode_string_dtypes(max_len=4),
    numpy_st.datetime64_dtypes(),
]
ARRAYS = st.one_of(KINDS).flatmap(
    lambda dtype: numpy_st.arrays(dtype, numpy_st.array_shapes(min_dims=0, min_side=0, max_side=4))
)
KEYS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
LEAVES = KEYS | st.floats() | st.binary() | ARRAYS
PLAIN = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS | st.tuples(KEYS, KEYS), inner, max_size=4),
        st.sets(KEYS, max_size=4),
        st.frozensets(KEYS, max_size=4),
    ),
    max_leaves=20,
)


def same(one: Any, other: Any) -> bool:
    """Equal in type and value all the way down; NaN is NaN and -0.0 is not 0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other) or (
            math.isnan(one) and math.isnan(other)
        )
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return len(one) == len(other) and all(
            same(*keys) and same(one[keys[0]], other[keys[1]])
            for keys in zip(one, other, strict=True)
        )
    if isinstance(one, numpy.ndarray):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    return one == other


@pytest.fixture
def ends() -> Iterator[tuple[wire.Channel, wire.Channel]]:
    one, other = socket.socketpair()
    for end in (one, other):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    yield wire.Channel(one), wire.Channel(other)
    one.close(), other.close()


@given(value=PLAIN)
@settings(max_examples=300, deadline=None)
def test_plain_data_arrives_as_it_was(value: Any) -> None:
    one, other = map(wire.Channel, socket.socketpair())
    try:
        one.send({"id": "x"}, value)
        reply = other.receive(5)
        assert reply["id"] == "x"
        assert same(reply["value"].decode(), value)
    finally:
        one.close(), other.close()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1], (1,)),
        ({1}, frozenset({1})),
        ({"tuple": [1]}, (1,)),
        ({"bytes": 0}, b""),
        ("1", 1),
        (b"a", b"b"),
        (numpy.zeros(2), numpy.zeros(2, "f4")),
        (numpy.zeros(2), numpy.zeros((2, 1))),
        (numpy.zeros(2), -numpy.zeros(2)),
        (numpy.float64(1), 1.0),
        (None, []),
    ],
)
def test_what_looks_alike_is_encoded_differently(one: Any, other: Any) -> None:
    assert wire.Encoded.of(one) != wire.Encoded.of(other)
    assert wire.Encoded.of([one]) == wire.Encoded.of([one])


@given(value=st.lists(st.integers() | ARRAYS, min_size=1))
@settings(deadline=None)
def test_what_arrives_is_made_of_fresh_objects(value: list) -> None:
    """A change on one side must not show on the other, nor in a second decoding."""
    encoded = wire.Encoded.of(value)
    first = encoded.decode()
    for item in first:
        if isinstance(item, numpy.ndarray) and item.size:
            item.fill(item.flat[0])
            assert item.flags.writeable
    assert same(encoded.decode(), value)


@given(function=functions())
@settings(max_examples=30, deadline=None)
def test_ir_crosses_as_its_text(function: ir.Operation) -> None:
    codecs.register_tern()
    back = wire.Encoded.of(function).decode()
    assert type(back) is ir.Operation
    assert back is not function
    assert str(back) == str(function)


NEST = """
func.func @f(%a: memref<4x4xf32>) {
  affine.for %i = 0 to 4 {
    %x = affine.load %a[%i, 0] : memref<4x4xf32>
    affine.store %x, %a[%i, 1] : memref<4x4xf32>
  }
  return
}
"""


def loop_in(whole: ir.Operation) -> ir.Operation:
    return next(op for op in whole.walk() if op.name == "affine.for")


def test_an_operation_crosses_with_what_is_around_it() -> None:
    codecs.register_tern()
    module = ir.parse(NEST)
    back = wire.Encoded.of(loop_in(module)).decode()
    function = back.parent.parent.parent
    assert back.name == "affine.for" and loop_in(function) is back
    assert str(function) == str(loop_in(module).parent.parent.parent)
    back.attributes = {**back.attributes, "step": 2}
    wire.assign(loop_in(module), back)
    assert loop_in(module).attributes["step"] == 2
    assert ir.verify(module) is None


def test_an_operation_that_was_taken_out_does_not_cross() -> None:
    codecs.register_tern()
    loop = loop_in(ir.parse(NEST))
    loop.parent.operations.remove(loop)
    with pytest.raises(wire.Unsendable):
        wire.Encoded.of(loop)


def test_a_cache_crosses() -> None:
    from tern.cost import Cache

    codecs.register_tern()
    cache = Cache(size=2048, ways=4, line=32)
    assert wire.Encoded.of(cache).decode() == cache


def test_shared_and_transposed_arrays_keep_their_elements() -> None:
    base = numpy.arange(12).reshape(3, 4)
    for view in (base.T, base[::2], base[:, 1], base[::-1], numpy.broadcast_to(base[0], (5, 4))):
        assert (wire.Encoded.of(view).decode() == view).all()


def test_arrays_begin_where_a_cache_line_does() -> None:
    for size in (1, 5, 64, 1000, 100_000):
        arrays = [numpy.arange(size, dtype="f4"), numpy.arange(size, dtype="i1")]
        for array, back in zip(arrays, wire.Encoded.of(arrays).decode()):
            assert back.ctypes.data % 64 == 0
            assert back.flags.writeable and back.dtype == array.dtype and (back == array).all()


def test_numpy_scalars_stay_numpy_scalars() -> None:
    for scalar in (numpy.float32(1.5), numpy.int8(-3), numpy.bool_(True), numpy.complex64(1j)):
        back = wire.Encoded.of(scalar).decode()
        assert type(back) is type(scalar) and back == scalar


# ---- refused ------------------------------------------------------------------------------------


class Odd(IntEnum):
    ONE = 1


class AnyList(list):
    __eq__ = lambda *_: True  # noqa: E731
    __hash__ = None


def forever() -> list:
    loop: list = []
    loop.append(loop)
    return loop


def deep() -> list:
    value: list = []
    for _ in range(10_000):
        value = [value]
    return value


Point = namedtuple("Point", "x y")
REFUSED = {
    "an object": object(),
    "a class": int,
    "a function": len,
    "a module": math,
    "an exception": ValueError(),
    "a generator": (x for x in ()),
    "a dictionary's view": {}.keys(),
    "a range": range(3),
    "a list subclass": AnyList([1]),
    "an int subclass": Odd.ONE,
    "a str subclass": type("S", (str,), {})("x"),
    "a float subclass": type("F", (float,), {})(1.0),
    "a dict subclass": OrderedDict(a=1),
    "a defaultdict": defaultdict(list),
    "a tuple subclass": type("T", (tuple,), {})((1, 2)),
    "a bytearray": bytearray(b"x"),
    "a memoryview": memoryview(b"x"),
    "a Fraction": Fraction(1, 2),
    "a complex": 1j,
    "an array of objects": numpy.array([object()]),
    "an array of objects inside a record": numpy.zeros(1, dtype=[("a", "O")]),
    "an array subclass": numpy.ma.masked_array([1]),
    "a matrix": numpy.asmatrix([[1]]),
    "a list in itself": forever(),
    "10,000 lists in each other": deep(),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("around", ["bare", "list", "tuple", "dict", "deeper"])
def test_is_unsendable(what: str, around: str) -> None:
    value = REFUSED[what]
    wrapped = {
        "bare": value,
        "list": [0, value],
        "tuple": (value,),
        "dict": {"key": value},
        "deeper": [{"a": ([value],)}],
    }[around]
    with pytest.raises(wire.Unsendable):
        wire.Encoded.of(wrapped)


class Named(NamedTuple):
    x: Any
    y: Any


class Liar(Point):
    """Says something else of itself than it holds."""

    def __getitem__(self, at: Any) -> Any:
        raise RuntimeError

    __iter__ = __len__ = __eq__ = __getitem__  # type: ignore[assignment]


@pytest.mark.parametrize("kind", [Point, Named, Liar])
@pytest.mark.parametrize(
    "around", [lambda one: one, lambda one: [one, 1], lambda one: {"a": (one,)}]
)
def test_a_named_tuple_is_the_tuple_that_it_holds(kind: Any, around: Any) -> None:
    found = wire.Encoded.of(around(kind([1], {"a": 2.0}))).decode()
    assert same(found, around(([1], {"a": 2.0})))


def test_nothing_is_sent_of_a_value_that_cannot_be_sent_whole(ends) -> None:
    one, other = ends
    with pytest.raises(wire.Unsendable):
        one.send({"id": 1}, [1, 2, object()])
    one.send({"id": 2}, "next")
    assert other.receive(1)["id"] == 2


# ---- bytes that are no frame --------------------------------------------------------------------


def receive(data: bytes, close: bool = True) -> dict:
    ours, theirs = socket.socketpair()
    try:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        theirs.sendall(data)
        if close:
            theirs.close()
        return wire.Channel(ours).receive(0.05)
    finally:
        ours.close(), theirs.close()


def frame(text: bytes, payload: bytes = b"") -> bytes:
    return wire.PREFIX.pack(wire.MAGIC, len(text), len(payload)) + text + payload


@given(data=st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_no_frame(data: bytes) -> None:
    with pytest.raises((wire.Broken, wire.Expired)):
        receive(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(
    body=JSON | st.fixed_dictionaries({"value": JSON, "sizes": JSON}),
    payload=st.binary(max_size=20),
)
@settings(max_examples=300, deadline=None)
def test_a_frame_of_random_json_is_refused_or_is_a_frame(body: Any, payload: bytes) -> None:
    try:
        header = receive(frame(json.dumps(body).encode(), payload))
    except (wire.Broken, wire.Expired):
        return
    assert type(header["value"]) is wire.Encoded
    assert b"".join(header["value"].buffers) == payload


@given(text=st.binary(max_size=100), payload=st.binary(max_size=20))
@settings(max_examples=200, deadline=None)
def test_a_frame_of_random_text_is_garbled(text: bytes, payload: bytes) -> None:
    with pytest.raises(wire.Garbled):
        receive(frame(b"\xff" + text, payload))


@pytest.mark.parametrize(
    "sizes", ["[1.0]", "[true]", "[-1, 2]", '["1"]', "[[1]]", "{}", "1", "null", "[0]", "[2]"]
)
def test_buffer_sizes_that_are_none_are_garbled(sizes: str) -> None:
    with pytest.raises(wire.Garbled):
        receive(frame(f'{{"value": null, "sizes": {sizes}}}'.encode(), b"x"))


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 200_000,
        b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b', "sizes": []}',
        b'{"value": ' + b"9" * 10_000 + b', "sizes": []}',
        b'{"sizes": []}',
        b"[]",
        b'"value"',
        b"",
    ],
    ids=["open lists", "deep lists", "a long number", "no value", "a list", "a text", "nothing"],
)
def test_json_that_is_no_header_is_garbled(text: bytes) -> None:
    with pytest.raises(wire.Garbled):
        receive(frame(text))


def test_a_frame_too_large_to_be_true_is_refused_before_it_is_read() -> None:
    huge = wire.PREFIX.pack(wire.MAGIC, 10, wire.MAX_FRAME)
    with pytest.raises(wire.Garbled):
        receive(huge)


def test_half_a_frame_expires_and_a_closed_channel_is_broken() -> None:
    whole = frame(b'{"value": 1, "sizes": []}')
    for part in (whole[:3], whole[:-1]):
        with pytest.raises(wire.Expired):
            receive(part, close=False)
        with pytest.raises(wire.Broken):
            receive(part)
    assert receive(whole)["value"].decode() == 1


@pytest.mark.parametrize(
    "data",
    [
        {"array": ["O", [1], 0]},
        {"array": ["<f8", [1 << 40], 0]},
        {"array": ["<f8", [0], 0]},
        {"array": ["<f8", [1], 7]},
        {"array": "x"},
        {"class": "no such class", "of": 1},
        {"class": "operation", "of": "not IR"},
        {"class": "violation", "of": [1]},
        {"class": "operation", "of": [0, {"bytes": 0}]},
        {"class": "operation", "of": []},
        {"class": "cache", "of": [1, 2, 3]},
        {"dict": [[{"tuple": [[1]]}, 2]]},
        {"bytes": 3},
        {"what": 1},
        {},
    ],
    ids=str,
)
def test_forged_values_raise_and_do_nothing_else(data: dict) -> None:
    codecs.register_tern()
    with pytest.raises(Exception) as caught:
        wire.Encoded(data, [b"\0" * 8]).decode()
    assert isinstance(caught.value, Exception)


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (1, 1.0), ([0], [False]), (0.0, -0.0), ("1", 1)]
)
def test_values_of_other_types_are_not_equal_when_encoded(one: Any, other: Any) -> None:
    assert wire.Encoded.of((one,)) != wire.Encoded.of((other,))
    assert wire.Encoded.of((one,)) == wire.Encoded.of((one,))
    assert wire.Encoded.of((one,)) != (one,)


def test_not_a_number_is_equal_to_itself_when_encoded() -> None:
    assert wire.Encoded.of([math.nan]) == wire.Encoded.of([math.nan])
