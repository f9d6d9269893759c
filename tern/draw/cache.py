"""Which lines of memory are in the cache as loops run: a slider over the accesses of traces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from tern.draw.picture import Picture, number, picture

if TYPE_CHECKING:
    import numpy as np

    from tern.cost import Cache

CELL, ROW, GAP, TOP = 15.0, 8.0, 18.0, 20.0  # px: a line's width and height, between arrays, above

STYLE = """
.tern-cache .bar { display: none; align-items: center; gap: 0.6em; margin-bottom: 0.8em;
  font: 500 0.85rem/1.4 var(--tern-ui); }
.tern-cache.on .bar { display: flex; }
.tern-cache .bar button { min-height: 2.3rem; padding: 0 0.9em; border: 1px solid var(--tern-rule);
  border-radius: 7px; background: var(--tern-faint); color: inherit; font: inherit;
  cursor: pointer; }
.tern-cache .bar button:hover { border-color: var(--tern-accent); }
.tern-cache .bar button[disabled] { opacity: 0.4; cursor: default; }
.tern-cache .bar input { flex: 1; min-width: 3em; min-height: 2.3rem; margin: 0;
  accent-color: var(--tern-accent); }
.tern-cache .bar output { font-variant-numeric: tabular-nums; white-space: nowrap; min-width: 3.2em;
  text-align: right; }
.tern-cache .panels { display: flex; flex-wrap: wrap; gap: 1.2em 1.6em; justify-content: center; }
.tern-cache .panel { flex: 0 1 auto; margin: 0; }
.tern-cache .panel p { margin: 0 0 0.3em; font: 400 0.85rem/1.5 var(--tern-ui); }
.tern-cache .panel .count { font-variant-numeric: tabular-nums; }
.tern-cache rect { fill: color-mix(in srgb, currentColor 7%, transparent); }
.tern-cache rect.live { fill: color-mix(in srgb, var(--tern-accent) 62%, transparent); }
.tern-cache rect.used { stroke: currentColor; stroke-width: 1.6; }
.tern-cache .now-at { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }
"""

# Takes the figures that no script has taken yet: so it needs no id, and a page may hold many.
SCRIPT = """
(() => {
  const start = () => document.querySelectorAll(".tern-cache:not(.on)").forEach((root) => {
    const slider = root.querySelector("input");
    const [back, next] = root.querySelectorAll("button");
    const panels = [...root.querySelectorAll(".panel")].map((panel) => ({
      title: panel.dataset.title,
      steps: JSON.parse(panel.dataset.steps),
      lines: [...panel.querySelectorAll("rect")],
      count: panel.querySelector(".count"),
    }));
    const last = Number(slider.max);
    const show = (to, say) => {
      const at = Math.max(0, Math.min(last, to));
      const said = panels.map(({ title, steps, lines, count }) => {
        const [live, used, text] = steps[at];
        lines.forEach((line, i) => {
          const isLive = Math.floor(parseInt(live[Math.floor(i / 4)], 16) / 2 ** (i % 4)) % 2;
          line.setAttribute("class", (isLive ? "live" : "") + (used.includes(i) ? " used" : ""));
        });
        count.textContent = text;
        return `${title}: ${text}`;
      }).join("; ");
      slider.value = at;
      slider.setAttribute("aria-valuetext", said);
      root.querySelector("output").textContent = `${at} / ${last}`;
      back.disabled = at === 0;
      next.disabled = at === last;
      if (say) root.querySelector(".now-at").textContent = said;
    };
    const at = () => Number(slider.value);
    slider.addEventListener("input", () => show(at(), true));
    back.addEventListener("click", () => show(at() - 1, true));
    next.addEventListener("click", () => show(at() + 1, true));
    root.classList.add("on");
    show(Math.round(last / 2), false);
  });
  start();
  setTimeout(start, 0);
})();
"""

Step = tuple[
    str, list[int], str
]  # the live lines as hexadecimal digits, the lines used last, a text


def cache(
    traces: Mapping[str, np.ndarray],
    arrays: Mapping[str, range],
    cache: Cache,
    row: int,
    steps: int = 100,
) -> Picture:
    """A slider over the accesses of several traces: the lines of `arrays` that are in `cache`.

    A trace is the byte addresses of its accesses, int64. `arrays` gives the bytes of each array,
    from a multiple of the line size on; `row` is how many lines a row of each of them has. Steps
    are close together at the beginning and far apart at the end: step s of S stands at the share
    (s / S)^2 of each trace. The lines of the last three accesses are outlined. Where scripts do
    not run, the last step is shown. O(steps * accesses). ValueError without a trace or a step.
    """
    if not traces or steps < 1:
        raise ValueError("needs at least one trace and one step")
    panels, plain = [], []
    for title, trace in traces.items():
        found = [_step(trace, s / steps, arrays, cache) for s in range(steps + 1)]
        panels.append(_panel(title, found, arrays, cache.line, row))
        plain.append(f"{title}: {found[-1][2]}")
    body = (
        '<div class="tern-cache"><div class="bar"><button type="button">Back</button>'
        f'<input type="range" min="0" max="{steps}" value="{steps}" aria-label="Step"/>'
        '<button type="button">Next</button>'
        f'<output>{steps} / {steps}</output></div><div class="panels">{"".join(panels)}</div>'
        f'<div class="now-at" aria-live="polite"></div></div><script>{SCRIPT}</script>'
    )
    return picture(body, "\n".join(plain), "lines in the cache", STYLE)


def _step(trace: np.ndarray, share: float, arrays: Mapping[str, range], cache: Cache) -> Step:
    from tern.cost import live_lines

    prefix = trace[: round(share * share * len(trace))]
    first = _first_bits(arrays, cache.line)
    live = live_lines(prefix, cache, arrays)
    mask = sum(1 << first[name] + line for name, lines in live.items() for line in lines)
    digits = -(-first[""] // 4)
    used = {
        first[name] + (int(address) - span.start) // cache.line
        for address in prefix[-3:]
        for name, span in arrays.items()
        if address in span
    }
    text = f"{len(prefix):,} accesses, {cache.misses(prefix):,} misses"
    return f"{mask:0{digits}x}"[::-1], sorted(used), text


def _first_bits(arrays: Mapping[str, range], line: int) -> dict[str, int]:
    """The number of each array's first line when all are counted; under "" how many there are."""
    first, count = {}, 0
    for name, span in arrays.items():
        first[name] = count
        count += -(-len(span) // line)
    return {**first, "": count}


def _panel(title: str, found: list[Step], arrays: Mapping[str, range], line: int, row: int) -> str:
    live, used, text = found[-1]
    body, left, bit, bottom = [], 0.0, 0, 0.0
    for name, span in arrays.items():
        body.append(f'<text class="strong" x="{number(left)}" y="12">{escape(name)}</text>')
        for at in range(-(-len(span) // line)):
            x, y = left + at % row * CELL, TOP + at // row * ROW
            kind = ("live" if int(live[bit >> 2], 16) >> (bit & 3) & 1 else "") + (
                " used" if bit in used else ""
            )
            body.append(
                f'<rect class="{kind}" x="{number(x)}" y="{number(y)}" '
                f'width="{number(CELL - 1)}" height="{number(ROW - 1)}"/>'
            )
            bit, bottom = bit + 1, max(bottom, y + ROW)
        left += row * CELL + GAP
    steps = escape(json.dumps(found, separators=(",", ":")))
    return (
        f'<div class="panel" data-title="{escape(title)}" data-steps="{steps}">'
        f'<p><span class="strong">{escape(title)}</span><br/><span class="count">{text}</span></p>'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 0 {number(left - GAP + 2)} '
        f'{number(bottom + 2)}" width="{number(left - GAP + 2)}" height="{number(bottom + 2)}" '
        f'role="img" aria-label="the lines in the cache">{"".join(body)}</svg></div>'
    )
