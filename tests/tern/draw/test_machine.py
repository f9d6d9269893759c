"""Pictures of registers: a bar for each range, hatched where it is spilled, and a text beside."""

from __future__ import annotations

import re

from tern.draw import machine as show

INTERVALS = {0: [(1, 20)], 1: [(3, 8), (12, 16)], 2: [(5, 14)]}
NAMES = ("rax", "rcx")


def steps(*registers: dict[int, str]) -> str:
    titled = [(f"{number} registers", "a note", each) for number, each in enumerate(registers)]
    return show.allocations(titled, INTERVALS, {0: "x"}, NAMES).html


def test_no_two_steps_share_an_id_though_they_look_alike() -> None:
    html = steps({0: "rax"}, {0: "rax"}, {0: "rax", 1: "rcx"})
    made = re.findall(r'<pattern id="([^"]+)"', html)
    assert len(made) == len(set(made)) == 3
    assert {*re.findall(r"url\(#([^)]+)\)", html)} == {*made}


def test_each_range_is_a_bar_in_a_register_or_in_memory() -> None:
    html = steps({0: "rax", 1: "rcx"})
    assert html.count('class="slice"') == 3 and html.count('class="slice spilled"') == 1
    figure = show.intervals(INTERVALS, {0: "rax"}, {0: "x"}, NAMES)
    assert repr(figure).splitlines()[0].split() == ["x", "rax", "[1,", "20)"]
