"""What goes wrong in MLIR: patterns without end, and a conversion that fails halfway."""

from __future__ import annotations

from typing import Any


def ping_pong(driver: Any) -> tuple[int, str]:
    """x + x as 2 * x and 2 * x as x + x, by a driver of torch_mlir.rewrite:
    how many rewrites, and what it says."""
    from torch_mlir import ir, rewrite
    from torch_mlir.dialects import arith

    from tern.targets.mlir.package import context, parsed

    fired = []

    def sum_is_product(op: Any, rewriter: Any) -> bool:
        if op.operands[0] != op.operands[1]:
            return True  # no match
        fired.append("sum-is-product")
        with rewriter.ip:
            two = arith.constant(op.results[0].type, 2)
            rewriter.replace_op(op, arith.muli(op.operands[0], two).owner)
        return False

    def product_is_sum(op: Any, rewriter: Any) -> bool:
        if op.operands[1].owner.attributes["value"].value != 2:
            return True
        fired.append("product-is-sum")
        with rewriter.ip:
            rewriter.replace_op(op, arith.addi(op.operands[0], op.operands[0]).owner)
        return False

    with context(), ir.Location.unknown():
        doubled = parsed(
            "func.func @f(%a: i32) -> i32 { %0 = arith.addi %a, %a : i32 return %0 : i32 }"
        )
        both = rewrite.RewritePatternSet()
        both.add("arith.addi", sum_is_product)
        both.add("arith.muli", product_is_sum)
        try:
            driver(doubled, both.freeze())
        except RuntimeError as error:
            return len(fired), str(error)
    return len(fired), ""


def as_i64(type: Any) -> Any:
    """The type converter: index becomes i64. (A converter keeps no reference to it.)"""
    from torch_mlir import ir

    return ir.IntegerType.get_signless(64) if isinstance(type, ir.IndexType) else type


def half_converted() -> tuple[list[str], str, str]:
    """A sum and a product of indices, converted to the dialect llvm by patterns, but nobody says
    how to cast: what the patterns saw, the error, and the module that is left."""
    from torch_mlir import ir, rewrite

    from tern.targets.mlir.package import context, parsed

    seen, why = list[str](), ""

    def to_llvm(name: str) -> Any:
        def convert(op: Any, adaptor: Any, converter: Any, rewriter: Any) -> None:
            old, new = (each.operands[0].owner for each in (op, adaptor))
            if isinstance(old, ir.OpView):
                seen.append(f"op sees {old.operation.name}, the adaptor {new.name}")
            with rewriter.ip:
                operands = list(adaptor.operands)
                made = ir.Operation.create(name, [operands[0].type], operands)
            rewriter.replace_op(op, made)

        return convert

    with context() as here, ir.Location.unknown():
        module = parsed(INDICES)
        types, patterns = rewrite.TypeConverter(), rewrite.RewritePatternSet()
        types.add_conversion(as_i64)
        to_mul, to_add = to_llvm("llvm.mul"), to_llvm("llvm.add")
        patterns.add_conversion("index.mul", to_mul, types)
        patterns.add_conversion("index.add", to_add, types)
        target = rewrite.ConversionTarget(here)
        target.add_illegal_dialect("index")
        target.add_legal_dialect("llvm")
        try:
            rewrite.apply_partial_conversion(module.operation, target, patterns.freeze())
        except ir.MLIRError as error:
            why = str(error).splitlines()[1]
        return seen, why, str(module)


INDICES = """
func.func @f(%a: index, %b: index) -> index {
  %0 = index.mul %a, %b
  %1 = index.add %0, %b
  return %1 : index
}"""


def negated_sum(*order: str) -> str:
    """-%a + -%b with the operands of the sum in this order, as MLIR: a negation is a product."""
    return f"""func.func @f(%a: i32, %b: i32) -> i32 {{
  %minus = arith.constant -1 : i32
  %x = arith.muli %a, %minus : i32
  %y = arith.muli %b, %minus : i32
  %z = arith.addi {order[0]}, {order[1]} : i32
  return %z : i32
}}"""


FLOATS = """func.func @f(%x: f32) -> (f32, f32, f32, f32, f32) {
  %zero = arith.constant 0.0 : f32
  %minus = arith.constant -0.0 : f32
  %one = arith.constant 1.0 : f32
  %a = arith.addf %x, %zero : f32
  %b = arith.addf %x, %minus : f32
  %c = arith.mulf %x, %one : f32
  %d = arith.mulf %x, %zero : f32
  %e = arith.subf %x, %x : f32
  return %a, %b, %c, %d, %e : f32, f32, f32, f32, f32
}"""
"""Three rules that are false for floats, and two that are true."""
