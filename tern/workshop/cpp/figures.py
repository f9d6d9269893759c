"""The figures of the lesson on C++: a line of text each, where nothing compiles."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from html import escape
from typing import ParamSpec

from tern.draw.cells import Rows, cells
from tern.draw.listing import code, side_by_side
from tern.draw.picture import Picture, picture
from tern.targets.cpp.build import CompilerError
from tern.workshop.cpp import programs
from tern.workshop.cpp.layouts import Layout, layout_figure, layouts
from tern.workshop.cpp.trace import LIST, NODE, POINTER, SMALL_VEC, USE, VALUE, trace

Arguments = ParamSpec("Arguments")


def compiled(figure: Callable[Arguments, Picture]) -> Callable[Arguments, Picture]:
    """Where nothing compiles, the figure is a line that says so."""

    @wraps(figure)
    def shown(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Picture:
        try:
            return figure(*args, **kwargs)
        except CompilerError as error:
            said = f"not compiled here: {error}"
            return picture(f"<p>{escape(said)}</p>", said, "a line", listing=True)

    return shown


# --- vectors --------------------------------------------------------------------------------------

LIVES = """\
SmallVec<int, 2> v;
v.push_back(1);
v.push_back(2);
v.push_back(3);
SmallVec<int, 2> w = v;
SmallVec<int, 2> x = std::move(v);
{
  auto p = std::make_unique<int>(7);
  int *q = new int(8);
}
w = std::move(x);"""


@compiled
def lifetimes() -> Picture:
    """Three vectors, an owner, and a bare pointer: what is on the heap after each line."""
    watched = {**dict.fromkeys("vwx", SMALL_VEC), **dict.fromkeys("pq", POINTER)}
    return trace(LIVES, watched)


def growth(count: int) -> Picture:
    """Every block that a vector has while elements are pushed: a row each, for two ways to grow."""

    def blocks(more: Callable[[int], int]) -> Rows:
        rows: list[list[int]] = []
        room = held = 0
        while held < count:
            room = more(room)
            filled = min(room, count)
            rows.append([0] * held + [1] * (filled - held) + [2] * (room - filled))
            held = filled
        return rows

    panels = {
        "room for one more": blocks(lambda room: room + 1),
        "twice the room": blocks(lambda room: 2 * room or 1),
    }
    return cells(panels, ["moved from the block before", "pushed", "room"])


# --- layouts --------------------------------------------------------------------------------------

STRUCTS = """\
struct Loose {
  char kind;
  double weight;
  char flag;
};
struct Tight {
  double weight;
  char kind;
  char flag;
};
struct Dynamic {
  virtual ~Dynamic() {}
  double weight;
  char kind;
  char flag;
};"""
_KNOWN: dict[str, Layout] = {
    "Loose": {"": (0, 24), "kind": (0, 1), "weight": (8, 8), "flag": (16, 1)},
    "Tight": {"": (0, 16), "weight": (0, 8), "kind": (8, 1), "flag": (9, 1)},
    "Dynamic": {"": (0, 24), "base": (0, 8), "weight": (8, 8), "kind": (16, 1), "flag": (17, 1)},
}


def structs() -> dict[str, Layout]:
    """The same members in two orders, and with a virtual function: where they are.

    Without a compiler, where they are on every machine of 64 bits that the book knows.
    """
    try:
        return layouts(dict.fromkeys(_KNOWN, ("kind", "weight", "flag")), STRUCTS)
    except CompilerError:
        return dict(_KNOWN)


@compiled
def operation() -> Picture:
    """An operation of the core's, byte by byte."""
    return layout_figure("Operation", layouts()["Operation"])


# --- lists ----------------------------------------------------------------------------------------

RING = """\
IntrusiveList<Item> list;
Item a, b, c;
list.push_back(a);
list.push_back(b);
list.push_back(c);
IntrusiveList<Item>::erase(b);
list.push_front(b);"""
RING_NOTES = {
    1: "An empty list is a ring of one: its end.",
    2: "Items that are in no list.",
    3: "The end and a point to each other.",
    4: "b comes in between a and the end.",
    5: "The ring: end, a, b, c.",
    6: "Two neighbors forget b. Nobody searched for it.",
    7: "And b is at the front.",
    8: "Nothing was allocated at any time.",
}


@compiled
def ring() -> Picture:
    """An intrusive list of three."""
    return trace(
        RING,
        {"list": LIST, **dict.fromkeys("abc", NODE)},
        right="abc",
        include="intrusive_list.hpp",
        before="struct Item : ListNode<Item> {};",
        notes=RING_NOTES,
    )


CHAIN = """\
Value a, b;
Use<Value, Op> u(&op, &a);
Use<Value, Op> v(&op, &a);
Use<Value, Op> w(&op, &b);
v.set(&b);
a.replaceAllUsesWith(&b);"""
CHAIN_NOTES = {
    1: "Two values that nobody uses.",
    2: "u uses a. Its link points to the pointer that points to it: a's own.",
    3: "v goes to the front. u's link now points into v.",
    4: "w uses b.",
    5: "v leaves a's list and joins b's. Nobody asked where in the list it was.",
    6: "All uses of a are uses of b. Each was touched once.",
    7: "Each use leaves its list as it is destroyed.",
}


@compiled
def chain() -> Picture:
    """The uses of two values, while they change hands."""
    return trace(
        CHAIN,
        {**dict.fromkeys("ab", VALUE), **dict.fromkeys("uvw", USE)},
        right="uvw",
        include="use_list.hpp",
        before="struct Op {} op; struct Value : Uses<Value, Op> {};",
        notes=CHAIN_NOTES,
    )


# --- what compilers and sanitizers say ------------------------------------------------------------


@compiled
def machine_code(text: str, *names: str) -> Picture:
    """What g++ or clang++ makes of one function or two, with -O2 for this processor."""
    if len(names) == 2:
        left, right = (programs.assembly(text, name) for name in names)
        return side_by_side(left, right)
    return code(programs.assembly(text, *names))


@compiled
def with_and_without(option: str, text: str, *names: str) -> Picture:
    """The same with one more option, side by side."""
    plain = programs.assembly(text, *names)
    other = programs.assembly(text, *names, options=("-O2", option))
    return side_by_side(plain, other, ("-O2", f"-O2 {option}"))
