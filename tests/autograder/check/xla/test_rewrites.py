"""check.rewrites and check.rewrites_work: in a plain notebook, and apart from the judge."""

from __future__ import annotations

import contextlib
import importlib.util
import random
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

if importlib.util.find_spec("jax") is None:
    pytest.skip("not judged here: jax is not installed", allow_module_level=True)

from autograder import check
from autograder.check import session
from autograder.check.texts import Ended
from autograder.judge import workers
from autograder.judge.session import JudgeSession
from tern.workshop import xla

CHAPTER = SimpleNamespace(preload=(), exercises=())


@contextlib.contextmanager
def in_a_session() -> Iterator[None]:
    with workers.ForkServer(frozenset()) as server:
        with session.use(JudgeSession(server, CHAPTER, [], frozenset())):  # type: ignore[arg-type]
            yield


@pytest.fixture(scope="module")
def judged() -> Iterator[None]:
    with in_a_session():
        yield


def sliced(rng: random.Random) -> xla.Module:
    """exp(x)[first:last] of a thousand numbers."""
    first = rng.randrange(900)
    return xla.read_module(f"""HloModule m
ENTRY main {{
  x = f32[1000] parameter(0)
  y = f32[1000] exponential(x)
  ROOT z = f32[90] slice(y), slice={{[{first}:{first + 90}]}}
}}
""")


def replaced(old: str, new: str) -> Callable[[xla.Module], xla.Module]:
    """A function that changes a module's text."""

    def function(module: xla.Module) -> xla.Module:
        return xla.read_module(str(module).replace(old, new))

    return function


def test_in_a_plain_notebook() -> None:
    check.rewrites(xla.narrow, on=sliced, examples=2)


def test_a_right_rewrite(judged: None) -> None:
    check.rewrites(xla.narrow, on=lambda rng: xla.random_slices(rng, 14), examples=4)
    check.rewrites(lambda module: module, on=sliced, examples=2)


def test_a_wrong_rewrite(judged: None) -> None:
    with pytest.raises(check.CheckFailed, match=r"result 0 is .* at \[0\], and was"):
        check.rewrites(replaced("exponential", "negate"), on=sliced, examples=2)


def test_what_xla_refuses(judged: None) -> None:
    with pytest.raises(check.CheckFailed, match="XLA refuses what the function made"):
        check.rewrites(replaced("f32[90] slice", "f32[91] slice"), on=sliced, examples=2)


def test_another_shape(judged: None) -> None:
    def whole(module: xla.Module) -> xla.Module:
        return module.with_entry(xla.Computation("main", module.entry.instructions, "y"))

    with pytest.raises(check.CheckFailed, match=r"shapes \[\(90,\)\], and got \[\(1000,\)\]"):
        check.rewrites(whole, on=sliced, examples=2)


def test_what_is_no_module(judged: None) -> None:
    with pytest.raises(check.CheckFailed, match="expected a Module, and got str"):
        check.rewrites(str, on=sliced, examples=1)


def test_work_is_counted(judged: None) -> None:
    check.rewrites_work(xla.narrow, with_=xla.narrow, within=1.0, on=sliced, inputs=2)
    with pytest.raises(check.CheckFailed, match="11×"):
        check.rewrites_work(lambda m: m, with_=xla.narrow, within=2.0, on=sliced, inputs=2)


LOOP = """cond {
  p = f32[1000] parameter(0)
  ROOT f = pred[] constant(false)
}
ENTRY"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("ENTRY", LOOP, "a rule: the computation cond is new"),
        ("exponential", "custom-call", "a rule: y is a custom-call, and the module had none"),
        ("f32[1000] exp", "f32[2000] exp", "a rule: y has 2,000 elements"),
    ],
)
def test_work_that_is_not_counted_is_refused(old: str, new: str, says: str) -> None:
    """Of a loop XLA counts one iteration, and a custom-call is less than nothing."""
    with pytest.raises(check.CheckFailed, match=says):
        check.rewrites_work(replaced(old, new), with_=xla.narrow, within=9, on=sliced)


def test_the_text_is_what_counts() -> None:
    def function(module: xla.Module) -> xla.Module:
        """The exponential is in a literal: the object has none."""
        x, z = (module.entry[name] for name in "xz")
        text = f"0)\n  y = {str(module.entry['y']).partition(' = ')[2][:-1]}"
        y = xla.Instruction("y0", "constant", xla.Shape("f32", ()), (), {}, text)
        lines = {"x": x, "y0": y, "r": xla.Instruction("r", "slice", z.shape, ("y",), z.attributes)}
        return module.with_entry(xla.Computation("main", lines, "r"))

    with pytest.raises(check.CheckFailed, match="11×"):
        check.rewrites_work(function, with_=xla.narrow, within=2.0, on=sliced, inputs=2)


def test_a_process_that_ends(judged: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An infinite loop in HLO: the process is ended, and says so."""
    from autograder.check.xla import apart

    monkeypatch.setattr(apart, "SECONDS", 8.0)
    forever = xla.read_module("""HloModule m
cond {
  p = f32[1000] parameter(0)
  ROOT t = pred[] constant(true)
}
body {
  p = f32[1000] parameter(0)
  ROOT n = f32[1000] cosine(p)
}
ENTRY main {
  x = f32[1000] parameter(0)
  w = f32[1000] while(x), condition=cond, body=body
  ROOT z = f32[90] slice(w), slice={[0:90]}
}
""")
    with pytest.raises(
        check.CheckFailed, match="what the function made: it was still running after 8"
    ):
        check.rewrites(lambda module: forever, on=sliced, examples=1)


def test_who_is_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    """The book's modules come first: what is wrong with them is not the reader's fault."""
    from autograder.check.xla import apart, job

    for whose, expected in zip(job.TOLD, (check.CouldNotMeasure, check.CheckFailed), strict=True):
        ended = Ended("XLA did not survive it", 0, whose)
        monkeypatch.setattr(apart, "run", Mock(side_effect=ended))
        with pytest.raises(expected, match="XLA did not survive it"):
            check.rewrites(xla.narrow, on=sliced, examples=2)
    for which, expected in enumerate((check.CouldNotMeasure, check.CheckFailed)):
        reply = {"wrong": "the shape", "which": which}
        monkeypatch.setattr(apart, "run", Mock(return_value=[reply, reply]))
        with pytest.raises(expected, match=r"XLA refuses .*: the shape"):
            check.rewrites_work(xla.narrow, with_=xla.narrow, within=9, on=sliced, inputs=2)


def test_where_xla_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from tern.workshop.xla import real

    monkeypatch.setattr(real, "unavailable", lambda: "jax is not installed: pip install jax")
    with pytest.raises(check.CouldNotMeasure, match="not judged here: jax is not installed"):
        check.rewrites(xla.narrow, on=sliced)
