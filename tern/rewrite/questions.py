"""What a rule asks of an operation, question by question: the matcher's alphabet."""

from __future__ import annotations

import functools
from collections.abc import Hashable
from typing import Any, NamedTuple

from tern.ir import Operation, OpResult, Value
from tern.ir.dialects.forms import element_of
from tern.numbers import width_of, wrap_to
from tern.rewrite.folding import number_of
from tern.rewrite.terms import MAIN, WORDS, Apply, Number, Term, Variable, subterms
from tern.types import FloatType, Type, own_spelling

Path = tuple[int, ...]
"""The numbers of the operands that lead from an operation to a value: () is the operation."""


class Test(NamedTuple):
    """The answer that a rule wants to a question about what is at a path: `ask` gives answers."""

    path: Path
    question: Hashable
    answer: Hashable


def value_at(op: Operation, path: Path) -> Value:
    """What is at a path: an operand of …, or, at (), the operation's result."""
    if not path:
        return op.result
    for step in path[:-1]:
        op = op.operands[step].op
    return op.operands[path[-1]]


def ask(op: Operation, path: Path, question: Hashable) -> Hashable:
    """Answer a question about what is at a path, which leads through operations that are there.

    "name": the name of the operation that computes it; "" if there is none.
    "arity": how many operands that one has.
    "main": its attribute that a rule writes in brackets.
    "element": its element type.
    "constant": whether it is a constant: one number, for a tensor in all elements.
    "number": the text of this number; "" if there is none.
    "ones", "least", "greatest": whether that is the integer of this word in its type.
    ("same", path): whether it is the same value as that one, or the same number.
    ("rest", path): whether the operands from there on are the same as those from that one on.
    ("type", path), ("main", path): whether it has the same type, or attribute in brackets.
    """
    if question == "name" and not path:
        return op.name
    if isinstance(question, tuple) and question[0] == "rest":
        return _rest(op, path) == _rest(op, question[1])
    value = value_at(op, path)
    if question == "name":
        return value.op.name if isinstance(value, OpResult) else ""
    if question == "arity":
        return len(value.op.operands) if isinstance(value, OpResult) else 0
    if question == "main":
        return value.op.attributes[MAIN[value.op.name]]
    if question == "element":
        return own_spelling(element_of(value.type))
    if isinstance(question, tuple):
        other = value_at(op, question[1])
        if question[0] == "main":
            return ask(op, path, "main") == ask(op, question[1], "main")
        return value.type == other.type and (question[0] == "type" or _same(value, other))
    number = number_of(value)
    if question == "constant":
        return number is not None
    if question == "number":
        return "" if number is None else number_text(number)
    return number is not None and _is(number, question, element_of(value.type))


def _rest(op: Operation, path: Path) -> list[Value]:
    owner = value_at(op, path[:-1]).op if len(path) > 1 else op
    return owner.operands[path[len(path) - 1] :]


def _same(value: Value, other: Value) -> bool:
    """The same value, or constants of the same number."""
    if value is other:
        return True
    number, another = number_of(value), number_of(other)
    return number is not None and another is not None and repr(number) == repr(another)


def number_text(number: Any) -> str:
    """As a rule spells it: an integer, true and false as 1 and 0, a float with a point."""
    return repr(number) if isinstance(number, float) else str(int(number))


def _is(number: Any, word: Hashable, type: Type) -> bool:
    """Whether a number is that of a word in its type."""
    return not isinstance(type, FloatType) and int(number) == int(spelled(str(word), type))


def spelled(text: str, type: Type) -> Any:
    """The number of a type that a rule's text spells."""
    element = element_of(type)
    if isinstance(element, FloatType):
        return float(text)
    bits = {"ones": -1, "least": 1 << width_of(element) - 1, "true": 1, "false": 0}
    bits["greatest"] = bits["least"] - 1
    return wrap_to(bits[text] if text in bits else int(text), element)


@functools.cache
def tests_of(term: Apply) -> tuple[Test, ...]:
    """What a rule asks, each question after those that it depends on: first about the operation
    itself, then about each operand and what is behind it, and at last where two must be equal."""
    tests: list[Test] = []
    equal: list[Test] = []
    first: dict[str, Path] = {}
    for path, each in subterms(term):
        if isinstance(each, Apply):
            tests += _asked_of_operation(path, each, equal, first)
        elif isinstance(each, Number):
            tests += _asked_of_number(path, each)
        elif each.is_rest:
            if each.name != "_..." and first.setdefault(each.name, path) != path:
                equal.append(Test(path, ("rest", first[each.name]), True))
        else:
            if each.is_constant:
                tests.append(Test(path, "constant", True))
            if each.name != "_" and first.setdefault(each.name, path) != path:
                equal.append(Test(path, ("same", first[each.name]), True))
        if each.type and each.type[0].isupper():
            if first.setdefault(f":{each.type}", path) != path:
                equal.append(Test(path, ("type", first[f":{each.type}"]), True))
        elif each.type:
            tests.append(Test(path, "element", each.type))
    return (*tests, *equal)


def _asked_of_operation(
    path: Path, term: Apply, equal: list[Test], first: dict[str, Path]
) -> list[Test]:
    tests = [Test(path, "name", term.op)]
    rest = any(isinstance(arg, Variable) and arg.is_rest for arg in term.args)
    if term.op.startswith("tensor.") and not rest:
        tests.append(Test(path, "arity", len(term.args)))
    if isinstance(term.attribute, str) and term.attribute != "_":
        if MAIN[term.op] == "predicate" and term.attribute in WORDS:
            tests.append(Test(path, "main", term.attribute))
        elif first.setdefault(f"[{term.attribute}]", path) != path:
            equal.append(Test(path, ("main", first[f"[{term.attribute}]"]), True))
    return tests


def _asked_of_number(path: Path, term: Number) -> list[Test]:
    if term.text in ("ones", "least", "greatest"):
        return [Test(path, term.text, True)]
    if term.text in ("true", "false"):
        return [Test(path, "element", "i1"), Test(path, "number", str(int(term.text == "true")))]
    return [Test(path, "number", term.text)]


def bindings(term: Term, op: Operation) -> dict[str, Any]:
    """What a rule's names stand for where it matches: values, tuples of values (`s...`), attributes
    (`[p]`), and types (`:T`). The numbers it names are there, too, by their text."""
    found: dict[str, Any] = {}
    for path, each in subterms(term):
        if isinstance(each, Variable) and each.is_rest:
            found[each.name] = tuple(_rest(op, path))
            continue
        value = value_at(op, path)
        if isinstance(each, Apply):
            if isinstance(each.attribute, str):
                found[f"[{each.attribute}]"] = value.op.attributes[MAIN[each.op]]
        else:
            found[each.name if isinstance(each, Variable) else f"={each.text}"] = value
        if each.type:
            found[f":{each.type}"] = value.type
    return found
