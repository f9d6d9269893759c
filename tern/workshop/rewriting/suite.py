"""Functions in which rules find something: how many operations does a set of patterns leave?"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from itertools import islice

from tern.ir import Operation, parse
from tern.rewrite import PatternLike, RewriteError, Rule, greedy, variants
from tern.rewrite.proofs import predicates_of, prove, write_left
from tern.rewrite.questions import spelled
from tern.rewrite.tensor_proofs import try_on_tensors
from tern.rewrite.terms import Apply, Variable, subterms
from tern.rewrite.typings import typings

_TEXT = """
//// neutral
func.func @f(%x: i32, %y: f32) -> (i32, f32) {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %unit = arith.constant 1.0 : f32
  %minus = arith.constant -0.0 : f32
  %0 = arith.addi %x, %zero : i32
  %1 = arith.muli %0, %one : i32
  %2 = arith.subi %1, %zero : i32
  %3 = arith.shli %2, %zero : i32
  %4 = arith.mulf %y, %unit : f32
  %5 = arith.addf %4, %minus : f32
  %6 = arith.divf %5, %unit : f32
  return %3, %6 : i32, f32
}
//// not neutral
func.func @f(%x: f32, %y: f32) -> (f32, f32, f32, f32) {
  %zero = arith.constant 0.0 : f32
  %0 = arith.addf %x, %zero : f32
  %1 = arith.mulf %x, %zero : f32
  %2 = arith.subf %x, %x : f32
  %3 = arith.divf %y, %y : f32
  return %0, %1, %2, %3 : f32, f32, f32, f32
}
//// itself
func.func @f(%x: i32, %y: i32) -> (i32, i32, i32) {
  %0 = arith.subi %x, %x : i32
  %1 = arith.addi %0, %y : i32
  %2 = arith.andi %1, %1 : i32
  %3 = arith.xori %x, %y : i32
  %4 = arith.xori %3, %y : i32
  %5 = arith.maxsi %4, %4 : i32
  %6 = arith.minsi %x, %y : i32
  %7 = arith.minsi %6, %y : i32
  return %2, %5, %7 : i32, i32, i32
}
//// constants meet
func.func @f(%x: i32, %y: i8) -> (i32, i8) {
  %two = arith.constant 2 : i32
  %three = arith.constant 3 : i32
  %mask = arith.constant 15 : i8
  %bit = arith.constant 4 : i8
  %0 = arith.addi %two, %x : i32
  %1 = arith.addi %0, %three : i32
  %2 = arith.muli %1, %two : i32
  %3 = arith.muli %2, %three : i32
  %4 = arith.andi %y, %mask : i8
  %5 = arith.andi %4, %bit : i8
  return %3, %5 : i32, i8
}
//// chosen
func.func @f(%c: i1, %x: i32, %y: i32) -> (i32, i1, i32) {
  %true = arith.constant true
  %false = arith.constant false
  %0 = arith.select %c, %x, %x : i32
  %1 = arith.select %c, %true, %false : i1
  %2 = arith.cmpi slt, %x, %y : i32
  %3 = arith.xori %2, %true : i1
  %4 = arith.select %3, %x, %y : i32
  %5 = arith.cmpi eq, %1, %true : i1
  return %0, %5, %4 : i32, i1, i32
}
//// back and forth
func.func @f(%x: i8, %y: f32, %z: f32) -> (i8, f32, f32) {
  %0 = arith.extsi %x : i8 to i32
  %1 = arith.extsi %0 : i32 to i64
  %2 = arith.trunci %1 : i64 to i8
  %3 = arith.negf %y : f32
  %4 = arith.negf %3 : f32
  %5 = arith.extf %4 : f32 to f64
  %6 = arith.truncf %5 : f64 to f32
  %7 = arith.negf %z : f32
  %8 = math.absf %7 : f32
  return %2, %6, %8 : i8, f32, f32
}
//// turned twice
func.func @f(%x: tensor<3x4x5xf32>) -> tensor<3x4x5xf32> {
  %0 = tensor.empty() : tensor<5x3x4xf32>
  %1 = linalg.transpose ins(%x : tensor<3x4x5xf32>) outs(%0 : tensor<5x3x4xf32>) permutation = [2, 0, 1]
  %2 = tensor.empty() : tensor<3x4x5xf32>
  %3 = linalg.transpose ins(%1 : tensor<5x3x4xf32>) outs(%2 : tensor<3x4x5xf32>) permutation = [1, 2, 0]
  return %3 : tensor<3x4x5xf32>
}
//// reshaped
func.func @f(%x: tensor<6x4xf32>) -> tensor<24xf32> {
  %0 = tensor.expand_shape %x [[0, 1], [2]] output_shape [2, 3, 4] : tensor<6x4xf32> into tensor<2x3x4xf32>
  %1 = tensor.collapse_shape %0 [[0, 1], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
  %2 = tensor.cast %1 : tensor<6x4xf32> to tensor<6x4xf32>
  %3 = tensor.collapse_shape %2 [[0, 1]] : tensor<6x4xf32> into tensor<24xf32>
  return %3 : tensor<24xf32>
}
//// all alike
func.func @f(%x: f32, %n: index) -> tensor<4x?xf32> {
  %0 = tensor.splat %x[%n] : tensor<?x4xf32>
  %1 = math.exp %0 : tensor<?x4xf32>
  %2 = tensor.empty(%n) : tensor<4x?xf32>
  %3 = linalg.transpose ins(%1 : tensor<?x4xf32>) outs(%2 : tensor<4x?xf32>) permutation = [1, 0]
  return %3 : tensor<4x?xf32>
}
//// spread
func.func @f(%x: tensor<4xf32>) -> tensor<2x3x4xf32> {
  %0 = tensor.empty() : tensor<3x4xf32>
  %1 = linalg.broadcast ins(%x : tensor<4xf32>) outs(%0 : tensor<3x4xf32>) dimensions = [0]
  %2 = tensor.empty() : tensor<2x3x4xf32>
  %3 = linalg.broadcast ins(%1 : tensor<3x4xf32>) outs(%2 : tensor<2x3x4xf32>) dimensions = [0]
  %one = arith.constant dense<1.0> : tensor<2x3x4xf32>
  %4 = arith.mulf %3, %one : tensor<2x3x4xf32>
  return %4 : tensor<2x3x4xf32>
}
"""  # noqa: E501

SUITE: dict[str, str] = {
    title.strip(): text
    for title, _, text in (part.partition("\n") for part in _TEXT.split("////")[1:])
}
"""The functions, each `f` of a module, by their titles."""


def program(title: str) -> Operation:
    """A fresh module of one of the functions."""
    return parse(SUITE[title])


def left(module: Operation, patterns: Iterable[PatternLike] = ()) -> int:
    """How many operations a module has once it is rewritten by the patterns, in place. Constants,
    empty tensors, and what a function returns by are free."""
    greedy(module, patterns)
    free = ("arith.constant", "tensor.empty", "func.return", "func.func", "builtin.module")
    return sum(op.name not in free for op in module.walk())


def varied(title: str, chance: random.Random) -> Operation:
    """The program with other types in the places of f32, i32, and, where it extends none, i8."""
    names = {"f32": chance.choice(("f32", "f16", "bf16"))}
    if "extsi" not in SUITE[title]:
        names |= {each: chance.choice(("i8", "i32", "i64")) for each in ("i8", "i32")}
    return parse(re.sub(r"\b(f32|i32|i8)\b", lambda m: names.get(m[1], m[1]), SUITE[title]))


def left_of_all(rules: Iterable[Rule], chance: random.Random) -> int:
    """How many operations of the whole suite, in other types each time, rules leave, in all orders
    of commutative operands.

    RewriteError if they don't end.
    """
    orders = [variant for each in rules for variant in variants(each)]
    return sum(left(varied(title, chance), orders) for title in SUITE)


def wrong_with(each: Rule, seed: int) -> str:
    """What is wrong with a rule, or empty: for numbers a counterexample of `prove`'s, for tensors
    one of `try_on_tensors`; or that there was nothing to try it on."""
    if any(isinstance(t, Apply) and t.op.startswith(OF_TENSORS) for _, t in subterms(each.left)):
        tried, problem = try_on_tensors(each, seed, 150)
        return problem or ("" if tried else f"{each.name}: nothing was found that it applies to")
    proof = prove(each, seed)
    if proof.counterexample is not None:
        return str(proof.counterexample)
    return "" if proof.tuples else f"{each.name}: nothing was found that it applies to"


OF_TENSORS = ("tensor.", "linalg.")


def without_end(rules: Sequence[Rule]) -> str:
    """Which rule goes on without end, in one line; empty if none does. Tried on the left side of
    each rule about numbers, in all orders of the operands of commutative operations."""
    orders = [variant for each in rules for variant in variants(each)]
    for each in rules:
        found = each.left
        if any(isinstance(t, Apply) and t.op.startswith(OF_TENSORS) for _, t in subterms(found)):
            continue
        for types in islice(typings(found), 3):
            constants = {
                term.name: spelled("1", types[path])
                for path, term in subterms(found)
                if isinstance(term, Variable) and term.is_constant
            }
            module = write_left(found, types, predicates_of(found)[0], constants)
            try:
                greedy(module, orders)
            except RewriteError as error:
                return f"{each.name}: {error}"
    return ""
