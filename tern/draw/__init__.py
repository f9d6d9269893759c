"""Figures for notebooks: graphs, trees, code panels, step-by-step views, and charts.

Everything returns a `Picture`, which a notebook shows by itself: plain HTML and SVG that
follows the page's light or dark theme, in the built book, Colab, JupyterLab, and VS Code, with
no dependency and no request to any server.
"""

from tern.draw.chart import bars, line
from tern.draw.cplusplus import cpp
from tern.draw.dataflow import classes, worklist
from tern.draw.graphs import cfg, graph, tree
from tern.draw.listing import code, side_by_side
from tern.draw.picture import Picture
from tern.draw.roofline import roofline
from tern.draw.source import source
from tern.draw.steps import scrubber
from tern.draw.systolic import systolic
from tern.draw.warp import warps

__all__ = [
    "Picture",
    "bars",
    "cfg",
    "classes",
    "code",
    "cpp",
    "graph",
    "line",
    "roofline",
    "scrubber",
    "side_by_side",
    "source",
    "systolic",
    "tree",
    "warps",
    "worklist",
]
