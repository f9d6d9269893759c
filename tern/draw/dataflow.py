"""A dataflow solver at work, visit by visit; and values by what they compute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from tern.draw import graphs, listing
from tern.draw.picture import Picture, picture
from tern.draw.steps import stepper


def worklist(
    problem: Any,
    successors: Sequence[Sequence[int]],
    visits: Sequence[int],
    spell: Callable[[Any], str] = str,
    labels: Sequence[str] | None = None,
) -> Picture:
    """Steps through the visits of a solution of a dataflow problem, made again on the graph.

    Each block shows what is known at its start and at its end, as `spell` says it; the block that
    is visited is marked. `labels[b]` is what block b is called, its text on lines below.
    ValueError without a visit.
    """
    count = len(successors)
    labels = labels or [f"^bb{block}" for block in range(count)]
    predecessors: list[list[int]] = [[] for _ in range(count)]
    for block, targets in enumerate(successors):
        for target in targets:
            predecessors[target].append(block)
    sources = successors if problem.backward else predecessors

    before, after = [problem.start] * count, [problem.start] * count
    frames: list[tuple[int, list[Any], list[Any]]] = []
    for block in visits:
        at_boundary = not successors[block] if problem.backward else block == 0
        fact = problem.boundary if at_boundary else problem.start
        for source in sources[block]:
            fact = problem.meet(fact, after[source])
        before[block], after[block] = fact, problem.transfer(block, fact)
        first, second = (after, before) if problem.backward else (before, after)
        frames.append((block, [spell(x) for x in first], [spell(x) for x in second]))

    wide = max((len(text) for _, first, second in frames for text in (*first, *second)), default=0)
    edges = [
        graphs.Edge(block, target, mark)
        for block, targets in enumerate(successors)
        for target, mark in zip(targets, ("T", "F") if len(targets) == 2 else ("",))
    ]
    rows, plain = [], []
    for step, (visited, first, second) in enumerate(frames, 1):
        nodes = []
        for block, label in enumerate(labels):
            title, *lines = label.split("\n")
            facts = [f"start {first[block]:{wide}}", f"end   {second[block]:{wide}}"]
            body = (facts[0], *lines, facts[1])
            marked = graphs.MARKED * (len(successors[block]) == 2)
            nodes.append(graphs.Node(title, body, block == visited, min_width=marked))
        title = f"visit {step}: {labels[visited].split(chr(10))[0]}"
        svg, _ = graphs.drawing(nodes, edges, title)
        end = f"at its start {first[visited]}, at its end {second[visited]}"
        rows.append(
            f'<section class="step" data-title="{escape(title)}">'
            f'<p class="tern-title">{escape(title)}</p><p class="note">{escape(end)}</p>'
            f'<pre class="tern-code" tabindex="0">{svg}</pre></section>'
        )
        plain.append(f"{title}: {end}")
    return stepper(rows, "\n".join(plain), graphs.STYLE)


def classes(func: Any, equal: Sequence[Sequence[Any]]) -> Picture:
    """A function's text, in which operations that compute the same have one color.

    `equal` lists classes of results; those with a single member stay as they are.
    """
    from tern.ir import value_names

    names, text = value_names(func), str(func)
    starts = {line.strip().split(" = ")[0]: line.strip() for line in text.split("\n")}
    several = [members for members in equal if len(members) > 1]
    parts = [
        (starts[names[value]], listing.HUES[number % len(listing.HUES)])
        for number, members in enumerate(several)
        for value in members
    ]
    body = listing.titled(listing.panel(text, parts=parts), "")
    told = "\n".join(" = ".join(names[value] for value in members) for members in several)
    return picture(body, f"{text}\n{told}", "operations that compute the same", listing.STYLE)
