"""What passes that turn multiplications into sums made of one function: right ones, and broken."""

from __future__ import annotations

import random
import re

RIGHT = """\
define void @fill(ptr %p, i64 %n) {
entry:
  br label %loop

loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %x = phi i64 [ 0, %entry ], [ %x.next, %loop ]
  %q = getelementptr i64, ptr %p, i64 %i
  store i64 %x, ptr %q
  %next = add nuw nsw i64 %i, 1
  %x.next = add i64 %x, 12
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %end

end:
  %last = mul i64 %n, 12
  %r = getelementptr i64, ptr %p, i64 %n
  store i64 %last, ptr %r
  ret void
}
"""


def _changed(*changes: tuple[str, str]) -> str:
    text = RIGHT
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


_X_NEXT = "  %x.next = add i64 %x, 12\n"
_NEXT = "  %next = add nuw nsw i64 %i, 1\n"

VARIANTS = {
    "the pass's own output": RIGHT,
    "the same, with independent instructions in another order": _changed(
        (_X_NEXT, ""),
        (_NEXT, ""),
        ("  %q = ", f"{_X_NEXT}{_NEXT}  %q = "),
        ("  %last = mul i64 %n, 12\n", ""),
        ("  store i64 %last", "  %last = mul i64 %n, 12\n  store i64 %last"),
    ),
    "the same, with attributes": _changed(
        (
            "define void @fill(ptr %p, i64 %n) {",
            "define dso_local void @fill(ptr captures(none) writeonly %p, i64 noundef %n) "
            "local_unnamed_addr #0 {",
        ),
        ("store i64 %x, ptr %q", "store i64 %x, ptr %q, align 8"),
        ("store i64 %last, ptr %r", "store i64 %last, ptr %r, align 8"),
        ("%q = getelementptr i64", "%q = getelementptr inbounds i64"),
    )
    + "\nattributes #0 = { nounwind }\n",
}

BUGS = {
    "leaves the multiplication in the loop": _changed(
        ("  %x = phi i64 [ 0, %entry ], [ %x.next, %loop ]\n", "  %x = mul i64 %i, 12\n"),
        (_X_NEXT, ""),
    ),
    "starts with 12 instead of 0": _changed(("%x = phi i64 [ 0,", "%x = phi i64 [ 12,")),
    "adds 1 each time instead of 12": _changed(("add i64 %x, 12", "add i64 %x, 1")),
    "promises that the sum does not wrap, which nobody knows": _changed(
        ("add i64 %x, 12", "add nsw i64 %x, 12")
    ),
    "takes the loop's last sum for the product behind it, which for n = 0 is another": _changed(
        ("  %last = mul i64 %n, 12\n", ""), ("store i64 %last", "store i64 %x.next")
    ),
}

MORE_BUGS = {
    "stores the next sum": _changed(
        (_X_NEXT, ""), ("  %q = ", f"{_X_NEXT}  %q = "), ("store i64 %x,", "store i64 %x.next,")
    ),
    "adds to the induction variable": _changed(("add i64 %x, 12", "add i64 %i, 12")),
    "adds 120": _changed(("add i64 %x, 12", "add i64 %x, 120")),
    "subtracts": _changed(("add i64 %x, 12", "sub i64 %x, 12")),
    "hands the same number on to each iteration": _changed(("[ %x.next, %loop ]", "[ %x, %loop ]")),
    "makes the induction variable go by 12": _changed(
        ("add nuw nsw i64 %i, 1\n", "add nuw nsw i64 %i, 12\n")
    ),
    "makes the sum the subscript": _changed(("ptr %p, i64 %i", "ptr %p, i64 %x")),
    "asks of the sum whether the loop goes on": _changed(
        ("icmp ult i64 %next", "icmp ult i64 %x.next")
    ),
    "loses the store": _changed(("  store i64 %x, ptr %q\n", "")),
    "stores the induction variable": _changed(("store i64 %x,", "store i64 %i,")),
    "makes a shift and a sum of it, in the loop": _changed(
        ("  %q = ", "  %y = shl i64 %i, 3\n  %q = ")
    ),
    "turns the branch around": _changed(("label %loop, label %end", "label %end, label %loop")),
}


def renamed(text: str, rng: random.Random) -> str:
    """The text with other names for its values and blocks, as another version might give them."""
    names = list(dict.fromkeys(re.findall(r"%([\w.]+)", text)))
    words = ["bb", "t", "iv", "lsr.iv", "sum", "v", "x", "i", "loop", "entry", "a.b"]
    numbers = rng.sample(range(1, 300), len(names))
    made = {name: f"{rng.choice(words)}{number}" for name, number in zip(names, numbers)}
    text = re.sub(r"%([\w.]+)", lambda found: f"%{made[found[1]]}", text)
    label = re.compile(r"^([\w.]+):", re.MULTILINE)
    return label.sub(lambda found: f"{made.get(found[1], found[1])}:", text)
