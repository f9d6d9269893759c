"""Reading the small part of LLVM IR that the calculator emits: arithmetic in a straight line."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping

from tern.workshop.calc.arithmetic import ARITHMETIC

_NAME = r"[A-Za-z$._-][A-Za-z0-9$._-]*"
_LOCAL = rf"%(?:[0-9]+|{_NAME})"
_HEADER = re.compile(rf"define double @({_NAME})\((.*)\) \{{")
_ARITHMETIC = re.compile(rf"({_LOCAL}) = f(add|sub|mul|div|neg) double (\S+?)(?:, (\S+))?")
_RETURN = re.compile(r"ret double (\S+)")
_PARAMETER = re.compile(rf"double ({_LOCAL})")
_NUMBER = re.compile(r"0x[0-9A-Fa-f]{16}|-?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?")

Line = tuple[int, str, str, list[str]]  # its number, the name it defines, operation, operands


def check_llvm(text: str, parameters: list[str], name: str = "f") -> None:
    """ValueError, which names the line, unless `text` is one function of straight arithmetic.

    It must be @name of just these parameters, define each name once and before its use, and
    end in a ret. Names that are numbers must count from 1: LLVM gives 0 to the first block.
    """
    for _ in _lines(text, parameters, name):
        pass


def instructions(text: str) -> list[str]:
    """The operations of a text, line by line: "add", "mul", …"""
    found = (_ARITHMETIC.fullmatch(line.strip()) for line in text.splitlines())
    return [match[2] for match in found if match]


def run_llvm(text: str, values: Mapping[str, float], name: str = "f") -> float:
    """What the function computes for `values` of its parameters. ValueError as `check_llvm`."""
    known = {f"%{key}": value for key, value in values.items()}

    def value(operand: str) -> float:
        return known[operand] if operand[0] == "%" else _number(operand)

    for _, result, operation, operands in _lines(text, sorted(values), name, sorted):
        arguments = [value(operand) for operand in operands]
        if operation == "ret":
            return arguments[0]
        known[result] = ARITHMETIC[operation](*arguments)
    raise AssertionError("_lines ends with a ret")


def _number(text: str) -> float:
    if text.startswith("0x"):
        return struct.unpack("<d", int(text, 16).to_bytes(8, "little"))[0]
    return float(text)


def _lines(
    text: str, parameters: list[str], name: str, order: Callable[[list[str]], list[str]] = list
) -> Iterator[Line]:
    """The operations of a function, checked one by one; the last one is its ret.

    The parameters are compared in `order`.
    """
    rows = [(n, row.strip()) for n, row in enumerate(text.splitlines(), 1) if row.strip()]
    if not rows or rows[-1][1] != "}":
        raise ValueError("the text does not end with a } of its own line")
    header = _HEADER.fullmatch(rows[0][1])
    if header is None or header[1] != name:
        raise ValueError(
            f"line {rows[0][0]}: expected define double @{name}(…) {{, found {rows[0][1]}"
        )
    found = [_PARAMETER.fullmatch(one.strip()) for one in header[2].split(",") if one.strip()]
    names = [match[1] if match else "" for match in found]
    if order(names) != [f"%{parameter}" for parameter in parameters]:
        raise ValueError(
            f"line {rows[0][0]}: the parameters must be {', '.join(parameters) or 'none'}"
        )
    known, numbered = set(names), 0
    last = rows[-2] if len(rows) > 2 else rows[0]
    for number, row in rows[1:-1]:
        returned = _RETURN.fullmatch(row)
        operation = _ARITHMETIC.fullmatch(row)
        if not (returned if (number, row) == last else operation):
            expected = (
                "ret double VALUE" if (number, row) == last else "%NAME = fOPERATION double …"
            )
            raise ValueError(f"line {number}: expected {expected}, found {row}")
        if returned:
            result, kind, operands = "", "ret", [returned[1]]
        else:
            result, kind = operation[1], operation[2]
            operands = [one for one in operation.groups()[2:] if one is not None]
            if len(operands) != (1 if kind == "neg" else 2):
                raise ValueError(
                    f"line {number}: f{kind} takes {1 if kind == 'neg' else 2} operands"
                )
        for operand in operands:
            if operand not in known and not _NUMBER.fullmatch(operand):
                raise ValueError(
                    f"line {number}: {operand} is neither defined above "
                    "nor a number as LLVM writes it"
                )
        if result in known:
            raise ValueError(f"line {number}: {result} is defined a second time")
        if result[1:].isdigit():
            numbered += 1
            if result != f"%{numbered}":
                raise ValueError(
                    f"line {number}: LLVM expects the name %{numbered} here, not {result}"
                )
        known.add(result)
        yield number, result, kind, operands
    if last == rows[0]:
        raise ValueError("the function has no ret")
