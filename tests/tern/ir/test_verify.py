import pytest
from hypothesis import given

import tern
from tern.ir import Operation, VerifyError, parse, verify, violations
from tern.ir.strategies import broken_functions, functions


def first_function(text) -> Operation:
    return parse(text).body.blocks[0].operations[0]


def rules(text) -> list[tuple]:
    return [(v.rule, v.block, v.op) for v in violations(first_function(text))]


BROKEN = {
    "an empty block": (
        "func.func @f() {\n  cf.br ^bb1\n^bb1:\n}",
        [("empty-block", 1, 0)],
    ),
    "no terminator": (
        "func.func @f() {\n  %0 = arith.constant 1 : i32\n}",
        [("terminator", 0, 0)],
    ),
    "a terminator before the end": (
        "func.func @f() {\n  return\n  %0 = arith.constant 1 : i32\n  return\n}",
        [("terminator", 0, 0)],
    ),
    "too many branch arguments": (
        "func.func @f(%a: i32) {\n  cf.br ^bb1(%a : i32)\n^bb1:\n  return\n}",
        [("branch-arguments", 0, 0)],
    ),
    "branch arguments of another type": (
        "func.func @f(%a: i32) {\n  cf.br ^bb1(%a : i32)\n^bb1(%b: f32):\n  return\n}",
        [("branch-arguments", 0, 0)],
    ),
    "a branch to the entry": (
        "func.func @f() {\n^bb0:\n  cf.br ^bb0\n}",
        [("entry-predecessor", 0, 0)],
    ),
    "a use before its definition": (
        "func.func @f() {\n  %0 = arith.addi %1, %1 : i32\n"
        "  %1 = arith.constant 1 : i32\n  return\n}",
        [("dominance", 0, 0), ("dominance", 0, 0)],
    ),
    "a use on another path": (
        "func.func @f(%c: i1) -> i32 {\n  cf.cond_br %c, ^bb1, ^bb2\n^bb1:\n"
        "  %0 = arith.constant 1 : i32\n  cf.br ^bb2\n^bb2:\n  return %0 : i32\n}",
        [("dominance", 2, 0)],
    ),
    "a branch argument that is not defined there": (
        "func.func @f(%c: i1) {\n  cf.cond_br %c, ^bb1, ^bb2(%0 : i32)\n^bb1:\n"
        "  %0 = arith.constant 1 : i32\n  cf.br ^bb2(%0 : i32)\n^bb2(%1: i32):\n  return\n}",
        [("dominance", 0, 0)],
    ),
    "a use in an unreachable block is exempt": (
        "func.func @f() {\n  return\n^bb1:\n  %0 = arith.addi %1, %1 : i32\n"
        "  %1 = arith.constant 1 : i32\n  return\n}",
        [],
    ),
    "a value from an unreachable block": (
        "func.func @f() -> i32 {\n  return %0 : i32\n^bb1:\n"
        "  %0 = arith.constant 1 : i32\n  cf.br ^bb1\n}",
        [("dominance", 0, 0)],
    ),
    "addf of integers": (
        "func.func @f(%a: i32) {\n  %0 = arith.addf %a, %a : i32\n  return\n}",
        [("types", 0, 0)],
    ),
    "operands of two types": (
        "func.func @f(%a: i32, %b: f32) {\n  %0 = arith.addi %a, %b : i32\n  return\n}",
        [("types", 0, 0)],
    ),
    "a comparison that is not i1": (
        'func.func @f(%a: i32) {\n  %0 = "arith.cmpi"(%a, %a) {predicate = "eq"} '
        ": (i32, i32) -> i32\n  return\n}",
        [("types", 0, 0)],
    ),
    "a condition that is not i1": (
        "func.func @f(%a: i32) {\n  cf.cond_br %a, ^bb1, ^bb1\n^bb1:\n  return\n}",
        [("types", 0, 0)],
    ),
    "an unknown operation": (
        'func.func @f() {\n  "my.own"() : () -> ()\n  return\n}',
        [("types", 0, 0)],
    ),
    "a return of another type": (
        "func.func @f(%a: i32) -> f32 {\n  return %a : i32\n}",
        [("return", 0, 0)],
    ),
    "a return of too little": (
        "func.func @f(%a: i32) -> (i32, i32) {\n  return %a : i32\n}",
        [("return", 0, 0)],
    ),
    "several at once, in the order of the text": (
        "func.func @f(%a: i32) -> f32 {\n  cf.br ^bb1\n^bb1:\n"
        "  %0 = arith.negf %1 : f32\n  %1 = arith.negf %a : f32\n  return\n^bb2:\n}",
        [("dominance", 1, 0), ("types", 1, 1), ("return", 1, 2), ("empty-block", 2, 0)],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_rules(name) -> None:
    text, expected = BROKEN[name]
    assert rules(text) == expected
    if expected:
        with pytest.raises(VerifyError):
            verify(first_function(text))
    else:
        verify(first_function(text))


@given(functions())
def test_valid_functions_have_no_violations(func) -> None:
    assert violations(func) == []
    verify(func)


@given(broken_functions())
def test_broken_functions_stay_broken_through_text(func) -> None:
    found = violations(func)
    assert found
    assert [v[:3] for v in violations(first_function(str(func)))] == [v[:3] for v in found]
    with pytest.raises(VerifyError):
        verify(func)


def nested(body) -> str:
    return f"""
func.func @f(%c: i1, %x: f32, %n: i32) {{
  %0 = arith.constant 1 : i32
  cf.br ^bb1
^bb1:
  {body}
  cf.br ^bb2
^bb2:
  %9 = arith.addi %0, %0 : i32
  return
}}
"""


NESTED = {
    "fine": (
        "%1 = scf.if %c -> (i32) {\n scf.yield %0 : i32\n } else {\n scf.yield %n : i32\n }",
        None,
    ),
    "a value defined further down": (
        "scf.if %c {\n %1 = arith.addi %2, %n : i32\n }\n %2 = arith.addi %n, %n : i32",
        "does not see",
    ),
    "a value of a later block": (
        "scf.if %c {\n %1 = arith.addi %9, %n : i32\n }",
        "does not see %1",
    ),
    "a yield of another type": (
        "%1 = scf.if %c -> (i32) {\n scf.yield %x : f32\n } else {\n scf.yield %n : i32\n }",
        "needs a yield of (i32), not (f32)",
    ),
    "types inside": (
        "scf.if %c {\n %1 = arith.addf %n, %n : i32\n }",
        "arith.addf is for a floating-point number",
    ),
    "a return inside": (
        "scf.if %c {\n return\n }",
        "must end in scf.yield",
    ),
    "a loop that counts in another type": (
        "scf.for %i = %n to %n step %n {\n }",
        "the block of scf.for",
    ),
}


@pytest.mark.parametrize("name", NESTED)
def test_nested_regions(name) -> None:
    body, message = NESTED[name]
    module = parse(nested(body))
    if message is None:
        verify(module)
    else:
        with pytest.raises(VerifyError) as error:
            verify(module)
        assert message in str(error.value)


def test_values_of_one_region_are_not_seen_in_another() -> None:
    func = first_function(
        nested(
            "scf.if %c {\n %1 = arith.addi %n, %n : i32\n } else {\n"
            " %2 = arith.addi %0, %n : i32\n }\n %3 = arith.addi %0, %n : i32"
        )
    )
    conditional, after = func.body.blocks[1].operations[:2]
    then, otherwise = [region.blocks[0].operations[0] for region in conditional.regions]
    verify(func)
    otherwise.operands[0] = then.result
    with pytest.raises(VerifyError, match="in scf.if does not see"):
        verify(func)
    otherwise.operands[0] = after.operands[0]
    after.operands[0] = then.result
    assert [v[:3] for v in violations(func)] == [("dominance", 1, 1)]


def test_modules_and_calls() -> None:
    with pytest.raises(VerifyError, match="defined twice"):
        verify(parse("func.func private @f()\nfunc.func private @f()"))
    with pytest.raises(VerifyError, match="@g, which does not exist"):
        verify(parse("func.func @f() {\n  call @g() : () -> ()\n  return\n}"))
    with pytest.raises(VerifyError, match=r"calls @g of type \(i32\) -> \(\)"):
        verify(
            parse(
                "func.func private @g(i32)\nfunc.func @f() {\n  call @g() : () -> ()\n  return\n}"
            )
        )
    with pytest.raises(VerifyError, match="outside of any function"):
        verify(parse("%0 = arith.constant 1 : i32"))
    with pytest.raises(VerifyError, match="neither"):
        verify(Operation("cf.br"))


def test_a_function_whose_entry_does_not_fit_its_type() -> None:
    func = first_function("func.func @f(%a: i32) {\n  return\n}")
    func.body.blocks[0].add_arg(tern.f32)
    with pytest.raises(VerifyError, match="entry block takes"):
        verify(func)
