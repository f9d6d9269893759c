"""IR, one step at a time: a slider over the text after each pass."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from html import escape

from tern.draw import listing
from tern.draw.picture import Picture, picture

Step = tuple[str, object]

STYLE = """
.tern-scrubber .bar { display: none; align-items: center; gap: 0.6em; margin-bottom: 0.6em;
  font: 500 0.85rem/1.4 var(--tern-ui); }
.tern-scrubber.on .bar { display: flex; }
.tern-scrubber .bar button { min-height: 2.3rem; padding: 0 0.9em; border: 1px solid
  var(--tern-rule); border-radius: 7px;
  background: var(--tern-faint); color: inherit; font: inherit; cursor: pointer; }
.tern-scrubber .bar button:hover { border-color: var(--tern-accent); }
.tern-scrubber .bar button[disabled] { opacity: 0.4; cursor: default; }
.tern-scrubber .bar input { flex: 1; min-width: 3em; min-height: 2.3rem; margin: 0;
  accent-color: var(--tern-accent); }
.tern-scrubber .bar output { font-variant-numeric: tabular-nums; white-space: nowrap; }
.tern-scrubber.on .steps { display: grid; }
.tern-scrubber.on .step { grid-area: 1 / 1; display: flex; flex-direction: column; min-width:
  0; }
.tern-scrubber.on .step:not(.now) { visibility: hidden; }
.tern-scrubber .step { margin-bottom: 1em; }
.tern-scrubber.on .step { margin-bottom: 0; }
.tern-scrubber .steps .tern-code { flex: 1; padding-left: 0; }
.tern-scrubber.on .steps .tern-code { max-height: 36rem; overflow-y: auto; }
.tern-scrubber .steps .line { margin-left: 0; padding-left: 2em; position: relative; }
.tern-scrubber .line::before { position: absolute; left: 0.75em; }
.tern-scrubber .added { background: color-mix(in srgb, var(--added, #2f9e5b) 14%,
  transparent); }
.tern-scrubber .added::before { content: "+"; color: var(--added, #2f9e5b); }
.tern-scrubber .removed { background: color-mix(in srgb, var(--removed, #d9534b) 10%,
  transparent); text-decoration: line-through; opacity: 0.72; }
.tern-scrubber .removed::before { content: "\\2212"; color: var(--removed, #d9534b); }
.tern-scrubber .note { min-height: 1.5em; margin: 0 0 0.5em; font: 400 0.9rem/1.5
  var(--tern-ui); }
.tern-scrubber .now-at { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }
"""

# Finds the figures that no script has taken yet: so it needs no id, and a page may hold many.
SCRIPT = """
(() => {
  const start = () => document.querySelectorAll(".tern-scrubber:not(.on)").forEach((root) => {
    const steps = [...root.querySelectorAll(".step")];
    const slider = root.querySelector("input");
    const [back, next] = root.querySelectorAll("button");
    const said = root.querySelector(".now-at");
    if (!said) return; // the page is still arriving: the figure's own script comes after it
    const show = (to, say) => {
      const at = Math.max(0, Math.min(steps.length - 1, to));
      steps.forEach((step, i) => {
        step.classList.toggle("now", i === at);
        step.setAttribute("aria-hidden", String(i !== at));
        step.querySelector("pre").tabIndex = i === at ? 0 : -1;
      });
      const text = `Step ${at + 1} of ${steps.length}: ${steps[at].dataset.title}`;
      slider.value = at;
      slider.setAttribute("aria-valuetext", text);
      root.querySelector("output").textContent = `${at + 1} / ${steps.length}`;
      back.disabled = at === 0;
      next.disabled = at === steps.length - 1;
      const panel = steps[at].querySelector("pre");
      const change = panel.querySelector(".added, .removed");
      panel.scrollTop = 0;
      const top = (element) => element.getBoundingClientRect().top;
      if (change) panel.scrollTop = top(change) - top(panel) - 60;
      if (say) said.textContent = text;
    };
    const at = () => Number(slider.value);
    slider.addEventListener("input", () => show(at(), true));
    back.addEventListener("click", () => show(at() - 1, true));
    next.addEventListener("click", () => show(at() + 1, true));
    root.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || event.target === slider) return;
      event.preventDefault();
      show(at() + by, true);
    });
    root.classList.add("on");
    show(0, false);
  });
  start();
  setTimeout(start, 0);
})();
"""


def changes(before: list[str], after: list[str]) -> list[tuple[str, str]]:
    """The lines of both texts as (kind, line), kind being "", "added", or "removed".

    >>> changes(["a", "b"], ["a", "c"])
    [('', 'a'), ('removed', 'b'), ('added', 'c')]
    """
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    out = []
    for tag, i0, i1, j0, j1 in matcher.get_opcodes():
        if tag != "equal":
            out += [("removed", line) for line in before[i0:i1]]
        out += [("" if tag == "equal" else "added", line) for line in after[j0:j1]]
    return out


def scrubber(steps: Iterable[Step], marks: bool = True) -> Picture:
    """A slider over texts: after each step, the lines that it added and removed are marked.

    `steps` are `(title, text)` or `(title, (text, note))`; a text is a string or an operation. The
    printer numbers values anew in each text, which would mark lines that have not changed: take the
    texts from `tern.ir.StableNames`. Without `marks` nothing is marked, and lines that went are not
    shown: for texts that have little in common. Where scripts do not run, all steps are shown, one
    below the other. ValueError if there is no step.
    """
    rows, plain, before = [], [], None
    for title, given in steps:
        text, note = given if isinstance(given, tuple) else (given, "")
        lines = str(text).strip("\n").split("\n")
        marked = (
            changes(before, lines) if before is not None and marks else [("", x) for x in lines]
        )
        rows.append(step_html(title, note, marked))
        plain.append("\n".join([f"-- {title}" + (f": {note}" if note else ""), *lines]))
        before = lines
    return stepper(rows, "\n\n".join(plain))


def stepper(rows: list[str], text: str, style: str = "") -> Picture:
    """A slider over steps, each of them what `step_html` or something like it makes.

    A step is a <section class="step" data-title="..."> with one <pre> that can be scrolled. Those
    that paper shows get a class. ValueError if there is none.
    """
    if not rows:
        raise ValueError("a scrubber needs at least one step")
    shown = telling(rows)
    rows = [
        row.replace('"step"', '"step telling"' if at in shown else '"step"', 1).replace(
            "<p ", f'<p data-at="{at + 1} of {len(rows)}" ', 1
        )
        for at, row in enumerate(rows)
    ]
    body = (
        '<div class="tern-scrubber"><div class="bar">'
        '<button type="button">Back</button>'
        f'<input type="range" min="0" max="{len(rows) - 1}" value="0" aria-label="Step"/>'
        '<button type="button">Next</button>'
        f"<output>1 / {len(rows)}</output></div>"
        f'<div class="steps">{"".join(rows)}</div>'
        '<div class="now-at" aria-live="polite"></div></div>'
        f"<script>{SCRIPT}</script>"
    )
    return picture(body, text, "steps", listing.STYLE + STYLE + style)


TELLING = 4  # steps that paper shows of a scrubber


def telling(rows: list[str]) -> set[int]:
    """The steps that tell most: the first, the last, and of each part between the one that
    differs from the step before it in most lines.

    >>> sorted(telling(["a", "a", "a<span b", "a<span b<span c", "x", "x", "x"]))
    [0, 2, 3, 6]
    """
    lines = [set(row.split("<span")) for row in rows]
    new = [0, *(len(after - before) for before, after in zip(lines, lines[1:]))]
    between = range(1, len(rows) - 1)
    parts = TELLING - 2
    cuts = [len(between) * part // parts for part in range(parts + 1)]
    runs = [between[start:stop] for start, stop in zip(cuts, cuts[1:])]
    return {0, len(rows) - 1, *(max(run, key=new.__getitem__) for run in runs if run)}


def step_html(title: str, note: str, lines: list[tuple[str, str]]) -> str:
    shown = "".join(
        f'<span class="line {kind}">{listing.colored(line) or " "}</span>' for kind, line in lines
    )
    return (
        f'<section class="step" data-title="{escape(title)}">'
        f'<p class="tern-title">{escape(title)}</p>'
        f'<p class="note">{escape(note)}</p>'
        f'<pre class="tern-code" tabindex="0">{shown}</pre></section>'
    )
