"""`%autograder` in a real IPython shell, in a real kernel, and with a stand-in for Colab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import check
from autograder.cli import NOT_YET, OWN_FAULT, PASSED
from autograder.judge import judge
from autograder.reader import judging, progress
from tests.autograder.workbooks import (
    CFG,
    DOMINATORS,
    FRONTIERS,
    ROOT,
    cell,
    chapter,
    code_cell,
    course_in,
    unsolved,
    workbook,
    write,
)

pytest.importorskip("IPython")
WRONG = {FRONTIERS: "def dominance_frontiers(successors, idoms):\n    return []\n"}
CHECK = "%autograder check frontiers --no-speed"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An IPython shell with the extension loaded, in the folder of a course's workbook."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    for name in ("JPY_SESSION_NAME", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(course_in(tmp_path) / "exercises" / "chapter05")
    main = sys.modules["__main__"]
    InteractiveShell.clear_instance()
    config = Config(
        {"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}}
    )
    shell = InteractiveShell.instance(config=config)
    assert shell.run_cell("%load_ext autograder").success
    yield shell
    InteractiveShell.clear_instance()
    sys.modules["__main__"] = main


def save(data: dict, seconds_ago: float = 0) -> Path:
    path = write(Path.cwd(), data)
    os.utime(path, (time.time() - seconds_ago,) * 2)
    return path


def run(shell: Any, source: str = CHECK) -> Any:
    """What the cell's last line returns, after a cell that did not fail."""
    done = shell.run_cell(source, store_history=True)
    done.raise_error()
    return done.result


def refused(shell: Any, source: str, capsys: pytest.CaptureFixture) -> str:
    """The one line that a wrong call shows."""
    capsys.readouterr()
    assert not shell.run_cell(source, store_history=True).success
    told = capsys.readouterr()
    assert "Traceback" not in told.err + told.out
    return told.err + told.out


# ---- check --------------------------------------------------------------------------------------


def test_a_verdict_is_shown_as_html_and_as_text(shell: Any) -> None:
    save(workbook(WRONG))
    verdict = run(shell)
    assert (verdict.code, verdict.passed) == (NOT_YET, False)
    shown, _ = shell.display_formatter.format(verdict)
    assert shown.keys() == {"text/html", "text/plain"}
    for text in shown.values():
        assert "the result has 0 items, expected 4" in text
        assert "Next: mend frontiers, or: %autograder hint chapter05 frontiers" in text
        assert "chapter05.ipynb, saved " in text
    assert '<details class="autograder-exercise autograder-failed" open>' in shown["text/html"]
    assert "\x1b" not in shown["text/plain"]
    save(workbook(solve=(FRONTIERS,)))
    verdict = run(shell)
    assert (verdict.code, verdict.passed) == (PASSED, True)
    assert verdict.report["exercises"][0]["status"] == "correct"


def test_it_is_the_terminals_judge_that_judges(shell: Any, monkeypatch) -> None:
    """What the kernel's own functions and patched checks say is of no account."""
    save(workbook(WRONG))
    for module, name in [(check, "equal"), (judge, "grade")]:
        monkeypatch.setattr(module, name, getattr(module, name))  # put back afterwards
    run(
        shell,
        "from autograder import check\nfrom autograder.judge import judge\n"
        "check.equal = judge.grade = lambda *_, **__: None\n"
        "def dominance_frontiers(*_): return [set(), {3}, {3}, set()]",
    )
    assert run(shell).code == NOT_YET


def test_several_exercises_and_all_of_them(shell: Any) -> None:
    save(workbook(WRONG))
    report = run(shell, f"%autograder check {CFG} frontiers --no-speed").report
    assert [one["name"] for one in report["exercises"]] == [CFG, FRONTIERS]
    report = run(shell, "%autograder check --no-speed").report
    assert [one["name"] for one in report["exercises"]] == [e.name for e in chapter().exercises]


def test_progress_is_kept_where_the_terminal_keeps_it(shell: Any, tmp_path: Path) -> None:
    save(workbook(solve=(FRONTIERS,)))
    run(shell)
    assert progress.load(tmp_path)["chapters"]["chapter05"][FRONTIERS]["status"] == "correct"


def test_a_module_beside_the_notebook_stands_in_for_none_of_the_judges(shell: Any) -> None:
    Path("hypothesis.py").write_text("raise SystemExit('not this one')\n")
    save(workbook(solve=(FRONTIERS,)))
    assert run(shell).code == PASSED


def test_html_in_a_value_is_shown_as_text(shell: Any) -> None:
    source = (
        "def dominance_frontiers(successors, idoms):\n    return ['<script>alert(1)</script>']\n"
    )
    save(workbook({FRONTIERS: source}))
    html = run(shell).html
    assert "&lt;script&gt;" in html and "<script>" not in html


def test_our_own_fault_is_called_that(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    save(workbook(WRONG))
    site = Path.cwd() / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("from autograder.judge import judge\ndel judge.grade\n")
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{ROOT}")
    verdict = run(shell)
    assert verdict.code == OWN_FAULT
    assert "AttributeError" in verdict.text and "the grader's own fault" in verdict.text


def test_a_judge_that_dies_is_our_own_fault(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    save(workbook(WRONG))
    site = Path.cwd() / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import os\nfrom autograder.judge import judge\n"
        "def grade(*_): os.write(2, b'out of memory'); os._exit(9)\njudge.grade = grade\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{ROOT}")
    verdict = run(shell)
    assert verdict.code == OWN_FAULT
    assert "out of memory" in verdict.text and "exit code 9" in verdict.text


def test_an_interrupt_ends_the_judge_too(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "import time\ndef dominance_frontiers(*_):\n    time.sleep(60)\n"
    save(workbook({FRONTIERS: source}))
    started = []

    class Watched(subprocess.Popen):
        def __init__(self, *arguments: Any, **keywords: Any):
            super().__init__(*arguments, **keywords)
            started.append(self)

    def interrupted(job: judging.Job, tell: Any) -> None:
        def stop(doing: str) -> None:
            raise KeyboardInterrupt

        spawned(job, stop)

    spawned = judging.spawned
    monkeypatch.setattr(subprocess, "Popen", Watched)
    monkeypatch.setattr(judging, "spawned", interrupted)
    done = shell.run_cell(CHECK, store_history=True)
    assert isinstance(done.error_in_exec, KeyboardInterrupt)
    assert [process.poll() is not None for process in started] == [True]


# ---- which notebook -----------------------------------------------------------------------------


def test_jupyter_says_which_file_it_is(shell: Any, tmp_path: Path, monkeypatch) -> None:
    mine = tmp_path / "mine.ipynb"
    mine.write_text(json.dumps(workbook(solve=(FRONTIERS,))))
    save(workbook(WRONG))
    monkeypatch.setenv("JPY_SESSION_NAME", str(mine))
    assert run(shell).code == PASSED
    monkeypatch.setenv("JPY_SESSION_NAME", "some/root/of/the/server/mine.ipynb")
    assert run(shell).code == NOT_YET  # no such file: the one in the folder


def test_vs_code_says_which_file_it_is(shell: Any, tmp_path: Path) -> None:
    mine = tmp_path / "mine.ipynb"
    mine.write_text(json.dumps(workbook(solve=(FRONTIERS,))))
    save(workbook(WRONG))
    shell.user_ns["__vsc_ipynb_file__"] = str(mine)
    assert run(shell).code == PASSED


def test_from_the_lesson_the_chapters_workbook_is_judged(shell: Any, tmp_path: Path) -> None:
    lesson = tmp_path / "chapters" / "chapter05.ipynb"
    lesson.parent.mkdir()
    lesson.write_text(json.dumps({"cells": [code_cell("1 + 1")], "metadata": {}}))
    path = save(workbook(WRONG))
    shell.user_ns["__vsc_ipynb_file__"] = str(lesson)
    verdict = run(shell)
    assert verdict.code == NOT_YET
    assert f"this notebook is not chapter05's workbook: judged {path}" in verdict.text


def test_a_chapter_or_a_file_may_be_said(shell: Any, tmp_path: Path) -> None:
    save(workbook(WRONG))
    (tmp_path / "mine.ipynb").write_text(json.dumps(workbook(solve=(FRONTIERS,))))
    assert run(shell, "%autograder check chapter05 frontiers --no-speed").code == NOT_YET
    assert run(shell, "%autograder check ../../mine.ipynb frontiers --no-speed").code == PASSED


def test_of_several_workbooks_none_is_guessed(shell: Any, capsys) -> None:
    save(workbook(WRONG))
    Path("other.ipynb").write_text(json.dumps(workbook()))
    Path("chapter05.1.backup.ipynb").write_text(json.dumps(workbook()))
    told = refused(shell, CHECK, capsys)
    assert "cannot tell which notebook this is" in told
    assert "chapter05.ipynb, other.ipynb)" in told


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%autograder", "say what to do"),
        ("%autograder chekc", "no command 'chekc'"),
        ("%autograder check nothing", "chapter05 has no exercise 'nothing'"),
        ("%autograder check chapter99", "there is no chapter 'chapter99'"),
        ("%autograder check missing.ipynb", "missing.ipynb"),
        ("%autograder hint frontiers dominators", "one exercise at a time"),
        ("%autograder check 'frontiers", "No closing quotation"),
    ],
)
def test_wrong_usage_is_said_without_a_traceback(shell: Any, capsys, line: str, says: str) -> None:
    save(workbook())
    assert says in refused(shell, line, capsys)


def test_a_file_that_is_no_notebook_is_said_to_be_none(shell: Any, capsys, monkeypatch) -> None:
    path = save(workbook())
    path.write_text("{")
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    assert "not valid JSON" in refused(shell, CHECK, capsys)


# ---- how old the file is ------------------------------------------------------------------------


def with_check(data: dict, monkeypatch: pytest.MonkeyPatch, seconds_ago: float = 0) -> None:
    """Save the notebook with the cell that asks for the check, as Jupyter's own."""
    data["cells"].append(code_cell(CHECK))
    monkeypatch.setenv("JPY_SESSION_NAME", str(save(data, seconds_ago)))


def test_a_file_just_saved_needs_no_warning(shell: Any, monkeypatch) -> None:
    with_check(workbook(WRONG), monkeypatch)
    assert "!" not in run(shell).text


def test_a_file_saved_long_ago_is_said_to_be(shell: Any, monkeypatch) -> None:
    with_check(workbook(WRONG), monkeypatch, seconds_ago=725)
    verdict = run(shell)
    for text in (verdict.text, verdict.html):
        assert "! judged as saved 12 minutes ago" in text


def test_a_file_without_the_cell_being_run_is_older(shell: Any, monkeypatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(save(workbook(WRONG))))
    told = "! the file is older than this notebook: save it, and run this cell again (the file was "
    assert told in run(shell).text


def test_an_answer_run_but_not_saved_is_noticed(shell: Any, monkeypatch) -> None:
    data = workbook(WRONG)
    with_check(data, monkeypatch)
    run(shell, "".join(cell(data, FRONTIERS)["source"]))
    assert "!" not in run(shell).text
    run(shell, "def dominance_frontiers(successors, idoms):\n    return [set()]\n")
    assert (
        "! the dominance_frontiers that you ran last is not the one in the file" in run(shell).text
    )


# ---- Colab --------------------------------------------------------------------------------------


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict:
    """A stand-in for google.colab: its page answers with what is put under "answer"."""
    page: dict = {}

    def blocking_request(request_type, request="", timeout_sec=5, parent=None):
        page["asked"] = (request_type, timeout_sec)
        if "error" in page:
            raise page["error"]
        return page["answer"]

    message = types.ModuleType("google.colab._message")
    message.blocking_request = blocking_request
    package = types.ModuleType("google.colab")
    package._message = message
    google = types.ModuleType("google")
    google.colab = package
    for name, module in [
        ("google", google),
        ("google.colab", package),
        ("google.colab._message", message),
    ]:
        monkeypatch.setitem(sys.modules, name, module)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    page["scratch"] = scratch
    return page


def test_colab_hands_over_the_notebook_on_the_screen(shell: Any, colab: dict) -> None:
    save(workbook(WRONG))  # whatever lies on the disk
    live = workbook(solve=(FRONTIERS,)) | {
        "metadata": {"colab": {"name": "Copy of chapter05.ipynb"}}
    }
    colab["answer"] = {"ipynb": live}
    verdict = run(shell)
    assert verdict.code == PASSED
    assert colab["asked"] == ("get_ipynb", 20)
    assert "Copy of chapter05.ipynb" in verdict.text and "saved" not in verdict.text
    assert list(colab["scratch"].iterdir()) == []


def test_a_live_notebook_of_any_name_is_known_by_its_cells(shell: Any, colab: dict) -> None:
    colab["answer"] = {"ipynb": workbook(solve=(FRONTIERS,)) | {"metadata": None}}
    assert run(shell).code == PASSED


def test_a_live_notebook_without_ids_is_known_by_its_name(shell: Any, colab: dict) -> None:
    live = workbook(solve=(FRONTIERS,))
    for one in live["cells"]:
        one["metadata"] = {}
    colab["answer"] = {"ipynb": live | {"metadata": {"colab": {"name": "chapter05.ipynb"}}}}
    assert run(shell).code == PASSED


@pytest.mark.parametrize(
    "answer", [None, {}, {"ipynb": None}, {"ipynb": {}}, "text", {"ipynb": {"cells": 3}}]
)
def test_colab_that_does_not_answer_is_one_line(
    shell: Any, colab: dict, capsys, answer: Any
) -> None:
    colab["answer"] = answer
    told = refused(shell, CHECK, capsys)
    assert "Colab did not hand over the notebook within 20 s: run the cell again" in told


def test_colab_that_answers_with_an_error_is_one_line(shell: Any, colab: dict, capsys) -> None:
    colab["error"] = RuntimeError("no page")
    assert "Colab did not hand over the notebook: no page" in refused(shell, CHECK, capsys)
    colab.pop("error")
    colab["answer"] = {
        "ipynb": {"cells": [code_cell("1")], "metadata": {"colab": {"name": "a.ipynb"}}}
    }
    assert "a.ipynb holds no exercises of a chapter" in refused(shell, CHECK, capsys)


# ---- hint, solution, progress -------------------------------------------------------------------


def test_hints_solutions_and_progress(shell: Any, tmp_path: Path) -> None:
    save(workbook(WRONG))
    assert "hint 1 of 3" in run(shell, "%autograder hint frontiers").text
    shown = run(shell, "%autograder hint chapter05 frontiers")
    assert "hint 2 of 3" in shown.text and "hint 2 of 3" in shown.html
    told = run(shell, "%autograder solution frontiers").text
    assert "`%autograder hint chapter05 frontiers` gives a nudge" in told and "def " not in told
    assert "def dominance_frontiers(" in run(shell, "%autograder solution frontiers").text
    shown = run(shell, "%autograder progress")
    assert "2 hints" in shown.text and "<td>2 hints</td>" in shown.html
    assert progress.load(tmp_path)["hints"] == {f"chapter05/{FRONTIERS}": 2}


def test_in_colab_progress_says_how_long_it_stays(shell: Any, colab: dict) -> None:
    assert "goes when Colab takes this machine back" in run(shell, "%autograder progress").text


# ---- in a real kernel ---------------------------------------------------------------------------


def test_an_executed_notebook_holds_the_verdict(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    import nbformat

    folder = course_in(tmp_path) / "exercises" / "chapter05"
    write(folder, workbook(WRONG))
    cells = ["%load_ext autograder", CHECK, f"%autograder hint {DOMINATORS}"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    nbclient.NotebookClient(
        book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    _, verdict, hint = (one["outputs"] for one in book.cells)
    assert [output["output_type"] for output in verdict] == ["execute_result"]  # nothing beside it
    assert "the result has 0 items, expected 4" in verdict[0]["data"]["text/html"]
    assert "hint 1 of 3" in hint[0]["data"]["text/plain"]


def test_the_command_line_never_imports_ipython(tmp_path: Path) -> None:
    course_in(tmp_path)
    write(tmp_path / "exercises" / "chapter05", unsolved())
    for arguments in (["--help"], ["check", "chapter05", "--no-speed"], ["progress"]):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "autograder", *arguments],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert "argparse" in imported
        assert not {name for name in imported if name.split(".")[0] in ("IPython", "ipykernel")}


def test_importing_the_package_imports_nothing_of_it(tmp_path: Path) -> None:
    code = (
        "import sys, autograder;"
        "print(sorted(n for n in sys.modules if n.startswith('autograder')));"
        "from autograder import predict, check; print(callable(predict), check.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["['autograder']", "True autograder.check"]
