"""Checks the book's exercises for correctness and for speed.

`autograder check chapter05` in a terminal runs a workbook under a judge that the workbook cannot
reach; `from autograder import check` gives the same test cells their meaning in a plain kernel.
"""

__version__ = "0.1.0"
