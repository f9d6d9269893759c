"""Programs, jaxprs, and modules of HLO cross field by field; a jaxpr that is called often, once."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograder.worker.wire import Codec, Unsendable
from tern.workshop.xla import hlo, hlo_text, jaxpr
from tern.workshop.xla.programs import Program

PARAMS = (str, int, bool, type(None), tuple)
NUMBERS = (int, float, bool)
MAX_TEXT = 1 << 21  # characters of a computation: ten times those of 2,000 instructions


def _extents(numbers: Iterable[Any], whose: Any) -> list[int]:
    """Extents as Python's integers, NumPy's too. TypeError."""
    try:
        return [operator.index(n) for n in numbers]
    except TypeError:
        raise TypeError(f"the extents of {whose} are no integers") from None


class ProgramCodec(Codec):
    """As its text, which is run when somebody calls the program, and not before."""

    tag = "program"

    def encode(self, value: Program) -> str:
        return value.text

    def decode(self, data: str) -> Program:
        return Program(data)


class ShapedArrayCodec(Codec):
    tag = "shaped"

    def encode(self, value: jaxpr.ShapedArray) -> list:
        return [value.dtype, _extents(value.shape, value)]

    def decode(self, data: list) -> jaxpr.ShapedArray:
        dtype, shape = data
        if dtype not in jaxpr.LONG or any(type(n) is not int or n < 0 for n in shape):
            raise ValueError("no type of a traced array")
        return jaxpr.ShapedArray(dtype, tuple(shape))


class JaxprCodec(Codec):
    tag = "jaxpr"

    def encode(self, value: jaxpr.Jaxpr) -> list:
        try:
            order = [one for one, _, _ in jaxpr.called(value)] + [value]
            numbers = {id(one): number for number, one in enumerate(order)}
            return [_encoded(one, numbers) for one in order]
        except (AttributeError, TypeError, ValueError, KeyError) as error:
            raise Unsendable(f"a jaxpr with something else in it: {error}") from None

    def decode(self, data: list) -> jaxpr.Jaxpr:
        made: list[jaxpr.Jaxpr] = []
        for one in data:
            made.append(_decoded(one, made))
        return made[-1]


def _encoded(one: jaxpr.Jaxpr, numbers: dict[int, int]) -> list:
    if type(one) is not jaxpr.Jaxpr:
        raise TypeError(f"a {type(one).__name__} where a Jaxpr was expected")
    equations = []
    for primitive, operands, results, params in one.equations:
        plain = {k: v for k, v in params.items() if k != "jaxpr"}
        called = numbers[id(params["jaxpr"])] if "jaxpr" in params else None
        if not all(type(each) in PARAMS for each in plain.values()):
            raise TypeError(f"params of {primitive}: {plain}")
        atoms = [_atom(each) for each in operands]
        equations.append([primitive, atoms, [_atom(each) for each in results], plain, called])
    for _, array in one.constants:
        if type(array) is not np.ndarray:
            raise TypeError(f"a {type(array).__name__} where an array was expected")
    constants = [[_atom(var), array] for var, array in one.constants]
    ends = [[_atom(each) for each in atoms] for atoms in (one.arguments, one.results)]
    return [*ends, equations, constants]


def _atom(atom: jaxpr.Atom) -> list:
    of = ShapedArrayCodec().encode(atom.type)
    if type(atom) is jaxpr.Var:
        return ["var", atom.number, *of]
    if type(atom) is jaxpr.Literal:
        number = atom.value.item() if isinstance(atom.value, np.generic) else atom.value
        if type(number) not in NUMBERS:
            raise TypeError(f"the value of a Literal is a {type(number).__name__}, and no number")
        return ["literal", number, *of]
    raise TypeError(f"a {type(atom).__name__} where a Var or a Literal was expected")


def _read(data: list) -> Any:
    kind, what, *of = data
    if type(what) not in NUMBERS or (kind == "var" and type(what) is not int):
        raise ValueError("no variable, and no literal")
    made = {"var": jaxpr.Var, "literal": jaxpr.Literal}[kind]
    return made(what, ShapedArrayCodec().decode(of))


def _decoded(data: list, known: list[jaxpr.Jaxpr]) -> jaxpr.Jaxpr:
    arguments, results, equations, constants = data
    made = []
    for primitive, operands, given, plain, called in equations:
        if type(primitive) is not str or type(plain) is not dict:
            raise ValueError("no equation")
        params = plain if called is None else {**plain, "jaxpr": known[called]}
        atoms = tuple(map(_read, operands)), tuple(map(_read, given))
        made.append(jaxpr.Equation(primitive, *atoms, params))
    return jaxpr.Jaxpr(
        tuple(map(_read, arguments)),
        tuple(made),
        tuple(map(_read, results)),
        tuple((_read(var), array) for var, array in constants),
    )


class ComputationCodec(Codec):
    tag = "hlo computation"

    def encode(self, value: hlo.Computation) -> list:
        lines = []
        try:
            for name, each in value.instructions.items():
                if type(each) is not hlo.Instruction or each.name != name:
                    raise ValueError(f"{name!r} is not the name of the instruction behind it")
                single = type(each.shape) is hlo.Shape
                shapes = [_plain(shape, name) for shape in ([each.shape] if single else each.shape)]
                attributes = dict(each.attributes)
                line = [name, each.opcode, single, shapes, list(each.operands), attributes]
                lines.append([*line, each.literal])
            _look_at(value.name, value.root, lines)
        except (AttributeError, TypeError, ValueError) as error:
            raise Unsendable(f"a computation of HLO that is none: {error}") from None
        return [value.name, value.root, lines]

    def decode(self, data: list) -> hlo.Computation:
        name, root, lines = data
        _look_at(name, root, lines)
        made: dict[str, hlo.Instruction] = {}
        for own, opcode, single, shapes, operands, attributes, literal in lines:
            shape = tuple(_shape(*each) for each in shapes)
            whole = shape[0] if single else shape
            made[own] = hlo.Instruction(own, opcode, whole, tuple(operands), attributes, literal)
        return hlo.Computation(name, made, root)


def _look_at(name: str, root: str, lines: list) -> None:
    """ValueError unless it is a computation of instructions of one line each, in order: whoever
    prints them prints no more of them. TypeError."""
    before: set[str] = set()
    size = 0
    for own, opcode, _, _, operands, attributes, literal in lines:
        texts = [opcode, literal, *operands, *attributes, *attributes.values()]
        for text in texts:
            if type(text) is not str:
                raise TypeError(f"{own} has a {type(text).__name__} where a text was expected")
            size += len(text)
            if not (text.isascii() and text.isprintable()):
                raise ValueError(f"{own} has a text that is no line of ASCII: {text[:40]!r}")
        _look_at_name(own)
        if own in before:
            raise ValueError(f"{own} is there twice")
        for operand in operands:
            if operand not in before:
                raise ValueError(f"{own} uses {operand}, which nothing before it defines")
        before.add(own)
    _look_at_name(name)
    if root not in before:
        raise ValueError(f"the root {root!r} is not there")
    if size > MAX_TEXT:
        raise ValueError(f"its instructions have {size:,} characters, more than {MAX_TEXT:,}")


def _look_at_name(name: Any) -> None:
    if type(name) is not str:
        raise TypeError(f"a name is a {type(name).__name__}, and no text")
    if not hlo_text.is_name(name):
        raise ValueError(f"{name[:60]!r} is no name: {hlo_text.NAMES}")


def _plain(shape: Any, whose: str) -> list:
    if type(shape) is not hlo.Shape:
        raise TypeError(f"the shape of {whose} is a {type(shape).__name__}")
    found = [shape.dtype, _extents(shape.dimensions, whose), shape.layout]
    _shape(*found)
    return found


def _shape(dtype: str, dimensions: Any, layout: str) -> hlo.Shape:
    if dtype not in hlo.BYTES or type(layout) is not str:
        raise ValueError(f"no shape: {dtype!r}")
    if layout and not hlo_text.is_layout(layout):
        raise ValueError(f"no layout: {layout[:40]!r}")
    if any(type(n) is not int or n < 0 for n in dimensions):
        raise ValueError("no extents")
    return hlo.Shape(dtype, tuple(dimensions), layout)


class ModuleCodec(Codec):
    tag = "hlo module"

    def encode(self, value: hlo.Module) -> list:
        try:
            _look_at_name(value.name)
            for name, each in value.computations.items():
                if type(each) is not hlo.Computation or each.name != name:
                    raise ValueError(f"{name!r} is not the name of the computation behind it")
            if value.entry_name not in value.computations:
                raise ValueError(f"there is no computation {value.entry_name!r}")
        except (TypeError, ValueError) as error:
            raise Unsendable(f"a module of HLO that is none: {error}") from None
        return [value.name, value.entry_name, list(value.computations.values())]

    def decode(self, data: list) -> hlo.Module:
        name, entry, computations = data
        if any(type(each) is not hlo.Computation for each in computations):
            raise ValueError("a computation that is none")
        made = {each.name: each for each in computations}
        _look_at_name(name)
        if entry not in made or len(made) < len(computations):
            raise ValueError("a module without its entry, or with two computations of one name")
        return hlo.Module(name, made, entry)
