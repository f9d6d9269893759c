"""Loops in which something undef is multiplied: what that may be is soon tried."""

from __future__ import annotations

import random


def undef_products(rng: random.Random) -> str:
    """A loop that ends with a product. If %a is undef, that's any number times the variable: what
    it may be is soon tried, and freezing too little gives more."""
    start, step = rng.choice([("0", "1"), ("0", "2"), ("2", "2"), ("4", "-2"), ("-2", "1")])
    return f"""define i8 @f(i8 %a) {{
entry:
  br label %loop
loop:
  %i = phi i8 [ {start}, %entry ], [ %next, %loop ]
  %n = phi i8 [ 0, %entry ], [ %left, %loop ]
  %x = mul i8 {rng.choice(["%i, %a", "%a, %i"])}
  %next = add i8 %i, {step}
  %left = add i8 %n, 1
  %more = icmp ult i8 %left, {rng.choice([3, 5])}
  br i1 %more, label %loop, label %end
end:
  ret i8 %x
}}
"""
