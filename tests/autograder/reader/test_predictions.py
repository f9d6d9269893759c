"""`predict`: asked of a person, shown to a page, and never in anybody's way."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder import predict
from autograder.reader import live_notebook, predictions, progress
from tests.autograder.workbooks import ROOT, course_in

QUESTION = "How many block arguments does `power` need, if n < 3?"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(course_in(tmp_path))
    monkeypatch.setattr(predictions, "somebody_is_there", lambda: True)
    return tmp_path


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> list[str]:
    """Have `input` give these answers in turn, or raise them; the prompts are put into the list."""
    prompts, left = [], list(answers)

    def ask(prompt: str = "") -> str:
        prompts.append(prompt)
        answer = left.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    monkeypatch.setattr("builtins.input", ask)
    return prompts


def kept(home: Path) -> dict:
    return progress.load(home)["predictions"]


# ---- a person -----------------------------------------------------------------------------------


def test_a_guess_is_asked_for_kept_and_compared(home: Path, monkeypatch, capsys) -> None:
    prompts = answering(monkeypatch, "4")
    guess = predict(QUESTION, unit="arguments")
    assert guess.guess == 4
    assert prompts == ["Your guess, in arguments: "]
    assert capsys.readouterr().out == f"{QUESTION}\nKept: 4 arguments.\n"
    guess.reveal(7)
    shown = capsys.readouterr().out
    assert "your guess: 4 arguments" in shown and "measured: 7 arguments" in shown
    assert shown.endswith("Too low, by a factor of 1.75.\n")
    entry = kept(home)[QUESTION]
    assert (entry["guess"], entry["measured"], entry["unit"]) == (4, 7, "arguments")


def test_a_kept_guess_is_not_asked_for_again_unless_wanted(home: Path, monkeypatch, capsys) -> None:
    answering(monkeypatch, "4")
    predict(QUESTION)
    prompts = answering(monkeypatch)
    assert predict(QUESTION).guess == 4  # as in another kernel: only the file knows
    assert prompts == [] and "Your guess: 4" in capsys.readouterr().out
    answering(monkeypatch, "5")
    assert predict(QUESTION, again=True).guess == 5
    assert kept(home)[QUESTION]["guess"] == 5


def test_what_holds_no_number_is_asked_for_again_and_then_let_be(home: Path, monkeypatch) -> None:
    prompts = answering(monkeypatch, "many", "3 or 4", "about 12")
    assert predict(QUESTION).guess == 12
    assert len(prompts) == 3
    prompts = answering(monkeypatch, *["no idea"] * 10)
    assert predict("Another?").guess is None
    assert len(prompts) == predictions.TRIES
    assert "Another?" not in kept(home)


@pytest.mark.parametrize(
    "answer",
    ["", "  ", EOFError(), KeyboardInterrupt(), NotImplementedError(), OSError()],
    ids=repr,
)
def test_nobody_has_to_answer(home: Path, monkeypatch, capsys, answer: Any) -> None:
    answering(monkeypatch, answer)
    guess = predict(QUESTION)
    assert guess.guess is None and kept(home) == {}
    guess.reveal(7)
    assert capsys.readouterr().out.endswith("measured: 7\n")


def test_a_guess_that_cannot_be_kept_is_kept_in_the_kernel(home: Path, monkeypatch, capsys) -> None:
    (home / ".autograder").write_text("a file where the folder should be")
    answering(monkeypatch, "4")
    guess = predict(QUESTION)
    assert guess.guess == 4
    assert "Kept: 4. In this kernel only: " in capsys.readouterr().out
    guess.reveal(4)
    assert "Exactly right." in capsys.readouterr().out


@pytest.mark.parametrize(
    "measured", [float("nan"), float("inf"), "seven", None, 0, -3, 1e300, [1, 2]]
)
def test_reveal_takes_whatever_was_measured(home: Path, monkeypatch, measured: Any) -> None:
    answering(monkeypatch, "4")
    guess = predict(QUESTION)
    guess.reveal(measured)
    progress.load(home)
    assert list((home / ".autograder").iterdir()) == [progress.file_in(home)]  # none moved aside


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("7", 7), ("-2.5", -2.5), ("1e6", 1e6), (".5", 0.5), ("28,000", 28_000),
        ("1,234,567.5", 1_234_567.5),
        ("1_000", 1000), ("2,5", 2.5), ("3x", 3), ("~ 40 %", 40), ("12k", 12_000), ("12 kB", 12),
        ("2M", 2e6), ("", None), ("some", None), ("1 to 2", None), ("1e999", None), ("٣", 3),
    ],
)  # fmt: skip
def test_numbers_as_people_type_them(typed: str, number: float | None) -> None:
    assert predictions.number_in(typed) == number


@pytest.mark.parametrize(
    ("guess", "measured", "says"),
    [
        (10, 10, "Exactly right."), (10, 10.5, "Close"), (30, 10, "Too high, by a factor of 3."),
        (-2, -4, "high"), (0, 5, "Off by 5."), (-1, 5, "Off by 6."),
        (3, float("nan"), "Not comparable"),
        (1, 1e300, "Too low, by a factor of 1e+300."),
    ],
)  # fmt: skip
def test_what_a_guess_was_worth(guess: float, measured: float, says: str) -> None:
    assert says in predictions.compare(guess, measured)


@pytest.mark.parametrize("module", [predictions, live_notebook])
def test_the_examples_in_the_docstrings(module: Any) -> None:
    ran = doctest.testmod(module)
    assert ran.attempted > 0 and ran.failed == 0


# ---- a page -------------------------------------------------------------------------------------

LESSON = [
    f"from autograder import predict\nguess = predict({QUESTION!r}, unit='arguments')",
    "guess.reveal(7)",
    "predict('As a last value?')",
]


def executed(folder: Path) -> list[list[dict]]:
    """The outputs of the lesson's cells, as the book's build executes them."""
    nbclient = pytest.importorskip("nbclient")
    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in LESSON])
    nbclient.NotebookClient(
        book, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return [cell["outputs"] for cell in book.cells]


def test_a_page_shows_the_question_and_folds_the_answer(tmp_path: Path) -> None:
    """Nothing of the author's own guesses comes into it, and nothing is written."""
    course_in(tmp_path)
    with progress.changing(tmp_path) as data:
        data["predictions"][QUESTION] = {"guess": 99}
    before = progress.file_in(tmp_path).read_bytes()
    outputs = executed(tmp_path)
    assert [len(one) for one in outputs] == [1, 1, 1]
    asked, revealed, last = (one[0]["data"] for one in outputs)
    assert asked.keys() == revealed.keys() == {"text/html", "text/plain"}
    assert asked["text/html"].startswith('<div class="prediction">')
    assert "if n &lt; 3?" in asked["text/html"] and "Write your number down" in asked["text/html"]
    assert revealed["text/html"].startswith('<details class="prediction"><summary>How many')
    assert "<strong>7 arguments</strong></p></details>" in revealed["text/html"]
    assert revealed["text/plain"].endswith("measured: 7 arguments")
    assert "As a last value?" in last["text/plain"]
    assert "99" not in json.dumps(outputs)
    assert progress.file_in(tmp_path).read_bytes() == before


def test_every_class_is_known_to_the_books_style_sheet(tmp_path: Path) -> None:
    sheet = (ROOT / "book" / "static" / "prose.css").read_text()
    for name in ("prediction", "prediction-question", "prediction-advice", "prediction-verdict"):
        assert f".{name} " in sheet


def test_a_frontend_that_can_ask_is_asked(tmp_path: Path) -> None:
    """A real kernel and a client that answers, as JupyterLab, VS Code, and Colab do."""
    pytest.importorskip("ipykernel")
    from jupyter_client.manager import start_new_kernel

    course_in(tmp_path)
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    try:
        shown: list[dict] = []

        def hear(message: dict) -> None:
            if message["msg_type"] in ("display_data", "execute_result"):
                shown.append(message["content"]["data"])

        for source in LESSON[:2]:
            reply = client.execute_interactive(
                source,
                allow_stdin=True,
                stdin_hook=lambda _: client.input("4"),
                output_hook=hear,
                timeout=60,
            )
            assert reply["content"]["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "Kept: 4 arguments." in shown[1]["text/plain"]
    assert "Too low, by a factor of 1.75." in shown[2]["text/html"]
    assert kept(tmp_path)[QUESTION] | {"on": ""} == {
        "guess": 4.0, "unit": "arguments", "on": "", "measured": 7.0,
    }  # fmt: skip


def test_in_a_script_without_a_terminal_it_is_plain_text(tmp_path: Path) -> None:
    course_in(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(LESSON)],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(f"{QUESTION} (in arguments)\n  Write your number down")
    assert done.stdout.count("measured: 7 arguments") == 1
    assert not (tmp_path / ".autograder").exists()
