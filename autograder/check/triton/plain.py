"""What a meter found, as plain data: it comes from a process in which a reader's code has run."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

from tern.gpu.traffic import Access, Fault, Launch, Traffic

MAX_COUNT, MAX_TEXT, MAX_LISTED = 1 << 62, 1000, 10_000


def to_plain(traffic: Traffic) -> dict:
    """As JSON holds it; results and trace are left out."""
    left_out = {"results": (), "settled": (), "fronts": None, "trace": None}
    return asdict(replace(traffic, **left_out))


def from_plain(data: Any) -> Traffic:
    """What `to_plain` made, read from an untrusted source.

    ValueError if it is nothing of that kind.
    """
    try:
        if max(len(data["launches"]), len(data["faults"]), len(data["computed"])) > MAX_LISTED:
            raise ValueError(f"these are no counts: more than {MAX_LISTED:,} of a kind")
        launches = []
        for each in data["launches"]:
            accesses = tuple(_make(Access, access) for access in each["accesses"])
            launches.append(
                _make(Launch, {**each, "accesses": accesses, "grid": tuple(each["grid"])})
            )
        faults = []
        for each in data["faults"]:
            program = each["program"]
            faults.append(_make(Fault, {**each, "program": program and tuple(program)}))
        unchecked = tuple(_text(each) for each in data["unchecked"])
        computed = tuple(_text(each)[:80] for each in data["computed"])
        changed, strided = (tuple(map(_natural, data[each])) for each in ("changed", "strided"))
        return Traffic(
            tuple(launches),
            tuple(faults),
            _natural(data["minimum"]),
            _natural(data["written"]),
            unchecked,
            computed,
            changed,
            strided,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"these are no counts: {error!r}") from None


def _make(cls: type, data: dict) -> Any:
    """A dataclass of which every int is a natural number and every string is one."""
    values = {}
    for each in fields(cls):
        value = data[each.name]
        if each.type == "int":
            value = _natural(value)
        elif each.type == "str":
            value = _text(value)
        elif type(value) is tuple and not all(type(v) is Access or _natural(v) >= 0 for v in value):
            raise TypeError(f"{each.name} is no tuple of numbers")
        values[each.name] = value
    return cls(**values)


def _natural(value: Any) -> int:
    if type(value) is not int or not 0 <= value < MAX_COUNT:
        raise TypeError(f"{str(value)[:60]} is no count")
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError(f"{str(value)[:60]} is no text")
    return value[:MAX_TEXT]
