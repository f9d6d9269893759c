"""The lanes of a warp, and the sectors of memory that they touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from tern.draw.picture import Picture, number, picture

SECTOR = 32  # bytes
WIDE, LANE_Y, GAP, BOX, BLOCK = 640.0, 34.0, 46.0, 16.0, 128.0  # px

STYLE = """
.tern-warp .lane { fill: var(--tern-accent); }
.tern-warp line { stroke: var(--tern-accent); stroke-opacity: 0.45; }
.tern-warp rect { fill: color-mix(in srgb, currentColor 6%, transparent);
  stroke: var(--tern-rule); }
.tern-warp rect.touched { fill: color-mix(in srgb, var(--tern-accent) 45%, transparent); }
"""


def warps(patterns: Mapping[str, Sequence[int]], sectors: int) -> Picture:
    """For each pattern, lanes above, the first `sectors` sectors of memory below, and lines.

    A pattern is the byte address that each lane loads 4 bytes from, below sectors * 32. ValueError
    without a pattern, or where an address is beyond.
    """
    if not patterns:
        raise ValueError("needs at least one pattern")
    body, told = [], []
    for row, (title, addresses) in enumerate(patterns.items()):
        if min(addresses) < 0 or max(addresses) + 4 > sectors * SECTOR:
            raise ValueError(f"{title}: an address is beyond {sectors} sectors")
        touched = {at // SECTOR for one in addresses for at in (one, one + 3)}
        share = 4 * len(set(addresses)) / (SECTOR * len(touched))
        said = f"{title}: {len(touched)} sectors, {share:.0%} of their bytes used"
        body.append(_pattern(said, addresses, touched, sectors, row * BLOCK))
        told.append(said)
    high = BLOCK * len(patterns)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(WIDE)} {number(high)}" '
        f'width="{number(WIDE)}" height="{number(high)}" style="min-width: 460px" role="img" '
        f'aria-label="{escape("; ".join(told))}">{"".join(body)}</svg>'
    )
    return picture(
        f'<div class="tern-warp">{svg}</div>', "\n".join(told), "lanes and sectors", STYLE
    )


def _pattern(
    said: str, addresses: Sequence[int], touched: set[int], sectors: int, top: float
) -> str:
    lane, sector = WIDE / len(addresses), WIDE / sectors
    above, below = top + LANE_Y, top + LANE_Y + GAP
    out = [f'<text class="ui" x="0" y="{number(top + 16)}">{escape(said)}</text>']
    for k, address in enumerate(addresses):
        x, to = lane * (k + 0.5), WIDE * (address + 2) / (sectors * SECTOR)
        out.append(
            f'<line x1="{number(x)}" y1="{number(above)}" x2="{number(to)}" y2="{number(below)}"/>'
        )
        out.append(f'<circle class="lane" cx="{number(x)}" cy="{number(above)}" r="3.4"/>')
    for k in range(sectors):
        kind = "touched" if k in touched else "free"
        out.append(
            f'<rect class="{kind}" x="{number(k * sector + 0.5)}" y="{number(below)}" '
            f'width="{number(sector - 1)}" height="{number(BOX)}" rx="2"/>'
        )
    return "".join(out)
