"""The book's rules, choices, and rewrites beside the real XLA's."""

from __future__ import annotations

import random

import numpy as np
import pytest

pytestmark = [pytest.mark.apart, pytest.mark.rotates(6)]
pytest.importorskip("jax", reason="not judged here: jax is not installed")

from tern.targets.errors import XlaError
from tern.workshop.xla import (
    Module,
    bytes_accessed,
    cost,
    costly,
    fuse,
    fused_module,
    kernels_of,
    narrow,
    plan_bytes,
    random_graph,
    random_slices,
    read_module,
    real,
    shard,
)
from tern.workshop.xla import networks as book
from tern.workshop.xla.hook import PassError, inside_xla
from tern.workshop.xla.split import compiled_apart


def arguments(module: Module, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = [each.array.dimensions for each in module.entry.parameters()]
    return [rng.uniform(0.1, 1.1, shape).astype(np.float32) for shape in shapes]


def close(expected: list[np.ndarray], actual: list[np.ndarray], told: str) -> None:
    assert len(expected) == len(actual)
    for one, other in zip(expected, actual):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4, err_msg=told)


def test_costs_are_xlas() -> None:
    texts = costly.texts(random.Random())
    assert len(texts) >= 40
    for text in texts:
        assert cost(read_module(text)) == real.cost_analysis(text), text


def test_costs_of_whole_networks_are_xlas() -> None:
    for name, texts in book.recorded().items():
        modules = [*texts.values(), fused_module(texts["unfused"], fuse(texts["unfused"].entry))]
        for module in modules:
            assert cost(module) == real.cost_analysis(str(module)), f"{name}: {module}"


def test_xla_still_does_what_is_recorded() -> None:
    if real.release() != real.TRIED_WITH:
        pytest.skip(f"what is recorded is of {real.TRIED_WITH}")
    for name in ("softmax", "adam"):
        assert {key: str(each) for key, each in book.recorded()[name].items()} == book.compiled(
            name
        )


def test_xla_reads_random_modules() -> None:
    rng = random.Random()
    for make in (random_graph, random_slices):
        for _ in range(10):
            module = make(rng, 20)
            again = read_module(real.to_text(real.to_proto(str(module))))
            assert cost(again) == cost(module)


def test_narrowing_keeps_results_and_saves_work() -> None:
    rng, before, after = random.Random(), 0.0, 0.0
    for _ in range(12):
        module = random_slices(rng, 18)
        new = narrow(module)
        one, other = real.Executable(str(module)), real.Executable(str(new))
        inputs = arguments(module, rng.getrandbits(32))
        close(one.run(inputs), other.run(inputs), str(module))
        for each, add in ((one, "before"), (other, "after")):
            left = real.cost_analysis(each.optimized())
            work = left["flops"] + left["transcendentals"]
            before, after = (before + work, after) if add == "before" else (before, after + work)
    assert after < before  # 0.2 of it at the median of many such dozens, 0.7 at the worst


def test_narrowing_alone_changes_no_bit() -> None:
    """XLA's algebraic simplifier multiplies two constants in a row by one: with it switched off,
    what is computed element by element comes out the same to the bit."""
    rng, tried = random.Random(), 0
    options = {"xla_disable_hlo_passes": "algsimp,simplification,fusion,fusion-wrapper"}
    while tried < 6:
        module = random_slices(rng, 14)
        if any(each.opcode in ("dot", "reduce") for each in module.entry):
            continue
        tried += 1
        inputs = arguments(module, rng.getrandbits(32))
        found = [real.Executable(str(m), options).run(inputs) for m in (module, narrow(module))]
        for one, other in zip(*found):
            np.testing.assert_array_equal(one, other, str(module))


def test_a_fusion_pass_inside_xla() -> None:
    """The book's kernels replace XLA's own fusions: the same results, by fewer bytes."""
    for name in ("layer_norm", "moments", "adam", "covariance"):
        lowered = book.lowered(name)
        module = read_module(lowered.as_text("hlo"))
        own = lowered.compile(real.WITHOUT_LIBRARIES)
        with inside_xla(lambda m: fused_module(m, fuse(m.entry)), only=module.name) as runs:
            mine = lowered.compile(real.WITHOUT_FUSION)
        assert list(runs.after) == [module.name]
        inputs = arguments(module, 1)
        results = [each(*inputs) for each in (own, mine)]
        close(*[[np.asarray(x) for x in _flat(each)] for each in results], name)
        costs = [each.cost_analysis()["bytes accessed"] for each in (own, mine)]
        assert costs[1] < costs[0], name
        text = read_module(mine.as_text())
        assert bytes_accessed(*kernels_of(text)) < bytes_accessed(
            *kernels_of(read_module(own.as_text()))
        )


def _flat(results) -> list:
    return list(results) if isinstance(results, tuple | list) else [results]


def test_a_pass_that_fails_says_so_and_is_gone() -> None:
    import jax

    def broken(module: Module) -> Module:
        raise KeyError("no such instruction")

    with pytest.raises(PassError, match="KeyError: 'no such instruction'") as caught:
        with inside_xla(broken):
            jax.jit(lambda x: x + 1).lower(np.float32(1)).compile()
    assert isinstance(caught.value.__cause__, KeyError)
    with inside_xla(lambda module: None) as runs:
        jax.jit(lambda x: x + 2).lower(np.float32(1)).compile()
    assert runs.before and not runs.after


def test_a_pass_runs_inside_of_the_block_and_on_one_name_alone() -> None:
    import jax

    seen: list[str] = []

    def mine(x):
        return x - 3

    def compiled() -> None:
        jax.jit(mine).lower(np.float32(1)).compile()

    for only in ("", "jit_mine", "jit_other"):
        compiled()  # JAX keeps that, and is made to forget it
        with inside_xla(lambda module: seen.append(module.name), only=only):
            compiled()
        compiled()
    assert seen == ["jit_mine"] * 2


def test_a_pass_that_makes_nonsense_is_told_by_xlas_words() -> None:
    import jax

    def wrong(module: Module) -> Module:
        text = str(module).replace("add(", "minimum-of(")
        return read_module(text)

    with pytest.raises(PassError, match="XlaError.*minimum-of"):
        with inside_xla(wrong):
            jax.jit(lambda x: x + 3).lower(np.float32(1)).compile()


def test_a_pass_can_change_what_is_computed() -> None:
    import jax

    def doubled(module: Module) -> Module:
        return read_module(str(module).replace("constant(5)", "constant(7)"))

    with inside_xla(doubled, only="jit_six"):

        def six(x):
            return x + 5

        compiled = jax.jit(six).lower(np.float32(1)).compile()
    assert compiled(np.float32(1)) == 8


def test_what_to_do_when_a_name_has_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(real.NAMES, "hlo_module_from_string", "jaxlib._hlo")
    real._found.cache_clear()
    try:
        assert "jaxlib._hlo.hlo_module_from_string is not in jax" in real.missing()
        assert "mend tern/workshop/xla/real.py" in real.missing()
    finally:
        real._found.cache_clear()


def test_xla_refuses_in_one_line() -> None:
    with pytest.raises(XlaError) as caught:
        real.cost_analysis("HloModule m\nENTRY e {\n  ROOT a = f32[2] negate(b)\n}\n")
    assert "\n" not in str(caught.value)


def test_what_xla_sends_for_the_plans_of_the_book() -> None:
    """On 8 simulated devices, with weights stored as the plan stores them."""
    mlp = [256, 1024, 256]
    jobs = [
        ((8,), 64, mlp, ("w", "w"), [("w", "c"), ("c", "w")]),
        ((8,), 16384, mlp, ("r", "r"), [("r", "r"), ("r", "r")]),
        ((8,), 64, mlp, ("r", "r"), shard((8,), 64, mlp, ("r", "r"))),
    ]
    sent = compiled_apart(jobs)
    totals = [sum(size for _, size in each) for each in sent]
    expected = [plan_bytes(*job) for job in jobs]
    assert [name for name, _ in sent[0]] == ["all-reduce"] and totals[0] == expected[0]
    assert [name for name, _ in sent[1]] == ["all-gather"] * 2 and totals[1] == expected[1]
    # XLA:CPU adds up the whole result everywhere where a reduce-scatter would do, so it sends more.
    assert totals[2] >= expected[2]


def test_a_cell_without_jax_says_so_and_no_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NameError), real.jax_cell():
        print(what_nobody_defined)  # noqa: F821
    monkeypatch.setattr(real, "unavailable", lambda: "jax is not installed")
    for source in ("import jaxlib_of_nobody", "print(defined_where_jax_is)"):
        with real.jax_cell():
            exec(source)
    assert capsys.readouterr().out.splitlines() == ["not run here: jax is not installed"] * 2
    with pytest.raises(ZeroDivisionError), real.jax_cell():
        print(1 / 0)
