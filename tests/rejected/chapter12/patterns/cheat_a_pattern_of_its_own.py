# fails: tests
# says: is not plain data|expected a rule|is a function
# What only a function can do can't be proved, and doesn't cross.
def peepholes() -> list:
    def instead(op: Operation, rewriter: Rewriter) -> bool:
        if not op.operands or [op.operands[0].type] != [each.type for each in op.results]:
            return False
        rewriter.replace(op, [op.operands[0]])
        return True

    return [tern.rewrite.Pattern("gone", f"arith.{n}", instead) for n in ("addf", "mulf", "subf")]
