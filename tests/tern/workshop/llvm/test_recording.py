"""Sessions of LLVM's tools: all are recorded, and what's run here says what was recorded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tern.workshop.llvm import recording, toolchain
from tern.workshop.llvm.sessions import sessions
from tern.workshop.recorded import recorded


@pytest.mark.parametrize("name", sessions())
def test_each_session_is_recorded_with_its_commands(name: str) -> None:
    assert tuple(recorded("llvm")["outputs"][name]) == sessions()[name].commands


def test_nothing_of_the_machine_is_in_what_is_recorded() -> None:
    text = Path(recording.recorded.__file__).with_name("llvm.json").read_text()
    assert not re.search(r"/tmp|/usr|0x0000", text)


def test_without_tools_a_session_is_told_as_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "find", lambda: None)
    recording.outputs.cache_clear()
    told = recording.told("code")
    recording.outputs.cache_clear()
    assert re.match(r"# recorded with LLVM 22\S+, \S+\n\$ llc ", told) and "LEA64_32r" in told
    assert re.fullmatch(
        r"recorded with LLVM 22\.\d+\.\d+, 20\d\d-\d\d-\d\d", recording.version("lie")
    )


@pytest.mark.parametrize("name", ["recurrences", "code"])
def test_what_is_run_here_is_what_was_recorded(name: str) -> None:
    tools = toolchain.find()
    if tools is None or tools.version != toolchain.NEWEST:
        pytest.skip(f"needs the tools of LLVM {toolchain.NEWEST}")
    assert recording.run(sessions()[name], tools) == recorded("llvm")["outputs"][name]


def test_short_leaves_the_error_of_a_crash() -> None:
    told = "LLVM ERROR: it broke\nPLEASE submit a bug report to x\nStack dump:\n0. y\n"
    assert recording.short(told) == "LLVM ERROR: it broke"


def test_short_leaves_the_tree_of_a_dominator_tree() -> None:
    told = (
        "DominatorTree for function: f\n====---\nInorder Dominator Tree: DFSNumbers invalid: 0 "
        "slow queries.\n  [1] %entry {4294967295,4294967295} [0]\nRoots: %entry \n"
    )
    assert recording.short(told) == "DominatorTree for function: f\n  [1] %entry"


def test_recurrences_are_of_the_argument_alone() -> None:
    rows = dict(recording.recurrences())
    assert "`{{%x,+,(4 * %M)}<%i.test>,+,4}<%j.test>`" in rows.values()
    assert not any("out" in instruction for instruction in rows)
