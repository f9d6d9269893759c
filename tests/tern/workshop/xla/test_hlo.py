"""HLO as data: reading, printing, and what is wrong with a text."""

from __future__ import annotations

import random

import pytest

from tern.workshop.xla import HloError, Shape, random_graph, random_slices, read_module
from tern.workshop.xla.hlo import WindowDimension, window
from tern.workshop.xla.hlo_text import read_instruction

# As `compiled.as_text()` prints it: names with %, layouts, metadata, shapes of operands.
COMPILED = """HloModule jit_f, is_scheduled=true, layout={(f32[8,4]{1,0})->(f32[8]{0})}

FileNames
1 "/home/me/f.py"

StackFrames
1 {file_location_id=1 parent_frame_id=1}


%add (a: f32[], b: f32[]) -> f32[] {
  %a = f32[] parameter(0), metadata={op_name="a, b"}
  %b = f32[] parameter(1)
  ROOT %sum.1 = f32[] add(f32[] %a, f32[] %b)
}

ENTRY %main.3 (x.1: f32[8,4]) -> (f32[8], f32[4,8]) {
  %x.1 = f32[8,4]{1,0} parameter(0), metadata={op_name="x[\\"(\\"]"}
  %zero = f32[] constant(0)
  %t = f32[4,8]{0,1} transpose(%x.1), dimensions={1,0}
  %r = f32[8]{0} reduce(%x.1, %zero), dimensions={1}, to_apply=%add, /*at=5*/ backend_config={"a":1}
  ROOT %both = (f32[8]{0}, f32[4,8]{0,1}) tuple(%r, %t)
}
"""


def test_what_a_compiled_function_prints() -> None:
    module = read_module(COMPILED)
    assert module.name == "jit_f" and module.entry_name == "main.3"
    entry = module.entry
    assert entry.root == "both" and list(entry.instructions) == ["x.1", "zero", "t", "r", "both"]
    assert entry["r"].attributes == {"dimensions": "{1}", "to_apply": "add"}
    assert entry["r"].operands == ("x.1", "zero") and entry["r"].numbers("dimensions") == (1,)
    assert entry["x.1"].shape == Shape("f32", (8, 4))
    assert entry["t"].array.minor_to_major == (0, 1) and entry["x.1"].array.layout == ""
    assert entry["zero"].literal == "0" and entry["both"].bytes == 32 + 128
    assert module.computations["add"]["sum.1"].operands == ("a", "b")
    assert entry.users()["x.1"] == ["t", "r"]


@pytest.mark.parametrize("make", [random_graph, random_slices])
@pytest.mark.parametrize("number", range(10))
def test_what_is_printed_reads_back(make, number: int) -> None:
    seed = random.randrange(1 << 30)  # an unseen one each time; a failure shows it
    module = make(random.Random(seed), 25)
    again = read_module(str(module))
    assert again == module and str(again) == str(module)


@pytest.mark.parametrize(
    "line, message",
    [
        ("b = f32[2] negate(x)", "b uses x, which nothing before it defines"),
        ("a = f32[2] parameter(1)", "a is defined twice"),
        ("b = f32[2 negate(a)", "expected a shape such as f32"),
        ("b = f99[2] negate(a)", "expected a shape such as f32"),
        ("b = f32[2] negate(a", "a bracket is not closed"),
        ("b = f32[2] (a)", "b has no opcode"),
        ("b f32[2] negate(a)", "expected `name = shape"),
        ("st\u00fcck = f32[2] negate(a)", "'st\u00fcck' is no name: a name is a letter or _"),
        ("a[0:1] = f32[2] negate(a)", r"'a[0:1]' is no name"),
        ("b = f32[\u0662] negate(a)", "expected a shape such as f32"),
        ("b = f32[1 2] negate(a)", "invalid literal for int"),
        ("b = ((f32[2]), f32[2]) negate(a)", "a tuple inside of a tuple"),
    ],
)
def test_errors_say_the_line(line: str, message: str) -> None:
    text = f"HloModule m\nENTRY e {{\n  a = f32[2] parameter(0)\n  {line}\n}}\n"
    with pytest.raises(HloError) as caught:
        read_module(text)
    assert str(caught.value).startswith(f"line 4: {message}")


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "expected HloModule"),
        ("HloModule m\nf {\n  a = f32[] parameter(0)\n}\n", "no ENTRY"),
        ("HloModule m\nENTRY f {\n  a = f32[] parameter(0)\n", "ends inside of f"),
        ("HloModule m\nENTRY f {\n}\n", "f has no instructions"),
    ],
)
def test_texts_that_are_no_modules(text: str, message: str) -> None:
    with pytest.raises(HloError, match=message):
        read_module(text)


@pytest.mark.parametrize(
    "line",
    [
        "a (" + ") -> " * 200_000,
        "a " + "(" * 300_000,
        "ROOT " * 100_000 + "{",
        "a" * 500_000 + " = x",
        "b = " + "(" * 500_000 + "f32[2]",
        "b = f32[2] negate(a) " + "/*/" * 200_000,
        "HloModule " * 100_000,
        "HloModule" + " " * 500_000 + "1",
        "b = f32[" + " " * 500_000 + "x",
    ],
    ids=lambda line: line[:16],
)
@pytest.mark.parametrize(
    "text", ["HloModule m\nLINE\n", "HloModule m\nENTRY e {\n LINE\n}\n", "LINE"]
)
def test_no_line_keeps_anybody_busy(text: str, line: str) -> None:
    """A pattern that is quadratic would take hours."""
    with pytest.raises(HloError):
        read_module(text.replace("LINE", line))


def test_comments() -> None:
    text = "HloModule m\nENTRY e { /* e */\n  a = /*/ f32[3] */ f32[2] /**/ parameter(/*0*/0)\n}\n"
    assert str(read_module(text).entry["a"]) == "a = f32[2] parameter(0)"


def test_the_root_may_stand_anywhere() -> None:
    text = "HloModule m\nENTRY e {\n  a = f32[] parameter(0)\n  ROOT b = f32[] negate(a)\n"
    module = read_module(f"{text}  c = f32[] negate(b)\n}}\n")
    assert module.entry.root == "b" and read_module(str(module)) == module
    last = read_module(f"{text}  c = f32[] negate(b)\n}}\n".replace("ROOT ", ""))
    assert last.entry.root == "c"  # as XLA reads it


def test_windows() -> None:
    moves = "size=3x2 stride=2x1 pad=1_0x-1_2 rhs_dilate=1x3"
    line = f"c = f32[2,4,3,5] convolution(x, w), window={{{moves}}}"
    made, _ = read_instruction(line)
    assert window(made) == [
        WindowDimension(3, 2, 1, 0, 1, 1),
        WindowDimension(2, 1, -1, 2, 1, 3),
    ]
