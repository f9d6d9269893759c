"""The steps of .ci/run, in their order. Run in a fresh clone; .ci/run makes it.

First the README's command that sets the book up; then what is quick; then every chapter's lesson
and answers; then the built book, and the README's tests. When a step fails, the run goes on with
the next, so that it tells all that is wrong; only without the first there is no going on.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from lanes import Step, in_lanes, run_step
from passed import Passed, fingerprint, store_folder
from table import Line, table

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
TESTS = ROOT / "_build" / "tests.jsonl"

LATELY = 3 * 3600.0  # seconds
PACKAGES = ("autograder", "tern", "pyproject.toml", "requirements.txt", ".ci")  # all depend on them


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="run again what has passed before, too")
    again = parser.parse_args().all
    start = time.monotonic()

    setup = run_step(Step("set up, check the workbook", readme_command("check"), expect=1))
    lines = [setup]
    if setup.failed:
        return finish(lines, start)
    enter_environment()
    lines.append(run_step(Step("a browser", BROWSER)))
    passed = Passed(store_folder(), ROOT, fingerprint(VENV / "bin" / "python"), again)

    lines += in_lanes(quick(), passed)
    lines += in_lanes(lessons(), passed)
    for step in [*answers(passed), *build()]:
        lines.append(run_step(step, passed))
    os.environ["PYTEST_ADDOPTS"] = f"--seconds={TESTS}"
    lines.append(run_step(Step("README: the tests", readme_command("test"), grows=True)))
    return finish(lines, start)


def finish(lines: list[Line], start: float) -> int:
    print(table(lines, len(chapters()), time.monotonic() - start, TESTS))
    for line in lines:
        if line.failed:
            print(f"FAILED: {line.name}")
    return 1 if any(line.failed for line in lines) else 0


# ---- the steps ----------------------------------------------------------------------------------


def readme_command(marker: str) -> tuple[str, ...]:
    """The README's command behind a marker, word for word."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- {marker} -->\n```sh\n(.+?)\n```", text, re.S)
    assert found is not None, f"README.md has no command marked {marker}"
    return ("bash", "-euo", "pipefail", "-c", found[1])


# Without one the pages are not looked at, and the tests that do are skipped.
BROWSER = (
    "bash",
    "-c",
    "command -v chromium || { apt-get update -q; apt-get install -y -q chromium; } >/dev/null ||"
    " echo 'NOT CHECKED: the pages in a browser (no Chromium here): their tests are skipped'",
)


def quick() -> list[Step]:
    """What the author's fence says (.ci/fence has the commands), a step each."""
    script = (ROOT / ".ci" / "fence").read_text(encoding="utf-8")
    commands = script.partition("\ncd ")[2].splitlines()[1:]
    return [Step(line, ("bash", "-c", line)) for line in commands]


def chapters() -> list[str]:
    return sorted(path.stem for path in ROOT.glob("chapters/chapter*.ipynb"))


def executed(chapter: str) -> str:
    return f"_build/executed/{chapter}.ipynb"


def lessons() -> list[Step]:
    """Every lesson, executed. (What readers see is executed one at a time: a lesson measures.)"""
    return [
        Step(
            f"lesson {chapter}",
            ("python", "-m", "book.execute", chapter, "--to", executed(chapter)),
            inputs=(f"chapters/{chapter}.ipynb", *around(chapter), *PACKAGES),
            makes=executed(chapter),
            chapter=chapter,
        )
        for chapter in chapters()
    ]


def around(chapter: str) -> tuple[str, ...]:
    """What a lesson may read, besides the packages: its exercises, its settings."""
    exercises = (f"solutions/{chapter}", f"exercises/{chapter}")
    return (*exercises, "book/execute.py", "_config.yml")


def answers(passed: Passed | None = None) -> list[Step]:
    """References pass, rejected submissions fail. Each step uses both CPUs, where it may.

    Of a chapter whose exercises did not change in the last hours, one third of the rejected
    submissions is judged, another each day; or nothing, if all of it has passed here.
    """
    today = int(time.time() // 86_400) % 3
    steps = []
    for chapter in sorted(path.stem for path in ROOT.glob("solutions/*/*.toml")):
        exercises = (f"solutions/{chapter}", f"tests/rejected/{chapter}")
        command, inputs = ("autograder", "verify", chapter), (*exercises, *PACKAGES)
        whole = Step(f"verify {chapter}", command, inputs=inputs, chapter=chapter)
        if changed_lately(exercises) or (passed and passed.find(inputs, whole.name, command)):
            steps.append(whole)
        else:
            steps.append(replace(whole, command=(*command, "--third", str(today))))
    return steps


def changed_lately(paths: tuple[str, ...]) -> bool:
    command = ["git", "log", "-1", "--format=%ct", "--", *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.time() - int(done.stdout or 0) < LATELY


def build() -> list[Step]:
    into_cache = ("python", "-m", "book.execute", "--fill", "_build/executed")
    book = ("jupyter-book", "build", ".", "-W", "--keep-going")
    return [
        Step("the build finds the lessons' outputs", into_cache),
        Step("the book builds without a warning", book, grows=True),
        Step("links", ("python", "-m", "book.links", "_build/html")),
    ]


def enter_environment() -> None:
    """Steps find the commands of the virtual environment that the README's command has made."""
    os.environ["VIRTUAL_ENV"] = str(VENV)
    os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
