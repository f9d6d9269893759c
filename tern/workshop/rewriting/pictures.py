"""Figures of rewriting: a driver step by step, a matcher's tree, a critical pair, an e-graph that
grows, and a schedule line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from tern import draw
from tern.draw import graphs
from tern.draw.picture import Picture
from tern.draw.steps import stepper
from tern.ir import Operation, OpResult, StableNames
from tern.rewrite import PatternLike, Rewriter, Rule, greedy, saturate
from tern.rewrite.ematching import Terms
from tern.rewrite.folding import number_of
from tern.rewrite.matching import Node, decision_tree
from tern.rewrite.overlaps import Fork
from tern.rewrite.questions import Path
from tern.rewrite.saturation import Equation

# the driver ---------------------------------------------------------------------------------------


@dataclass
class _Told:
    """A pattern that tells when it is tried, and when it has fired."""

    pattern: PatternLike
    tell: Callable[[str, Operation, Rewriter, bool], None]

    @property
    def name(self) -> str:
        return self.pattern.name

    @property
    def root(self) -> str:
        return self.pattern.root

    @property
    def benefit(self) -> int:
        return self.pattern.benefit

    def rewrite(self, op: Operation, rewriter: Rewriter) -> bool:
        self.tell(self.name, op, rewriter, False)
        if not self.pattern.rewrite(op, rewriter):
            return False
        self.tell(self.name, op, rewriter, True)
        return True


def rewriting(module: Operation, patterns: Iterable[PatternLike]) -> Picture:
    """Steps through what the greedy driver does to a module, in place: a step for each pattern that
    fires, and one for what the driver folds and erases in between. The note of a step says how many
    patterns were tried on which operations since the one before."""
    names = StableNames()
    steps: list[tuple[str, tuple[str, str]]] = [("before", (names.text(module), ""))]
    tried: list[str] = []

    def note(title: str, rewriter: Rewriter | None) -> None:
        if rewriter is not None:
            rewriter.finish()
        text = names.text(module)
        if text != steps[-1][1][0]:
            looked = ", ".join(f"{times} on {where}" for where, times in Counter(tried).items())
            looked = f"patterns tried: {looked}" if tried else ""
            steps.append((title, (text, looked)))
            tried.clear()

    def tell(name: str, op: Operation, rewriter: Rewriter, fired: bool) -> None:
        if fired:
            note(f"{name} fires", rewriter)
        else:
            note("the driver folds, and erases what is dead", rewriter)
            tried.append(op.result.hint or op.name)

    greedy(module, [_Told(each, tell) for each in patterns])
    note("the driver folds, and erases what is dead", None)
    return draw.scrubber(steps)


# the matcher --------------------------------------------------------------------------------------


def asked_of(path: Path, question: Hashable) -> str:
    """A question of the matcher's, as short as it goes: #0.1 is operand 1 of operand 0."""
    where = place_of(path)
    if isinstance(question, tuple):
        word = "" if question[0] in ("same", "rest") else f" {question[0]}"
        return f"{where} ={word} {place_of(question[1])}?"
    return f"{where}: {question}?"


def place_of(path: Path) -> str:
    """A path, from the operation that is matched."""
    return f"#{'.'.join(map(str, path))}" if path else "root"


def decisions(rules: Sequence[Rule]) -> Picture:
    """The tree of questions that `matcher` makes of rules, and where it has found each. An edge
    without an answer is followed in any case."""
    nodes: list[graphs.Node] = []
    edges: list[graphs.Edge] = []

    def visit(node: Node) -> int:
        number, title = len(nodes), asked_of(node.path, node.question) if node.answers else ""
        texts = [title] * bool(title) + [rules[each].name for each in node.matched]
        answers = [_short(answer) for answer in node.answers]
        wide = 26.0 * len(answers) + 7 * sum(map(len, answers))
        nodes.append(graphs.Node(texts[0], tuple(texts[1:]), not title, min_width=wide))
        for answer, child in zip(answers, node.answers.values()):
            edges.append(graphs.Edge(number, visit(child), answer))
        if node.otherwise is not None:
            edges.append(graphs.Edge(number, visit(node.otherwise)))
        return number

    visit(decision_tree([rule.tests for rule in rules]))
    return graphs.draw(nodes, edges, "a decision tree")


def _short(answer: Hashable) -> str:
    return "yes" if answer is True else str(answer).removeprefix("arith.")


# two rules that overlap ---------------------------------------------------------------------------


def forked(fork: Fork) -> Picture:
    """A program, and the two that come of it by the two rules of a fork."""
    texts = {"a program": fork.start, "one end": fork.ends[0], "the other": fork.ends[1]}
    lines = {
        title: "\n".join([title, *(line.strip() for line in str(text).splitlines()[2:-2])])
        for title, text in texts.items()
    }
    return draw.graph(lines, [("a program", end) for end in ("one end", "the other")])


# the e-graph --------------------------------------------------------------------------------------

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def _spelled(terms: Terms, number: int, children: Sequence[str]) -> str:
    """A node, with texts for its children."""
    value = terms.values[number]
    if (known := number_of(value)) is not None:
        return str(known)
    if not isinstance(value, OpResult):
        return (value.hint or f"%arg{value.index}").lstrip("%")  # type: ignore[attr-defined]
    name = value.op.name.partition(".")[2]
    sign = _SIGNS.get(name.rstrip("if"))
    if sign and len(children) == 2:
        return f"{children[0]} {sign} {children[1]}"
    return f"{name}({', '.join(children)})"


def growing(
    root: Operation,
    rules: Sequence[Equation],
    cost: Callable[[Operation], float],
    max_iterations: int = 8,
    max_nodes: int = 60,
) -> Picture:
    """Steps through saturation of a function's operations, an iteration each. A box is a class: in
    bold its cheapest term, then its nodes. In the end what the result needs is marked."""
    terms = Terms()
    for op in root.walk():
        if len(op.results) == 1 and not op.regions:
            terms.add(op)
    (result,) = next(op for op in root.walk() if op.name == "func.return").operands
    rows, plain = list[str](), list[str]()

    def frame(title: str, needed: int | None = None, more: str = "") -> None:
        svg, size = _classes(terms, needed, cost)
        rows.append(
            f'<section class="step" data-title="{escape(title)}">'
            f'<p class="tern-title">{escape(title)}</p><p class="note">{escape(size + more)}</p>'
            f'<pre class="tern-code" tabindex="0">{svg}</pre></section>'
        )
        plain.append(f"{title}: {size}{more}")

    frame("the program")
    end = "the limit: extract the cheapest"
    for iteration in range(1, max_iterations + 1):
        report = saturate(terms, rules, 1, max_nodes)
        if report.stopped == "saturated":
            end = "nothing new: extract the cheapest"
            break
        frame(f"iteration {iteration}", None, f"; new by {', '.join(report.fired)}")
        if report.stopped == "nodes":
            break
    frame(end, terms.leaf(result))
    return stepper(rows, "\n".join(plain), graphs.STYLE)


def _classes(
    terms: Terms, needed: int | None, cost: Callable[[Operation], float]
) -> tuple[str, str]:
    """The drawing of an e-graph, and its size in words. What the cheapest takes is lit."""
    graph = terms.graph
    costs = [cost(each.op) if isinstance(each, OpResult) else 0.0 for each in terms.values]
    best = graph.extract(costs)
    text: dict[int, str] = {}
    for leader, (_, number) in sorted(best.items(), key=lambda pair: pair[1][0]):
        children = graph.canonical(graph.nodes[number])[1:]  # type: ignore
        inner = [text[child] for child in children]  # type: ignore[index]
        text[leader] = _spelled(terms, number, [f"({x})" if " " in x else x for x in inner])
    lit, work = set[int](), [] if needed is None else [graph.find(needed)]
    while work:
        leader = work.pop()
        if leader not in lit:
            lit.add(leader)
            work += graph.canonical(graph.nodes[best[leader][1]])[1:]  # type: ignore[arg-type]
    index = {leader: i for i, leader in enumerate(text)}
    nodes, edges = [], dict[tuple[int, int], None]()
    for leader in text:
        lines = dict[str, None]()
        for member in graph.members[leader]:
            children: list[int] = list(graph.canonical(graph.nodes[member])[1:])  # type: ignore
            inner = [text[child] for child in children]
            if children:
                lines[_spelled(terms, member, [f"[{x}]" for x in inner])] = None
            edges |= {(index[leader], index[child]): None for child in children}
        nodes.append(graphs.Node(text[leader], tuple(lines), leader in lit))
    count = sum(len(graph.members[leader]) for leader in text)
    arrows = [graphs.Edge(source, target) for source, target in edges]
    svg, _ = graphs.drawing(nodes, arrows, "an e-graph")
    return svg, f"{count} nodes in {len(nodes)} classes"


# the schedule -------------------------------------------------------------------------------------


def scheduled(m: int = 96, n: int = 96, k: int = 256, columns: int = 110) -> Picture:
    """Steps through the schedule of a matrix product: the script's new lines, and what they make of
    the program. MlirError without MLIR."""
    from tern.workshop.mlir import product
    from tern.workshop.mlir.schedule import Line, matmul_rungs, transformed

    steps: list[tuple[str, str]] = []
    known: tuple[Line, ...] = ()
    for name, lines in matmul_rungs():
        text = transformed(product(m, n, k), lines)
        new = "".join(line.text for line in lines if line not in known) or "\nnothing"
        text = f"// the script's new lines{new}\n\n// the program then\n{text}"
        shown = [
            line if len(line) < columns else line[: columns - 1] + "…" for line in text.splitlines()
        ]
        steps.append((name, "\n".join(shown)))
        known = lines
    return draw.scrubber(steps, marks=False)
