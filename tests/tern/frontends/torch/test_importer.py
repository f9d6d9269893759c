"""Whole programs: what is an input, what a constant, what sizes are called, what is refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the package torch")

from torch import nn
from torch.export import Dim

from tern.frontends.torch import TorchError, core_program, import_torch, signature_of
from tern.frontends.torch.capture import dynamo_graph, exported
from tern.frontends.torch.names import place_of
from tern.ir import function, run, verify
from tern.ir.mlir_attributes import Place
from tern.types import TensorType, f32, index, own_spelling
from tests.tern.frontends.torch.graphs import compare, imported, traced


def type_of(module) -> str:
    return own_spelling(function(module, "main").attributes["function_type"])


def names(module) -> list[str]:
    return [op.name for op in function(module, "main").body.only_block.operations]


class Counting(nn.Module):
    """Has a parameter, a buffer that stays, and one that changes."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 4))
        self.register_buffer("calls", torch.zeros(1))
        self.register_buffer("shift", torch.randn(4))

    def forward(self, x, y) -> tuple[torch.Tensor, torch.Tensor]:
        self.calls.add_(1)
        y.mul_(2)
        return x @ self.weight.sin() + self.shift, self.calls * x


def test_what_is_an_input_and_what_changes() -> None:
    model, x, y = Counting(), torch.randn(2, 4), torch.randn(3)
    program = core_program(exported(model, (x, y)))
    assert core_program(program) is program
    module, signature = import_torch(program), signature_of(program)
    assert signature.inputs == ("x", "y")
    assert [(s.name, s.given) for s in signature.states] == [("calls", False), ("y", True)]
    assert set(signature.constants) == {"p_weight", "b_shift"}
    func = function(module, "main")
    assert func.attributes["argument_names"] == ("x", "y", "calls")
    found = run(module, "main", x.numpy(), y.numpy(), np.array([3.0], np.float32))
    with torch.no_grad():
        expected = x @ model.weight.sin() + model.shift, 4.0 * x, torch.tensor([4.0]), 2 * y
    compare(found, expected)


def test_what_no_input_reaches_is_a_constant() -> None:
    module = import_torch(exported(Counting(), (torch.randn(2, 4), torch.randn(3))))
    assert "math.sin" not in names(module) and "linalg.transpose" not in names(module)
    module = imported(lambda x: x + torch.arange(4).float().cos(), torch.randn(3, 4))
    assert names(module).count("arith.constant") == 1 and "math.cos" not in names(module)


class Growing(nn.Module):
    def forward(self, x, past) -> tuple[torch.Tensor, ...]:
        whole = torch.cat([past, x], 1)
        return whole, whole.reshape(-1, 8) * 2, x.new_zeros(x.shape[0]) + x.shape[1]


def test_sizes_have_the_names_that_the_author_gave() -> None:
    batch, time, past = Dim("batch"), Dim("time"), Dim("past")
    shapes = {"x": {0: batch, 1: time}, "past": {0: batch, 1: past}}
    inputs = torch.randn(3, 2, 8), torch.randn(3, 5, 8)
    module = import_torch(exported(Growing(), inputs, shapes))
    taken, given = type_of(module).split(" -> ")
    assert taken == "(tensor<{batch}x{time}x8xf32>, tensor<{batch}x{past}x8xf32>)"
    whole, flat, filled = given.strip("()").split(", ")
    assert (whole, filled) == ("tensor<{batch}x{past + time}x8xf32>", "tensor<{batch}xf32>")
    assert flat.startswith("tensor<{_batch_by_")
    x, y = torch.randn(2, 4, 8), torch.randn(2, 7, 8)
    compare(run(module, "main", x.numpy(), y.numpy()), Growing()(x, y))
    with pytest.raises(ValueError, match="batch"):
        run(module, "main", x.numpy(), torch.randn(3, 7, 8).numpy())


def test_a_size_of_dynamo_is_an_argument() -> None:
    x = torch.randn(3, 4)
    torch._dynamo.mark_dynamic(x, 0)
    model = nn.Linear(4, 2)
    graph, constants = dynamo_graph(model, (x,))
    module = import_torch(graph, constants)
    inputs = function(module, "main").attributes["function_type"].inputs
    (symbol,) = inputs[1].shape[:1]
    assert inputs == (index, TensorType((symbol, 4), f32)) and isinstance(symbol, str)
    y = torch.randn(7, 4)
    compare([run(module, "main", 7, y.numpy())], model(y))


class Broken(nn.Module):
    def forward(self, x) -> torch.Tensor:
        y = x * 2
        return torch.linalg.qr(y)[0]


def test_what_is_not_known_is_one_line_that_says_where() -> None:
    with pytest.raises(TorchError) as raised:
        import_torch(exported(Broken(), (torch.randn(3, 3),)))
    message = str(raised.value)
    assert "aten.linalg_qr.default has no form in tern: node linalg_qr, of " in message
    assert message.endswith(": return torch.linalg.qr(y)[0]") and "\n" not in message
    line = Broken.forward.__code__.co_firstlineno + 2
    assert raised.value.location == Place(__file__, line, 1)


@pytest.mark.parametrize(
    ("compute", "inputs", "message"),
    [
        (lambda x: x + 1, (torch.zeros(2, dtype=torch.complex64),), "numbers of type torch.comp"),
        (lambda x: x.argmax(), (torch.zeros(2, 2),), "aten.argmax.default has no form in tern"),
        (lambda x: torch.conv_transpose2d(x, x), (torch.zeros(2, 2, 3, 3),), "aten.convolution"),
    ],
    ids=["complex", "an argmax of all", "a transposed convolution"],
)
def test_what_is_refused(compute, inputs, message) -> None:
    with pytest.raises(TorchError, match=message):
        import_torch(traced(compute, *inputs))


def test_a_row_that_the_reader_wrote_is_used() -> None:
    import tern
    from tern.frontends.torch import rows

    theirs = {**rows(), "aten.mean.default": lambda t, type, x, **_: t.operand(7.0, type)}
    with tern.using({"frontends.torch.rows": lambda: theirs}):
        module = imported(lambda x: x.mean(), torch.randn(3))
    assert run(module, "main", np.zeros(3, np.float32)) == 7.0


def test_a_graph_with_composite_operations_is_left_as_it_is() -> None:
    graph = traced(lambda x: x.softmax(-1), torch.randn(3, 4))
    before, x = str(graph.graph), torch.randn(3, 4)
    module = import_torch(graph)
    assert str(graph.graph) == before
    compare([run(module, "main", x.numpy())], x.softmax(-1))


def test_a_saved_program_is_read(tmp_path) -> None:
    model, x = nn.Linear(4, 3), torch.randn(2, 4)
    program = exported(model, (x,))
    torch.export.save(program, tmp_path / "linear.pt2")
    module = import_torch(torch.export.load(tmp_path / "linear.pt2"))
    compare([run(module, "main", x.numpy())], model(x))


def test_operations_know_their_line_in_the_model() -> None:
    module = import_torch(exported(Growing(), (torch.randn(1, 2, 8), torch.randn(1, 5, 8))))
    verify(module)
    found = {
        str(op.location)
        for op in function(module, "main").walk()
        if isinstance(op.location, Place) and op.name == "tensor.concat"
    }
    assert found == {f"{__file__}:{Growing.forward.__code__.co_firstlineno + 1}:1"}


def test_the_line_of_the_model_is_the_last_outside_of_pytorch() -> None:
    trace = (
        'File "/home/me/net.py", line 3, in forward\n    y = self.a(x)\n'
        'File "/x/site-packages/torch/nn/modules/linear.py", line 9, in forward\n    return F(x)\n'
    )
    assert place_of(trace) == (Place("/home/me/net.py", 3, 1), "y = self.a(x)")
    assert place_of(None) == (None, "")


def test_pytorch_is_imported_when_a_graph_is_read() -> None:
    code = "import sys, tern.frontends.torch; print('torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"], done.stderr
