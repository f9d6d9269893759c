"""Figures: layouts without overlaps, edges that meet their boxes, well-formed, stable HTML."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tern import draw
from tern.draw import chart, layout, listing, ranks, steps

DIAMOND_IN_LOOP = [[1], [2, 5], [3, 4], [4], [1], []]


@st.composite
def graphs(draw_) -> tuple[list, list]:
    """Sizes of up to 12 boxes, and edges between them: loops, doubles, and islands included."""
    count = draw_(st.integers(1, 12))
    size = st.tuples(st.integers(20, 200), st.integers(16, 120))
    sizes = draw_(st.lists(size, min_size=count, max_size=count))
    node = st.integers(0, count - 1)
    return sizes, draw_(st.lists(st.tuples(node, node), max_size=24))


def overlap(a: layout.Box, b: layout.Box) -> bool:
    return a.x < b.right - 0.01 and b.x < a.right - 0.01 and a.y < b.bottom and b.y < a.bottom


def on_border(box: layout.Box, point: tuple[float, float]) -> bool:
    x, y = point
    inside = box.x - 0.01 <= x <= box.right + 0.01 and box.y - 0.01 <= y <= box.bottom + 0.01
    sides = (x - box.x, x - box.right, y - box.y, y - box.bottom)
    return inside and min(map(abs, sides)) < 0.01


@given(graphs())
def test_boxes_do_not_overlap_and_edges_end_on_them(graph) -> None:
    sizes, edges = graph
    found = layout.place(sizes, edges)
    boxes = found.boxes
    assert not any(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[:i])
    for (source, target), route in zip(edges, found.routes, strict=True):
        assert on_border(boxes[source], route.points[0])
        assert on_border(boxes[target], route.points[-1])


@given(graphs())
def test_everything_lies_inside_the_drawing(graph) -> None:
    found = layout.place(*graph)
    points = [point for route in found.routes for point in route.points]
    points += [corner for b in found.boxes for corner in ((b.x, b.y), (b.right, b.bottom))]
    assert all(-0.01 <= x <= found.width + 0.01 for x, _ in points)
    assert all(-0.01 <= y <= found.height + 0.01 for _, y in points)


@given(graphs())
def test_forward_edges_go_down_and_back_edges_keep_right_angles(graph) -> None:
    found = layout.place(*graph)
    for route in found.routes:
        pairs = list(zip(route.points, route.points[1:]))
        if route.back:
            assert all(abs(x0 - x1) < 1e-6 or abs(y0 - y1) < 1e-6 for (x0, y0), (x1, y1) in pairs)
        else:
            assert all(y0 <= y1 + 1e-6 for (_, y0), (_, y1) in pairs)


@given(graphs())
def test_no_edge_runs_through_a_box(graph) -> None:
    found = layout.place(*graph)
    for route in found.routes:
        for (x0, y0), (x1, y1) in zip(route.points, route.points[1:]):
            if x0 != x1 and y0 != y1:
                continue  # a curve, in the gap between two ranks
            for i, box in enumerate(found.boxes):
                if i in (route.source, route.target):
                    continue
                across = min(x0, x1) < box.right - 0.1 and max(x0, x1) > box.x + 0.1
                along = min(y0, y1) < box.bottom - 0.1 and max(y0, y1) > box.y + 0.1
                assert not (across and along)


def test_back_edges_are_those_that_close_a_loop() -> None:
    edges = [(0, 1), (1, 2), (2, 1), (2, 3), (3, 3)]
    assert ranks.back_edges(4, edges) == {2, 4}
    assert ranks.back_edges(2, [(1, 0)]) == set()


def test_a_long_chain_needs_no_recursion() -> None:
    chain = [(i, i + 1) for i in range(5_000)]
    assert not ranks.back_edges(5_001, chain)
    assert ranks.ranks_of(5_001, chain)[-1] == 5_000


def test_spread_keeps_the_gaps_and_the_wishes_where_it_can() -> None:
    assert layout.spread([0, 100], [1, 1], [10]) == [0, 100]
    assert layout.spread([0, 0, 50], [1, 1, 1], [10, 10]) == [-5, 5, 50]


PICTURES = {
    "cfg": lambda: draw.cfg(DIAMOND_IN_LOOP, highlight=[4, (3, 4)], texts=["a < b & c"] * 6),
    "tree": lambda: draw.tree([None, 0, 1, 2, 2, 1, None]),
    "graph": lambda: draw.graph({"a": "A\nx <y>"}, [("a", "a", "again & again")]),
    "empty": lambda: draw.graph([], []),
    "code": lambda: draw.code('%0 = "x.y"(%1) : <f32>', title="a < b", highlight=[1]),
    "side": lambda: draw.side_by_side("a %1", "b %2", ("<l>", "r"), matches=[("%1", "%2")]),
    "pictures": lambda: draw.side_by_side(draw.cfg([[]]), draw.tree([None])),
    "scrubber": lambda: draw.scrubber([("one & two", "a\n<b>"), ("two", ("a", "note"))]),
    "line": lambda: draw.line({"a": [(1, 2), (3, 4)]}, x="n", y="t (ms)", bounds={"peak": 5}),
    "bars": lambda: draw.bars({"a": 1.0, "b": 0.0}, "ms", highlight="a"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_well_formed_stable_and_alone(name) -> None:
    html = PICTURES[name]()._repr_html_()
    ElementTree.fromstring(html)
    assert html == PICTURES[name]()._repr_html_()
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
    assert " id=" not in html  # so that a page may show a picture twice


def test_pictures_say_in_a_terminal_what_they_show() -> None:
    assert repr(draw.cfg([[1, 2], [], []])) == "^bb0 -> ^bb1 (T), ^bb2 (F)\n^bb1\n^bb2"
    assert repr(draw.tree([None, 0])) == "^bb0 -> ^bb1\n^bb1"
    assert "-- two: why\nb" in repr(draw.scrubber([("one", "a"), ("two", ("b", "why"))]))


def test_cfg_shows_the_ir_of_a_function() -> None:
    from tern import ir

    text = """\
func.func @f(%arg0: f32, %arg1: i1) -> f32 {
  cf.cond_br %arg1, ^bb1, ^bb2(%arg0 : f32)
^bb1:
  %0 = arith.addf %arg0, %arg0 : f32
  cf.br ^bb2(%0 : f32)
^bb2(%1: f32):
  return %1 : f32
}
"""
    func = ir.parse(text).body.blocks[0].operations[0]
    found = draw.cfg(func)
    assert repr(found).splitlines()[1] == "^bb1 -> ^bb2(%1: f32)"
    assert "%0 = arith.addf %arg0, %arg0 : f32" in found.html


def test_matching_parts_get_the_same_hue_and_must_occur() -> None:
    html = draw.side_by_side("x = phi a", "bb(x)", matches=[("phi a", "bb(x)")]).html
    assert html.count(f"--hue: {listing.HUES[0]}") == 2
    with pytest.raises(ValueError, match="does not occur"):
        draw.side_by_side("a", "b", matches=[("a", "c")])


def test_marked_text_is_the_same_text() -> None:
    line = "%2 = arith.addf %0, %1 : f32"
    html = listing.marked(line, [("%0, %1", "red"), ("%0", "blue")])
    assert "".join(ElementTree.fromstring(f"<p>{html}</p>").itertext()) == line
    assert html.count("<mark") == 1


def test_changes_between_steps() -> None:
    before, after = ["%0 = a", "%1 = b %0"], ["%0 = b %1"]
    assert steps.changes(before, after) == [
        ("removed", "%0 = a"),
        ("removed", "%1 = b %0"),
        ("added", "%0 = b %1"),
    ]


def test_a_scrubber_needs_steps() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        draw.scrubber([])


def test_source_shows_the_package_and_nothing_else() -> None:
    import inspect

    found = draw.source(layout.Box, layout.spread)
    assert (
        repr(found)
        == inspect.getsource(layout.Box).strip()
        + "\n\n\n"
        + inspect.getsource(layout.spread).strip()
    )
    root = ElementTree.fromstring(found.html)
    assert root.find(".//p").text == "tern/draw/layout.py"
    lines = ["".join(line.itertext()) for line in root.findall(".//pre/span")]
    assert [line.strip() for line in lines] == [line.strip() for line in repr(found).split("\n")]


def test_source_marks_tokens_over_several_lines() -> None:
    from tern.draw.source import colored

    first, second = colored('x = """a\nb"""')
    assert first == 'x = <span class="s">&quot;&quot;&quot;a</span>'
    assert second == '<span class="s">b&quot;&quot;&quot;</span>'


@given(st.lists(st.floats(40, 284), max_size=6).map(sorted))
def test_the_names_of_lines_stand_apart_and_above_the_axis(heights: list[float]) -> None:
    placed = chart.apart(heights)
    assert all(other - one >= 15 - 1e-6 for one, other in zip(placed, placed[1:]))
    assert not placed or placed[-1] <= chart.HEIGHT - chart.BOTTOM
    far = [150.0 + 20 * k for k in range(5)]
    assert chart.apart(far) == far  # who has room stays
