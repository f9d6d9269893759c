"""What the checks say in a plain kernel, where names are the reader's functions themselves."""

from __future__ import annotations

import random

import numpy
import pytest
from hypothesis import strategies as st

from autograder import check
from autograder.check import session
from autograder.speed import verdict
from tern.errors import TernError, at


def message(call, *arguments, **named) -> str:
    with pytest.raises(check.CheckFailed) as caught:
        call(*arguments, **named)
    return str(caught.value)


# ---- equal --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [1, 1.5, float("nan"), "a", None, [1, [2]], (1,), {"a": [1]}, {1, 2}, numpy.arange(3), b"x"],
    ids=repr,
)
def test_equal_accepts_what_is_the_same(value) -> None:
    check.equal(value, value)


@pytest.mark.parametrize(
    ("actual", "expected", "says"),
    [
        (1, 2, "the result differs"),
        (1, True, "the result is an int, expected a bool"),
        (1.0, 1, "the result is a float, expected an int"),
        (None, [1], "the result is None: is a `return` missing?"),
        ((1, 2), [1, 2], "the result is a tuple, expected a list"),
        ([1], [1, 2], "the result has 1 items, expected 2"),
        ([1, 3], [1, 2], "the result[1] differs"),
        ([[1], [2, 4]], [[1], [2, 3]], "the result[1][1] differs"),
        ([[1], None], [[1], [2]], "the result[1] is None, expected a list"),
        ({"a": 1}, {"b": 1}, "the result has no key 'b'"),
        ({"a": 1, "b": 2}, {"b": 2}, "the result has a key 'a' that should not be there"),
        ({"a": [1]}, {"a": [2]}, "the result['a'][0] differs"),
        ({1}, {2}, "the result differs"),
        (numpy.zeros(2, "f4"), numpy.zeros(2), "the result has dtype float32, expected float64"),
        (numpy.zeros(2), numpy.zeros(3), "the result has shape (2,), expected (3,)"),
        (
            numpy.zeros(2),
            numpy.ones(2),
            "the result differs in 2 of 2 elements, first at [0]: expected 1.0, got 0.0",
        ),
        (
            numpy.array([numpy.nan, 1.0]),
            numpy.array([numpy.nan, 2.0]),
            "the result differs in 1 of 2 elements, first at [1]: expected 2.0, got 1.0",
        ),
        (numpy.False_, False, "the result is NumPy's bool, np.False_, not Python's bool"),
        (numpy.True_, False, "the result is NumPy's bool, np.True_, not Python's bool"),
        (
            numpy.float64(2),
            2.0,
            "the result is NumPy's float64, np.float64(2.0), not Python's float",
        ),
        ([numpy.int64(3)], [3], "the result[0] is NumPy's int64, np.int64(3), not Python's int"),
        (numpy.int64(3), [3], "the result is NumPy's int64, np.int64(3), expected a list"),
        (0.0, float("nan"), "the result differs"),
    ],
)
def test_equal_says_where_two_values_differ(actual, expected, says: str) -> None:
    told = message(check.equal, actual, expected)
    assert told.splitlines()[0] == says
    assert "  expected: " in told
    assert "  got: " in told


def test_the_sentence_that_teaches_is_shown() -> None:
    told = message(check.equal, 1, 2, because="Numbers start at one.")
    assert "  why: Numbers start at one." in told


def test_a_long_value_is_shortened() -> None:
    assert len(message(check.equal, list(range(100_000)), [])) < 1000


# ---- close, true, raises ------------------------------------------------------------------------


def test_close_allows_what_it_says_and_no_more() -> None:
    one = numpy.array([1.0, 2.0, numpy.nan, numpy.inf])
    check.close(one * (1 + 5e-6), one)
    check.close(1.0000001, 1.0)
    check.close(one, one, rtol=0)
    told = message(check.close, numpy.array([1.0, 2.1]), numpy.array([1.0, 2.0]))
    assert told.splitlines()[:2] == ["1 of 2 numbers differ", "  first at: [1]"]
    assert "differ" in message(check.close, numpy.zeros(2), numpy.array([0.0, numpy.nan]))
    assert "differ" in message(check.close, numpy.full(2, numpy.nan), numpy.zeros(2))


@pytest.mark.parametrize(
    ("actual", "says"),
    [
        (numpy.zeros((2, 1)), "expected shape (2,), got (2, 1)"),
        (numpy.zeros(2, "f4"), "expected dtype float64, got float32"),
        ("zero", "expected numbers, got a str"),
        (None, "expected numbers, got None"),
        ([0.0, 0.0], "expected numbers, got a list"),
    ],
)
def test_close_wants_the_shape_and_the_type_too(actual, says: str) -> None:
    assert message(check.close, actual, numpy.zeros(2)).splitlines()[0] == says


def test_true_wants_true_itself() -> None:
    check.true(True, "holds")
    for value in (1, "yes", [True], numpy.True_, None, False):
        told = message(check.true, value, "it does not hold")
        assert told.splitlines()[0] == "it does not hold"


def test_numpys_bool_is_named_where_pythons_was_expected() -> None:
    told = message(check.true, numpy.True_, "it holds", because="A sentence about what is wrong.")
    assert told == "it holds\n  got: NumPy's bool, np.True_, not Python's bool"
    told = message(check.true, numpy.False_, "it holds", because="It does not.")
    assert told.splitlines()[1:] == [
        "  got: NumPy's bool, np.False_, not Python's bool",
        "  why: It does not.",
    ]
    from hypothesis import strategies

    told = message(check.forall, strategies.integers(), lambda n: numpy.int64(n) == n)
    assert "got: NumPy's bool, np.True_, not Python's bool" in told


def fail(*_: object) -> None:
    raise KeyError("no such block")


def test_raises_accepts_the_class_and_its_bases() -> None:
    check.raises("KeyError", fail)
    check.raises("LookupError", fail, 1, match="no such")


def test_raises_asks_where_the_error_says_that_it_is() -> None:
    def located() -> None:
        with at("net.mlir:3:5"):
            raise TernError("no form")

    check.raises("TernError", located, location="net.mlir:3:5")
    told = message(check.raises, "TernError", located, location="net.mlir:4:5")
    assert told.startswith("TernError was raised, with another location")
    assert "nowhere" in message(check.raises, "KeyError", fail, location="net.mlir:4:5")


def test_raises_says_what_happened_instead() -> None:
    assert message(check.raises, "ValueError", fail).splitlines()[0] == (
        "expected ValueError, got KeyError"
    )
    assert message(check.raises, "ValueError", abs, -3) == "expected ValueError\n  got: 3"
    told = message(check.raises, "KeyError", fail, match="operation")
    assert told.splitlines()[0] == "KeyError was raised, with another message"
    assert "  should mention: operation" in told


# ---- forall -------------------------------------------------------------------------------------


def test_forall_passes_what_holds() -> None:
    seen = []
    check.forall(st.integers(), lambda n: seen.append(n) is None and n == n, examples=40)
    assert len(seen) >= 40
    check.forall(st.integers(), lambda n: None)


def test_forall_shows_the_smallest_counterexample_and_the_seed() -> None:
    told = message(check.forall, st.integers(0, 10_000), lambda n: n < 777, because="Too big.")
    assert told.splitlines()[0] == "the property does not hold"
    assert "  smallest counterexample: 777" in told
    assert "  seed: " in told
    assert "  why: Too big." in told


def test_forall_keeps_what_the_check_inside_it_said() -> None:
    told = message(
        check.forall, st.lists(st.integers()), lambda xs: check.equal(sorted(xs), xs), examples=500
    )
    assert "differs" in told.splitlines()[0]
    assert "  smallest counterexample: [1, 0]" in told or "counterexample: [0, -1]" in told


def test_forall_shows_the_input_on_which_the_code_raises() -> None:
    told = message(check.forall, st.integers(), lambda n: 1 // n == 1 // n)
    assert told.splitlines()[0].startswith("ZeroDivisionError: ")
    assert "  smallest counterexample: 0" in told


@pytest.mark.parametrize("returned", [False, 1, "yes", [True]])
def test_forall_takes_nothing_for_true_but_true(returned) -> None:
    assert "the property does not hold" in message(check.forall, st.none(), lambda _: returned)


def inputs_with(monkeypatch: pytest.MonkeyPatch, seed: str | None) -> list[int]:
    if seed is None:
        monkeypatch.delenv("AUTOGRADER_SEED", raising=False)
    else:
        monkeypatch.setenv("AUTOGRADER_SEED", seed)
    seen: list[int] = []
    check.forall(st.integers(0, 1 << 60), lambda n: seen.append(n), examples=20)
    return seen


def test_the_seed_repeats_a_run_and_every_run_has_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assert inputs_with(monkeypatch, "5") == inputs_with(monkeypatch, "5")
    assert inputs_with(monkeypatch, None) != inputs_with(monkeypatch, None)


def test_forall_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    message(check.forall, st.integers(), lambda n: n < 5)
    assert capfd.readouterr() == ("", "")


# ---- speed in a plain kernel --------------------------------------------------------------------


def slow(n: int) -> int:
    return sum(i * i for i in range(n)) + sum(i for i in range(8 * n)) * 0


def fast(n: int) -> int:
    return sum(i * i for i in range(n))


def size(rng: random.Random) -> tuple[int]:
    return (rng.randrange(20_000, 20_010),)


@pytest.mark.timed
def test_keeps_up_prints_its_figure(capsys: pytest.CaptureFixture[str]) -> None:
    check.keeps_up(fast, with_=fast, within=20, on=size)
    assert "the book's CPU time for fast (bar 20×" in capsys.readouterr().out


@pytest.mark.timed
def test_keeps_up_fails_what_is_too_slow() -> None:
    with pytest.raises(check.CheckFailed, match="the book's CPU time"):
        check.keeps_up(slow, with_=fast, within=0.05, on=size)


@pytest.mark.timed
def test_a_function_that_changes_its_argument_is_given_its_own() -> None:
    def drain(values: list[int]) -> int:
        total = 0
        while values:
            total += values.pop()
        return total

    check.keeps_up(drain, with_=drain, within=50, on=lambda rng: ([rng.random()] * 5000,))


@pytest.fixture
def switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGRADER_SPEED", "off")
    for name in ("compare", "grows"):
        monkeypatch.setattr(verdict, name, lambda *_: 1 / 0)


def test_no_speed_is_measured_when_it_is_switched_off(
    switched_off: None, capsys: pytest.CaptureFixture[str]
) -> None:
    check.keeps_up(slow, with_=fast, within=0.01, on=size)
    growth = {"no_faster_than": "n", "sizes": [10, 100], "on": lambda rng, n: (n,)}
    check.grows(slow, with_=fast, **growth)
    assert capsys.readouterr().out.count("not measured") == 2


def test_growth_is_never_judged_without_an_expected_result() -> None:
    with pytest.raises(TypeError, match="with_"):
        check.grows(slow, no_faster_than="n", sizes=[10, 100], on=lambda rng, n: (n,))  # type: ignore[call-arg]


def test_a_stub_fails_although_speed_is_switched_off(switched_off: None) -> None:
    def stub(n: int) -> int:
        raise NotImplementedError

    growth = {"no_faster_than": "n", "sizes": [10, 100], "on": lambda rng, n: (n,)}
    for call in (
        lambda: check.keeps_up(stub, with_=fast, within=1, on=size),
        lambda: check.grows(stub, with_=fast, **growth),
    ):
        with pytest.raises(NotImplementedError):
            call()
    with pytest.raises(check.CheckFailed, match="wrong on the large input"):
        check.keeps_up(abs, with_=fast, within=1, on=size)


def test_under_the_judge_the_environment_does_not_switch_it_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AUTOGRADER_SPEED", "off")
    monkeypatch.setattr(verdict, "compare", lambda *_: 1 / 0)

    class Measuring(session.LocalSession):
        measures_speed = True

    with session.use(Measuring()), pytest.raises(ZeroDivisionError):
        check.keeps_up(fast, with_=fast, within=2, on=size)


def test_no_check_has_the_name_of_a_module() -> None:
    """Or to import the one would hide the other."""
    modules = {module for module in check._FAMILIES if "." not in module}
    assert not modules & set(check.__all__)
