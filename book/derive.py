"""Write what follows from the course's own files: the contents, and what README.md says is here.

    python -m book.derive             # after a chapter's folder has come, or its row has changed
    python -m book.derive --check     # exit code 1, and a line for each file that differs

The chapters that are here are those with all their files (book/ext/course.py); their titles and
phases are the syllabus's (book/ext/syllabus.py). Written are the whole of _toc.yml, the regions of
README.md between <!-- here --> and <!-- /here -->, and the headings of the references. A title
that differs in a chapter's own files, or a file that is missing, is one line and exit code 1.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from book.ext.course import CourseError, in_words, of_all, present, problems
from book.ext.syllabus import CHAPTERS, PHASES, Phase, chapter

ROOT = Path(__file__).resolve().parents[1]

BEFORE = ("audience", "skills", "road", "plan", "reality", "faq", "howto", "setup")
AFTER = ("tern", "glossary", "references")
REGION = re.compile(r"(?<=<!-- here -->\n).*?(?=<!-- /here -->)", re.DOTALL)


class DeriveError(Exception):
    """A file has no place for what is derived; one line that says why."""


def contents(root: Path) -> str:
    """The whole of _toc.yml."""
    lines = [
        "# Written by `python -m book.derive`: chapters by their folders, pages by its lists.",
        "format: jb-book",
        "root: chapters/intro",
        "parts:",
        *part("Before week 1", [f"chapters/{name}" for name in BEFORE]),
    ]
    here = {each.chapter for each in present(root)}
    for phase in PHASES:
        written = [each for each in phase.chapters if each in here]
        if written:
            lines += part(phase.heading, [])
            for each in written:
                lines.append(f"      - file: {each.docname}")
                lines.append("        sections:")
                for folder, title in (("exercises", "Workbook"), ("solutions", "Solutions")):
                    lines.append(f"          - file: {folder}/{each.name}/{each.name}")
                    lines.append(f"            title: {title}")
    lines += part("At the back", [f"chapters/{name}" for name in AFTER])
    return "\n".join(lines) + "\n"


def part(caption: str, pages: list[str]) -> list[str]:
    files = [f"      - file: {page}" for page in pages]
    return [f'  - caption: "{caption}"', "    chapters:", *files]


def readme(root: Path) -> str:
    """README.md with what is here between its two comments. Raises DeriveError."""
    text = read(root / "README.md")
    if not REGION.search(text):
        raise DeriveError("README.md: no lines <!-- here --> and <!-- /here -->")
    return REGION.sub(lambda _: what_is_here(root), text)


def what_is_here(root: Path) -> str:
    """The chapters that are here, a phase a line, with the number of their exercises."""
    found = present(root)
    here = {each.chapter.number for each in found}
    exercises = in_words(sum(each.exercises for each in found), "exercise")
    lines = [
        f"**What is here now:** {of_all(len(here))}, with {exercises} "
        "and the parts of tern they need.",
        "",
        *filter(None, (of_phase(phase, here) for phase in PHASES)),
        "",
    ]
    left = len(CHAPTERS) - len(here)
    if left:
        others = "The last one is" if left == 1 else f"The other {in_words(left)} are"
        lines[-1:] = [
            "",
            f"{others} being written; the plan is the book's page *The road at a glance*.",
        ]
    return "\n".join(lines) + "\n"


def of_phase(phase: Phase, here: set[int]) -> str:
    """The chapters of a phase that are here, as an item of a list; empty if none is."""
    titles = [f"{each.number} *{each.title}*" for each in phase.chapters if each.number in here]
    return f"- {phase.heading}: {' · '.join(titles)}" if titles else ""


def references(root: Path) -> str:
    """The references with the syllabus's headings. Raises DeriveError."""
    path = root / "chapters" / "references.md"

    def week(match: re.Match[str]) -> str:
        try:
            return f"### {chapter(int(match[1])).heading}"
        except ValueError as error:
            raise DeriveError(f"chapters/references.md: {error}") from None

    def phase(match: re.Match[str]) -> str:
        names = {phase.numeral: phase.heading for phase in PHASES}
        return f"## {names[match[1]]}" if match[1] in names else match[0]

    text = re.sub(r"^### (\d+) · .*$", week, read(path), flags=re.MULTILINE)
    return re.sub(r"^## Phase (\w+) · .*$", phase, text, flags=re.MULTILINE)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


DERIVED = {
    "_toc.yml": contents,
    "README.md": readme,
    "chapters/references.md": references,
}


def out_of_date(root: Path) -> dict[str, str]:
    """The new text of every file that differs from what is derived. Raises DeriveError."""
    made = {name: derive(root) for name, derive in DERIVED.items()}
    return {name: text for name, text in made.items() if text != read(root / name)}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m book.derive", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 if any differs"
    )
    parser.add_argument(
        "root", nargs="?", type=Path, default=ROOT, help="the checkout; this one if left out"
    )
    options = parser.parse_args(arguments)
    try:
        wrong = problems(options.root)
        found = out_of_date(options.root)
    except (CourseError, DeriveError) as error:
        print(error, file=sys.stderr)
        return 2
    for name, text in found.items():
        if not options.check:
            (options.root / name).write_text(text, encoding="utf-8")
        print(f"{name}: {'out of date (python -m book.derive)' if options.check else 'written'}")
    for line in wrong:
        print(line)
    if not found and not wrong:
        here = present(options.root)
        print(f"{in_words(len(here), 'chapter')} here; {', '.join(DERIVED)} are as derived")
    return int(bool(wrong) or (bool(found) and options.check))


if __name__ == "__main__":
    sys.exit(main())
