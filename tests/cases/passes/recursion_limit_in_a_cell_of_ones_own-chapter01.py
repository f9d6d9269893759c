# ---- a cell of the reader ----
import sys
sys.setrecursionlimit(10_000)
%matplotlib inline
%config InlineBackend.figure_format = 'retina'

# ---- ch01-evaluate ----
%%time
from functools import singledispatch
@singledispatch
def value(node, values):
    return node
@value.register
def _(node: str, values):
    return values[node]
@value.register(tuple)
def _(node, values):
    name, *operands = node
    return ARITHMETIC[name](*(value(each, values) for each in operands))
def evaluate(tree, values):
    return value(tree, values)
