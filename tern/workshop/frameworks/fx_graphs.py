"""Graphs for a pass to rewrite, made with torch.fx, and what is wrong with one that it has made."""

from __future__ import annotations

import random
from typing import Any


def random_graph(rng: random.Random, calls: int) -> tuple[Any, list[Any]]:
    """A GraphModule of about so many calls, and arguments for it.

    It has chains of views and permutations, batch norms that can be folded and others that cannot,
    writes in place, random numbers, and results that nothing uses.
    """
    import torch

    writer = _Writer(rng)
    for _ in range(calls):
        rng.choice(writer.kinds)()
    module = torch.fx.GraphModule(writer.root, writer.graph)
    ends = [node for node, _ in rng.sample(writer.known[-6:], min(2, len(writer.known)))]
    writer.graph.output(tuple(ends))
    module.recompile()
    annotate(module, writer.arguments)
    return module, writer.arguments


class _Writer:
    """Makes a graph: its nodes with their shapes, on images of a few channels."""

    def __init__(self, rng: random.Random) -> None:
        import torch

        self.rng, self.torch, self.aten = rng, torch, torch.ops.aten
        self.root, self.graph = torch.nn.Module(), torch.fx.Graph()
        shape = (rng.randint(1, 2), rng.randint(1, 3), 4, 5)
        self.arguments = [torch.randn(shape, dtype=torch.float64) for _ in range(2)]
        self.known = [(self.graph.placeholder(f"x{n}"), shape) for n in range(2)]
        self.kinds = [self.view, self.view, self.permute, self.permute, self.compute, self.norm]
        self.kinds += [self.write, self.dead]

    def call(self, target: Any, *operands: Any) -> Any:
        return self.graph.call_function(target, operands)

    def keep(self, node: Any, shape: tuple) -> None:
        self.known.append((node, tuple(shape)))

    def pick(self) -> tuple[Any, tuple]:
        return self.rng.choice(self.known[-3:] if self.rng.random() < 0.7 else self.known)

    def view(self) -> None:
        x, shape = self.pick()
        if self.rng.random() < 0.3:
            order = {"memory_format": self.torch.contiguous_format}
            x = self.graph.call_function(self.aten.clone.default, (x,), order)
        if x.target is not self.aten.clone.default and not _contiguous(x):
            return
        total = self.torch.Size(shape).numel()
        new = self.rng.choice(
            [(total,), (1, total), shape, (*shape, 1), (shape[0], total // shape[0])]
        )
        self.keep(self.call(self.aten.view.default, x, list(new)), new)

    def permute(self) -> None:
        x, shape = self.pick()
        order = list(range(len(shape)))
        self.rng.shuffle(order)
        if len(shape) == 2 and self.rng.random() < 0.5:
            self.keep(self.call(self.aten.t.default, x), shape[::-1])
        elif len(shape) > 1 and self.rng.random() < 0.4:
            order = [*range(len(shape) - 2), len(shape) - 1, len(shape) - 2]
            self.keep(self.call(self.aten.transpose.int, x, -1, -2), [shape[n] for n in order])
        else:
            self.keep(self.call(self.aten.permute.default, x, order), [shape[n] for n in order])

    def compute(self) -> None:
        x, shape = self.pick()
        same = [each for each, other in self.known if other == shape]
        call = self.call(self.aten.mul.Tensor, x, self.rng.choice(same))
        self.keep(self.call(self.aten.tanh.default, call), shape)

    def write(self) -> None:
        x, shape = self.pick()
        same = [each for each, other in self.known if other == shape]
        self.call(self.aten.mul_.Tensor, x, self.rng.choice(same))

    def dead(self) -> None:
        x, _ = self.pick()
        self.call(self.rng.choice((self.aten.exp.default, self.aten.rand_like.default)), x)
        if self.rng.random() < 0.3:
            x, shape = self.pick()
            self.keep(self.call(self.aten.rand_like.default, x), shape)

    def norm(self) -> None:
        """A convolution of one pixel or three, and a batch norm, in one of several forms."""
        images = [pair for pair in self.known if len(pair[1]) == 4]
        x, (batch, channels, height, width) = self.rng.choice(images)
        out, rng, torch = self.rng.randint(1, 3), self.rng, self.torch
        names = []
        for size in ((out, channels, 1, 1), (out,), (out,), (out,), (out,), (out,)):
            value = torch.rand(size, dtype=torch.float64) + 0.5
            names.append(f"c{len(list(self.root.buffers()))}")
            self.root.register_buffer(names[-1], value)
        w, b, gamma, beta, mean, variance = map(self.graph.get_attr, names)
        b = None if rng.random() < 0.4 else b
        conv = self.call(
            self.aten.convolution.default, x, w, b, [1, 1], [0, 0], [1, 1], False, [0, 0], 1
        )
        hazard = rng.randrange(8)
        shape = (batch, out, height, width)
        if hazard == 0:  # the statistics are written
            self.call(self.aten.mul_.Tensor, mean, 0.5)
        if hazard == 1:  # the result of the convolution is used as well
            self.keep(conv, shape)
        if hazard == 2:  # the weights are written, by way of a view
            self.call(
                self.aten.mul_.Tensor, self.call(self.aten.permute.default, w, [1, 0, 2, 3]), 2.0
            )
        if hazard == 3:  # another convolution has the same weights
            again = self.call(self.aten.convolution.default, x, w, b, *conv.args[3:])
            self.keep(again, shape)
        if hazard == 4:  # the result of the convolution is written before it is used
            self.call(self.aten.mul_.Tensor, conv, 3.0)
        target = self.aten._native_batch_norm_legit_no_training.default
        found = self.call(target, conv, gamma, beta, mean, variance, 0.1, 1e-5)
        import operator

        self.keep(self.graph.call_function(operator.getitem, (found, 0)), shape)


def _contiguous(node: Any) -> bool:
    """Whether a node's memory is in order, as far as its target says."""
    import torch

    aten = torch.ops.aten
    if node.target is aten.view.default:
        return _contiguous(node.args[0])
    return node.op == "placeholder" or node.target is aten.clone.default


def annotate(module: Any, arguments: list[Any]) -> None:
    """Give every node its `meta["val"]`: a tensor without numbers."""
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.passes.fake_tensor_prop import FakeTensorProp

    FakeTensorProp(module, FakeTensorMode(allow_non_fake_inputs=True)).propagate(*arguments)


def what_is_wrong(before: Any, after: Any, arguments: list[Any]) -> str:
    """The first difference between two GraphModules that a caller could see, or "".

    Their results, what they write to arguments, to attributes, and to the state of the random
    numbers; and for `after`, metadata that is missing or that its operations do not have.
    """
    import torch

    names = {name for name, _ in before.named_buffers()}
    outcomes = []
    for module in (before, after):
        inputs = [each.clone() for each in arguments]
        torch.manual_seed(0)
        results = module(*inputs)
        kept = [buffer for name, buffer in sorted(module.named_buffers()) if name in names]
        outcomes.append([*results, *inputs, *kept, torch.rand(1)])
    for number, (one, other) in enumerate(zip(*outcomes, strict=True)):
        if one.shape != other.shape or not torch.allclose(one, other, rtol=1e-6, equal_nan=True):
            kind = ["a result", "what is written"][number >= len(results)]
            return f"{kind} differs: expected {one}, and got {other}"
    return wrong_metadata(after, arguments)


def wrong_metadata(module: Any, arguments: list[Any]) -> str:
    """The first node whose `meta["val"]` is missing, or not what its operation gives, or ""."""
    recorded = {node.name: node.meta.get("val") for node in module.graph.nodes}
    annotate(module, arguments)
    for node in module.graph.nodes:
        if node.op in ("output", "call_module"):
            continue
        for one, other in zip(_flat(recorded[node.name]), _flat(node.meta["val"]), strict=True):
            if one is None or (one.shape, one.dtype) != (other.shape, other.dtype):
                return f'{node.name}: meta["val"] is {one}, and the operation gives {other}'
    return ""


def _flat(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple | list) else [value]
