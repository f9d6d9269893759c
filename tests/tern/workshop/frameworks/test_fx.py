"""Passes on real FX graphs, and what the real PyTorch says of itself."""

from __future__ import annotations

import copy
import random

import numpy as np
import pytest

from tern.workshop import frameworks
from tern.workshop.frameworks import real
from tern.workshop.frameworks.captures import table
from tern.workshop.frameworks.captures.aot import joint_graph
from tern.workshop.frameworks.captures.to_fx import to_fx

torch = pytest.importorskip("torch")

from tern.workshop.frameworks.fx_graphs import annotate, random_graph, what_is_wrong
from tern.workshop.frameworks.fx_passes import simplify


def targets(module) -> list:
    return [str(node.target) for node in module.graph.nodes if node.op == "call_function"]


@pytest.mark.parametrize("seed", range(10), indirect=True)
def test_a_smaller_graph_computes_the_same(seed) -> None:
    torch.manual_seed(seed)
    module, arguments = random_graph(random.Random(seed), 8)
    before = copy.deepcopy(module)
    assert simplify(module) is module
    assert len(module.graph.nodes) <= len(before.graph.nodes)
    assert what_is_wrong(before, module, arguments) == ""


def exported_net() -> tuple:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = torch.nn.Conv2d(2, 6, 3, groups=2, padding=1)
            self.norm = torch.nn.BatchNorm2d(6)

        def forward(self, x):
            y = self.norm(self.conv(x)).relu()
            unused = y.exp()  # noqa: F841
            return y.view(x.shape[0], -1).view(-1).permute(0).view(6, -1).t().t()

    torch.manual_seed(0)
    net = Net()
    net(torch.randn(4, 2, 5, 5))  # statistics that are not those of the start
    return net.eval(), torch.randn(1, 2, 5, 5)


@pytest.mark.parametrize("decomposed", [False, True])
def test_what_torch_export_gives(decomposed) -> None:
    net, x = exported_net()
    program = torch.export.export(net, (x,))
    module = (program.run_decompositions() if decomposed else program).module()
    expected = module(x)
    simplify(module)
    torch.testing.assert_close(module(x), expected)
    names = targets(module)
    assert len(names) == 3 and not any("norm" in name for name in names)
    assert all(node.meta.get("val") is not None for node in module.graph.nodes
               if node.op in ("call_function", "placeholder", "get_attr"))  # fmt: skip


def test_training_is_left_alone() -> None:
    net, x = exported_net()
    module = torch.export.export(net.train(), (x,)).module()
    before = targets(module)
    simplify(module)
    assert [name for name in targets(module) if "norm" in name] == [
        n for n in before if "norm" in n
    ]


def test_what_is_written_stays() -> None:
    graph = torch.fx.Graph()
    x = graph.placeholder("x")
    view = graph.call_function(torch.ops.aten.view.default, (x, [6]))
    graph.call_function(torch.ops.aten.add_.Tensor, (view, 1.0))
    graph.output((x,))
    module = torch.fx.GraphModule(torch.nn.Module(), graph)
    annotate(module, [torch.ones(2, 3)])
    simplify(module)
    assert module(torch.ones(2, 3))[0].sum() == 12.0


# ---- the real thing ------------------------------------------------------------------------------


def test_the_dispatchers_table() -> None:
    rows = {each.key: each for each in real.operator_table("aten::add.Tensor")}
    assert rows["CPU"].kind == "kernel" and rows["CPU"].source.endswith(".cpp")
    assert rows["AutogradCPU"].kind == "autograd kernel"
    assert rows["Functionalize"].kind == "backend fallback"
    keys = real.keys_of(torch.ones(1))
    assert keys.index("AutogradCPU") < keys.index("ADInplaceOrView") < keys.index("CPU")
    with torch.no_grad():
        assert real.keys_in_force() == real.keys_in_force()
    with torch.inference_mode():
        assert "ADInplaceOrView" not in real.keys_in_force()[0]


def test_autograds_graph() -> None:
    x = torch.ones(2, 3, requires_grad=True)
    y = (x * x).exp()
    total = y.sum()
    names = [step.name for step in real.autograd_graph(total)]
    assert names[:3] == ["SumBackward0", "ExpBackward0", "MulBackward0"]
    assert real.autograd_graph(total)[2].next == (3, 3)
    with torch.no_grad():
        y.add_(1.0)
    assert real.autograd_graph(total)[1].saved == (("result", "overwritten"),)


def test_aot_and_functionalization() -> None:
    x = torch.ones(2, 3, requires_grad=True)
    forward, backward = real.joint_graph(lambda x: (x @ x.t()).tanh().sum(), x)
    assert "tanh.default" in forward and "tanh_backward" in backward

    def program(x):
        y = x.t()
        y[0].mul_(2.0)
        return y.sum(0)

    plain, functional = real.functionalized(program, torch.ones(2, 3))
    assert "mul_" in plain and "mul_" not in functional and "copy_" in functional


def test_the_table_of_torchs_own_captures() -> None:
    rows = [table.outcome(way, table.SAMPLES[6]) for way in table.REAL]
    assert [each.second for each in rows] == ["wrong", "wrong"]  # of a global that has changed
    refused = [table.outcome(way, table.SAMPLES[3]).refused for way in table.REAL]
    assert all(refused)


@pytest.mark.parametrize("seed", range(10), indirect=True)
def test_captured_graphs_are_real_ones(seed) -> None:
    program, shapes = frameworks.random_program(random.Random(seed), 10)
    arrays = [np.random.default_rng(seed).standard_normal(shape) for shape in shapes]
    expected = program(*map(frameworks.machine().tensor, arrays)).data
    joint = joint_graph(program, *arrays)
    for graph in (frameworks.capture(program, *arrays).graph, joint):
        module = to_fx(graph, *arrays)
        found = module(*map(torch.tensor, arrays))
        value = found[0] if isinstance(found, tuple) else found
        np.testing.assert_allclose(value.numpy(), expected, rtol=1e-9)
        assert all("val" in node.meta for node in module.graph.nodes if node.op != "output")
