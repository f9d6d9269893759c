"""Transposing back and forth is nothing: the pattern in MLIR, by Python and PDL, and in xDSL."""

from __future__ import annotations

from typing import Any

PDL = """
module @patterns {
  pdl.pattern @transpose_twice : benefit(2) {
    %type = pdl.type
    %between = pdl.type
    %x = pdl.operand
    %out = pdl.operand
    %other = pdl.operand
    %swapped = pdl.attribute = array<i64: 1, 0>
    %inner = pdl.operation "linalg.transpose"(%x, %out : !pdl.value, !pdl.value)
      {"permutation" = %swapped} -> (%between : !pdl.type)
    %once = pdl.result 0 of %inner
    %outer = pdl.operation "linalg.transpose"(%once, %other : !pdl.value, !pdl.value)
      {"permutation" = %swapped} -> (%type : !pdl.type)
    pdl.rewrite %outer {
      pdl.replace %outer with (%x : !pdl.value)
    }
  }
}
"""
"""The pattern as data: operations of the dialect pdl, which MLIR compiles to a matcher."""


def transpose_twice(op: Any, rewriter: Any) -> bool:
    """The pattern as a function of MLIR's objects. It is true if it does NOT match."""
    inner = op.operands[0].owner
    if not hasattr(inner, "name") or inner.name != "linalg.transpose":
        return True
    first, second = (list(each.attributes["permutation"]) for each in (inner, op))
    if [first[axis] for axis in second] != list(range(len(first))):
        return True
    rewriter.replace_op(op, [inner.operands[0]])
    return False


def by_python(text: str) -> str:
    """A module's text after the pattern in Python, greedily."""
    from torch_mlir.rewrite import RewritePatternSet, apply_patterns_and_fold_greedily

    from tern.targets.mlir.package import context, parsed

    with context():
        module = parsed(text)
        patterns = RewritePatternSet()
        patterns.add("linalg.transpose", transpose_twice)
        apply_patterns_and_fold_greedily(module, patterns.freeze())
        return str(module)


def by_pdl(text: str) -> str:
    """A module's text after the pattern in PDL, greedily."""
    from torch_mlir.rewrite import PDLModule, apply_patterns_and_fold_greedily

    from tern.targets.mlir.package import context, parsed

    with context():
        module, rules = parsed(text), parsed(PDL)  # nobody else keeps the rules
        apply_patterns_and_fold_greedily(module, PDLModule(rules).freeze())
        return str(module)


def by_xdsl(text: str) -> str:
    """A module's text after the pattern in xDSL, greedily."""
    from xdsl.context import Context
    from xdsl.dialects import get_all_dialects
    from xdsl.dialects.linalg.ops import TransposeOp
    from xdsl.parser import Parser
    from xdsl.pattern_rewriter import PatternRewriter, PatternRewriteWalker, RewritePattern

    class TransposeTwice(RewritePattern):
        def match_and_rewrite(self, op: Any, rewriter: PatternRewriter) -> None:
            if not isinstance(op, TransposeOp):
                return
            inner = op.operands[0].owner
            if not isinstance(inner, TransposeOp):
                return
            first, second = (each.permutation.get_values() for each in (inner, op))
            if [first[axis] for axis in second] == list(range(len(first))):
                rewriter.replace(op, [], [inner.operands[0]])

    known = Context()
    for name, make in get_all_dialects().items():
        known.register_dialect(name, make)
    module = Parser(known, text).parse_module()
    PatternRewriteWalker(TransposeTwice()).rewrite_module(module)
    return str(module)


TWICE = """
func.func @f(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = tensor.empty() : tensor<8x4xf32>
  %1 = linalg.transpose ins(%x : tensor<4x8xf32>) outs(%0 : tensor<8x4xf32>) permutation = [1, 0]
  %2 = tensor.empty() : tensor<4x8xf32>
  %3 = linalg.transpose ins(%1 : tensor<8x4xf32>) outs(%2 : tensor<4x8xf32>) permutation = [1, 0]
  return %3 : tensor<4x8xf32>
}
"""
