"""Memory as rows of cells: which of them belong to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from tern.draw.listing import HUES
from tern.draw.picture import Picture, number, picture

Rows = Sequence[Sequence[int | None]]
WIDE = 640.0  # px, of a panel at most
LARGEST, GAP = 30.0, 1.5  # px: a cell's side, and between cells

STYLE = """
.tern-cells { display: flex; flex-wrap: wrap; gap: 1em 2em; justify-content: center; }
.tern-cells figure { margin: 0; }
.tern-cells figcaption { font: 500 0.9rem/1.5 var(--tern-ui); margin-bottom: 0.3em;
  text-align: center; }
.tern-cells rect { fill: color-mix(in srgb, var(--hue) 34%, transparent); stroke: var(--hue); }
.tern-cells rect.none { fill: none; stroke: currentColor; stroke-opacity: 0.3; }
.tern-cells rect.off { stroke-dasharray: 2 2; stroke-opacity: 0.55; }
.tern-cells .key { font: 0.85rem/1.6 var(--tern-ui); text-align: center; margin: 0.4em 0 0;
  width: 100%; }
.tern-cells .key span::before { content: ""; display: inline-block; width: 0.8em; height: 0.8em;
  margin: 0 0.35em 0 1em; vertical-align: -0.05em; border: 1px solid var(--hue);
  background: color-mix(in srgb, var(--hue) 34%, transparent); }
"""


def cells(
    panels: Mapping[str, Rows], key: Sequence[str], labels: Mapping[str, Rows] | None = None
) -> Picture:
    """One panel for each grid of cells. A cell is the number of its group, or None for no group.

    `key` names the groups, from 0, and says what their colors mean; -1 is a cell outside of what
    there is, drawn dashed. `labels` has, for a panel, the numbers written in its cells (None:
    nothing). ValueError for a panel without cells, or more groups than there are colors.
    """
    if len(key) > len(HUES):
        raise ValueError(f"{len(key)} groups are more than the {len(HUES)} colors")
    # Tall panels stand side by side.
    wide = WIDE / 2 - 14 if len(panels) > 1 and max(map(len, panels.values())) > 12 else WIDE
    drawn = [_panel(title, rows, (labels or {}).get(title), wide) for title, rows in panels.items()]
    names = "".join(
        f'<span style="--hue: {hue}">{escape(name)}</span>' for name, hue in zip(key, HUES)
    )
    plain = []
    for title, rows in panels.items():
        flat = [cell for row in rows for cell in row]
        counts = ", ".join(f"{name}: {flat.count(group)}" for group, name in enumerate(key))
        plain.append(f"{title}: {counts}")
    body = f'<div class="tern-cells">{"".join(drawn)}<p class="key">{names}</p></div>'
    return picture(body, "\n".join(plain), "memory as cells", STYLE)


def _panel(title: str, rows: Rows, labels: Rows | None, max_width: float) -> str:
    columns = max((len(row) for row in rows), default=0)
    if not columns:
        raise ValueError(f"{title!r} has no cells")
    side = min(LARGEST, max_width / columns)
    body = []
    for i, row in enumerate(rows):
        for j, group in enumerate(row):
            kind = hue = ""
            if group is None or group < 0:
                kind = ' class="none"' if group is None else ' class="none off"'
            else:
                hue = f' style="--hue: {HUES[group]}"'
            corner = f'x="{number(j * side + GAP)}" y="{number(i * side + GAP)}"'
            size = number(side - GAP)
            body.append(f'<rect{kind}{hue} {corner} width="{size}" height="{size}" rx="2"/>')
            text = labels[i][j] if labels else None
            if text is not None:
                x, y = number((j + 0.5) * side + GAP / 2), number((i + 0.5) * side + 4)
                body.append(
                    f'<text x="{x}" y="{y}" text-anchor="middle" style="font-size: 10px">'
                    f"{text}</text>"
                )
    wide, high = number(columns * side + GAP), number(len(rows) * side + GAP)
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'height="{high}" role="img" aria-label="{escape(title)}">{"".join(body)}</svg></figure>'
    )
