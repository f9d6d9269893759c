"""What a determined student tries: each cheat scores 0 where it is used, and spoils nothing else.

Every cheat stands in the cell of `dominators`. The exercise `frontiers` beside it is solved, and
its points show that the cheat cost nobody else anything.
"""

from __future__ import annotations

import json
import os
import py_compile
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from autograder.judge import cells, judge, testing
from autograder.report import results
from tests.autograder.workbooks import (
    CFG,
    COURSE,
    DOMINATORS,
    FRONTIERS,
    autograder,
    book_answer,
    cell,
    chapter,
    code_cell,
    graded,
    identity,
    said,
    solved,
    workbook,
    write,
)

pytestmark = pytest.mark.usefixtures("few_examples", "small_forks")
CORRECT_FRONTIERS = 7.0  # points of its correctness tests


def attack(folder: Path, source: str) -> results.ExerciseResult:
    """Grade the cheat; it must score 0 and cost the solved exercise beside it nothing."""
    results = graded(
        folder, workbook({DOMINATORS: source}, solve=(FRONTIERS,)), DOMINATORS, FRONTIERS
    )
    assert results[DOMINATORS].earned == 0, said(results[DOMINATORS])
    assert results[DOMINATORS].status == "failed"
    assert results[FRONTIERS].earned == CORRECT_FRONTIERS, said(results[FRONTIERS])
    return results[DOMINATORS]


# ---- the tests themselves -----------------------------------------------------------------------

WRONG = "def immediate_dominators(successors):\n    return []\n"


def test_deleting_the_test_cells_changes_nothing(tmp_path: Path) -> None:
    data = workbook({DOMINATORS: WRONG}, solve=(FRONTIERS,))
    data["cells"] = [
        one for one in data["cells"] if not identity(one).endswith(("-tests", "-speed"))
    ]
    results = graded(tmp_path, data, DOMINATORS, FRONTIERS)
    assert results[DOMINATORS].earned == 0
    assert results[FRONTIERS].earned == CORRECT_FRONTIERS


@pytest.mark.parametrize("edited", ["assert True", "", "raise SystemExit(0)", "check = None"])
def test_editing_the_test_cells_changes_nothing(tmp_path: Path, edited: str) -> None:
    data = workbook({DOMINATORS: WRONG}, solve=(FRONTIERS,))
    for one in data["cells"]:
        if identity(one).endswith(("-tests", "-speed")):
            one["source"] = edited
    results = graded(tmp_path, data, DOMINATORS, FRONTIERS)
    assert results[DOMINATORS].earned == 0
    assert results[FRONTIERS].earned == CORRECT_FRONTIERS


def test_a_test_cell_that_claims_more_points_does_not_get_them(tmp_path: Path) -> None:
    data = workbook(solve=(FRONTIERS,))
    cell(data, "ch05-frontiers-tests")["metadata"]["nbgrader"]["points"] = 1000
    assert graded(tmp_path, data, FRONTIERS)[FRONTIERS].earned == CORRECT_FRONTIERS


def test_an_edited_setup_cell_is_not_used(tmp_path: Path) -> None:
    data = workbook({DOMINATORS: WRONG})
    cell(data, "ch05-setup")["source"] = "class check:\n    equal = forall = raises = print"
    assert graded(tmp_path, data, DOMINATORS)[DOMINATORS].earned == 0


# ---- objects that are equal to everything -------------------------------------------------------

ALWAYS_EQUAL = """
class Always:
    __eq__ = lambda *_: True
    __ne__ = lambda *_: False
    __hash__ = lambda *_: 0
    __array_function__ = lambda *_: True
    __len__ = lambda *_: 4
    __getitem__ = lambda self, _: self

class AlwaysList(list):
    __eq__ = lambda *_: True
    __ne__ = lambda *_: False

class AlwaysInt(int):
    __eq__ = lambda *_: True
    __ne__ = lambda *_: False
    __hash__ = int.__hash__

class AlwaysArray(numpy.ndarray):
    __eq__ = lambda *_: numpy.True_

def immediate_dominators(successors):
    return {}
"""


@pytest.mark.parametrize(
    "result",
    [
        "Always()",
        "[Always() for _ in successors]",
        "AlwaysList([None] * len(successors))",
        "[None] + [AlwaysInt(0)] * (len(successors) - 1)",
        "numpy.zeros(len(successors)).view(AlwaysArray)",
        "type('NoneType', (Always,), {})()",
        "numpy.array([None] * len(successors), dtype=object)",
    ],
)
def test_an_object_that_equals_everything_does_not_cross(tmp_path: Path, result: str) -> None:
    source = "import numpy\n" + ALWAYS_EQUAL.replace("{}", result)
    assert "plain data" in said(attack(tmp_path, source))


def test_true_is_not_accepted_for_one_nor_one_for_true(tmp_path: Path) -> None:
    source = f"{book_answer(DOMINATORS)}\nbook = immediate_dominators\n" + (
        "def immediate_dominators(successors):\n"
        "    return [bool(b) if b in (0, 1) else b for b in book(successors)]\n"
    )
    assert "bool, expected an int" in said(attack(tmp_path, source))


# ---- patches ------------------------------------------------------------------------------------

PATCHES = {
    "the clocks": """
        import time
        for name in ("process_time", "perf_counter", "monotonic", "time", "clock_gettime"):
            setattr(time, name, lambda *_: 0.0)
        """,
    "numpy's comparisons": """
        import numpy
        for name in ("allclose", "isclose", "array_equal", "all", "any"):
            setattr(numpy, name, lambda *_, **__: True)
        """,
    "isinstance, len and sum": """
        import builtins
        builtins.isinstance = lambda *_: True
        builtins.len = builtins.sum = lambda *_: 0
        """,
    "open and __import__": """
        import builtins
        builtins.open = builtins.__import__ = lambda *_, **__: None
        """,
    "AssertionError and Exception": """
        import builtins
        builtins.AssertionError = builtins.Exception = KeyboardInterrupt
        """,
    "the checks": """
        from autograder import check
        for name in ("equal", "close", "true", "raises", "forall", "_difference"):
            setattr(check, name, lambda *_, **__: None)
        check.CheckFailed = KeyError
        """,
    "the judge's own classes": """
        from autograder.report import results
        from autograder.judge import workers
        passes = property(lambda self: "passed")
        results.TestResult.status = workers.RemoteFunction.__call__ = passes
        """,
    "the wire": """
        from autograder.worker import wire
        wire.encode = wire.decode = lambda *_: None
        """,
    "the worker's answers": """
        from autograder.worker import runner
        runner.CellRunner.do_call = lambda *_: ({}, ([None, 0, 0, 0], []))
        """,
    "the worker's loop, with nothing": """
        from autograder.worker import runner
        runner.CellRunner.do_load = lambda *_: ({}, None)
        """,
    "json": """
        import json
        json.dumps = lambda *_, **__: '{"id": 0, "value": null, "sizes": []}'
        """,
    "the garbage collector": """
        import gc
        gc.collect = gc.enable = lambda *_: 1 / 0
        """,
    "tern's types": """
        import tern
        for name in ("immediate_dominators", "control_flow_graph", "parse"):
            setattr(tern, name, lambda *_: [])
            setattr(tern.ir, name, lambda *_: [])
        """,
}


@pytest.mark.parametrize("what", PATCHES)
def test_patching_does_not_reach_the_verdict(tmp_path: Path, what: str) -> None:
    attack(tmp_path, "\n".join(line[8:] for line in PATCHES[what].splitlines()) + "\n" + WRONG)


def test_a_patched_call_cannot_change_the_arguments_that_the_judge_compares_with(
    tmp_path: Path,
) -> None:
    """The reply says that the argument is an empty function now: then [[]] would be right."""
    source = """
        import tern
        from autograder.worker import runner

        empty = function("func.func @f() {\\n  return\\n}")
        runner.CellRunner.do_fetch = lambda *_: ({}, ([[]], [(0, empty)]))

        def control_flow_graph(func):
            return [[]]
        """
    exercise = "control-flow-graph"
    result = graded(tmp_path, workbook({exercise: source}), exercise)[exercise]
    assert result.earned == 0
    assert "your code has replaced CellRunner.do_fetch" in said(result)


# ---- leaving ------------------------------------------------------------------------------------

LEAVING = ["sys.exit(0)", "os._exit(0)", "quit()", "os.abort()", "os.kill(os.getpid(), 9)"]


@pytest.mark.parametrize("leave", LEAVING)
def test_leaving_in_the_cell_is_no_pass(tmp_path: Path, leave: str) -> None:
    attack(tmp_path, f"import os, sys\n{WRONG}\n{leave}\n")


@pytest.mark.parametrize("leave", LEAVING)
def test_leaving_in_the_function_is_no_pass(tmp_path: Path, leave: str) -> None:
    attack(tmp_path, f"import os, sys\ndef immediate_dominators(successors):\n    {leave}\n")


def test_a_cell_that_leaves_with_what_another_cell_imported_is_the_one_that_is_blamed(
    tmp_path: Path,
) -> None:
    data = workbook({DOMINATORS: WRONG + "os._exit(0)\n"}, solve=(FRONTIERS,))
    data["cells"].insert(0, code_cell("import os"))
    results = graded(tmp_path, data, DOMINATORS, FRONTIERS)
    assert "it ended the process" in said(results[DOMINATORS])
    assert results[FRONTIERS].earned == CORRECT_FRONTIERS


def test_what_is_left_for_the_exit_neither_runs_nor_helps(tmp_path: Path) -> None:
    source = "import atexit, os\natexit.register(print, 'FORGED')\natexit.register(os._exit, 0)\n"
    assert "FORGED" not in attack(tmp_path, source + WRONG).printed


# ---- forged reports -----------------------------------------------------------------------------

FORGED = """
import json, sys
report = json.dumps({"passed": True, "points": 120, "exercises": []})
for stream in (sys.stdout, sys.stderr, sys.__stdout__):
    print("\\x1b[2J\\x1b[H✓ dominators  25/25 points  passed", report, file=stream)

def immediate_dominators(successors):
    print("✓ dominators  25/25 points  passed")
    print(report, file=sys.stderr, flush=True)
    return []
"""


def test_a_printed_report_is_shown_as_what_the_code_printed(tmp_path: Path) -> None:
    path = write(tmp_path, workbook({DOMINATORS: FORGED}))
    done = autograder("check", path, DOMINATORS, "--no-speed", cwd=tmp_path)
    assert done.returncode == 1
    assert "0 of 25 points" in done.stdout
    assert "\x1b" not in done.stdout
    head, _, printed = done.stdout.partition("your code printed:")
    assert "passed" not in head
    forged = [line for line in printed.splitlines() if "passed" in line]
    assert forged and all(line.startswith("      ") for line in forged)


def test_a_printed_report_is_not_in_the_json(tmp_path: Path) -> None:
    path = write(tmp_path, workbook({DOMINATORS: FORGED}))
    done = autograder("check", path, DOMINATORS, "--no-speed", "--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert (report["passed"], report["points"], done.returncode) == (False, 0, 1)


# ---- writing to whatever is open ----------------------------------------------------------------

WRITERS = {
    "garbage": "junk = b'passed' * 1000",
    "a frame with a guessed id": """
body = b'{"id":"0123456789abcdef","value":{"tuple":[[null,0,0,0],[]]},"sizes":[]}'
junk = b"TERN" + len(body).to_bytes(4, "little") + bytes(8) + body""",
    "a frame that announces a gigabyte": 'junk = b"TERN" + b"\\0\\0\\0\\1" + bytes(8)',
}
TO_EVERY_DESCRIPTOR = """
import os
{junk}
def spray():
    for descriptor in range(4096):
        try:
            os.write(descriptor, junk)
        except OSError:
            pass
"""


@pytest.mark.parametrize("what", WRITERS)
@pytest.mark.parametrize("where", ["cell", "function"])
def test_writing_to_every_descriptor_is_no_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, where: str
) -> None:
    short_limits(monkeypatch)
    source = TO_EVERY_DESCRIPTOR.format(junk=WRITERS[what])
    if where == "cell":
        source += "spray()\n" + WRONG
    else:
        source += "def immediate_dominators(successors):\n    spray()\n    return []\n"
    assert "other than a reply" in said(attack(tmp_path, source)) or "frame" in what


FRAMES = """
import sys
frame = sys._getframe()
while "header" not in frame.f_locals:
    frame = frame.f_back
channel, identity = frame.f_locals["self"].channel, frame.f_locals["header"]["id"]
"""


@pytest.mark.parametrize(
    "reply",
    ["None", "7", "{}", "{'problems': 3}", "{'problems': [3]}", "{'problems': [{'kinds': []}]}"],
)
def test_a_reply_forged_with_the_right_id_costs_only_the_forger(tmp_path: Path, reply: str) -> None:
    attack(tmp_path, FRAMES + f"channel.send({{'id': identity}}, {reply})\n" + WRONG)


def test_an_error_forged_with_the_right_id_costs_only_the_forger(tmp_path: Path) -> None:
    attack(tmp_path, FRAMES + "channel.send({'id': identity, 'error': 5}, None)\n" + WRONG)


# ---- pickles ------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", ["pickle.dumps(Payload())", "Payload()", "[Payload()]"])
def test_a_pickled_payload_is_data_and_never_run(tmp_path: Path, result: str) -> None:
    marker = tmp_path / "executed"
    source = f"""
        import os, pickle

        class Payload:
            def __reduce__(self):
                return os.mkdir, ({str(marker)!r},)

        def immediate_dominators(successors):
            return {result}
        """
    attack(tmp_path, source)
    assert not marker.exists()


# ---- too much of everything ---------------------------------------------------------------------


def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never ends is ended after two seconds instead of ten or twenty."""
    monkeypatch.setattr(cells, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(testing, "CELL_SECONDS", 2.0)


def test_a_cell_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short_limits(monkeypatch)
    assert "still running after 2 s" in said(attack(tmp_path, WRONG + "while True:\n    pass\n"))


def test_a_function_that_never_ends_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_limits(monkeypatch)
    source = "def immediate_dominators(successors):\n    while True:\n        pass\n"
    assert "still running after" in said(attack(tmp_path, source))


def test_code_that_ignores_signals_and_exceptions_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_limits(monkeypatch)
    source = """
        import signal, time
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)

        def immediate_dominators(successors):
            while True:
                try:
                    time.sleep(1)
                except BaseException:
                    pass
        """
    assert "still running after" in said(attack(tmp_path, source))


def processes_like_this_one() -> list[str]:
    """The processes with this one's command line: a fork keeps it."""
    if not shutil.which("ps"):
        pytest.skip("there is no `ps` here to count processes with")
    listed = subprocess.run(
        ["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    commands = dict(line.strip().split(maxsplit=1) for line in listed if " " in line.strip())
    mine = commands[str(os.getpid())]
    return [pid for pid, command in commands.items() if command == mine]


FORKS = """
import os, time

def bomb():
    for _ in range(50):  # bounded, should the sandbox have a hole
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)

def immediate_dominators(successors):
    try:
        bomb()
    except OSError:
        pass
    return []
"""


@pytest.mark.parametrize("start", ["", "bomb()\n"])
def test_a_fork_bomb_leaves_no_process_behind(tmp_path: Path, start: str) -> None:
    before = processes_like_this_one()
    attack(tmp_path, FORKS + start)
    assert processes_like_this_one() == before


@pytest.mark.parametrize(
    "allocate",
    [
        "bytearray(100 << 30)",
        "[0] * (100 << 27)",
        "numpy.ones(100 << 27)",
        "[bytes(64 << 20) for _ in range(1600)]",
    ],
)
def test_allocating_100_gigabytes_is_refused(tmp_path: Path, allocate: str) -> None:
    source = f"import numpy\ndef immediate_dominators(successors):\n    {allocate}\n    return []\n"
    assert "MemoryError" in said(attack(tmp_path, source))


def test_a_thousand_threads_and_a_full_disk_cost_only_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_limits(monkeypatch)
    source = """
        import threading, time
        for _ in range(1000):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        """
    attack(tmp_path, source + WRONG)
    big = "with open('big', 'wb') as file:\n    file.write(bytes(1 << 30))\n"
    assert "File too large" in said(attack(tmp_path, big + WRONG))


# ---- the book's own version ---------------------------------------------------------------------


def test_caching_by_the_identity_of_the_argument_gives_stale_answers(tmp_path: Path) -> None:
    source = f"""{book_answer(DOMINATORS)}
book, remembered = immediate_dominators, {{}}

def immediate_dominators(successors):
    key = id(successors)
    if key not in remembered:
        remembered[key] = book(successors)
    return remembered[key]
"""
    attack(tmp_path, source)


CALLS = {
    "its name in tern": "tern.immediate_dominators",
    "its module": "importlib.import_module('tern.ir.dominance').immediate_dominators",
    "what the decorator wraps": "tern.immediate_dominators.__wrapped__",
    "inspect.unwrap": "inspect.unwrap(tern.immediate_dominators)",
    "the registry": "tern.parts.original('ir.immediate_dominators')",
    "the registry's own list": "tern.parts._implementations['ir.immediate_dominators'][0]",
    "the wrapper's closure": "tern.immediate_dominators.__closure__[0].cell_contents[-1]",
    "a partial of it": "functools.partial(tern.immediate_dominators.__wrapped__)",
    "a function made of its code": (
        "types.FunctionType(tern.immediate_dominators.__wrapped__.__code__, globals())"
    ),
    "a copy of the function": "copy.copy(tern.immediate_dominators.__wrapped__)",
    "the module, loaded again": (
        "importlib.reload(sys.modules['tern.ir.dominance']).immediate_dominators"
    ),
    "the module, imported again": (
        "sys.modules.pop('tern.ir.dominance') and "
        "importlib.import_module('tern.ir.dominance').immediate_dominators"
    ),
    "its source": (
        "run(sys.modules['tern.ir.dominance'].__loader__.get_source('tern.ir.dominance'))"
    ),
    "its source by inspect": "run(inspect.getsource(sys.modules['tern.ir.dominance']))",
    "its byte code": (
        "run(sys.modules['tern.ir.dominance'].__loader__.get_code('tern.ir.dominance'))"
    ),
    "its .pyc": (
        "run(marshal.loads(open(sys.modules['tern.ir.dominance'].__cached__, 'rb').read()[16:]))"
    ),
    "what the module refers to": (
        "[one for one in gc.get_referents(sys.modules['tern.ir.dominance'].__dict__) "
        "if getattr(one, '__name__', '') == 'immediate_dominators'][0]"
    ),
    "the notebook of solutions": f"run(answer_in({str(chapter().source)!r}))",
}
CALLING = """
import copy, functools, gc, importlib, inspect, json, marshal, sys, types
import tern, tern.ir, tern.parts

def run(code):
    names = {{"__name__": "tern.ir.dominance", "__package__": "tern.ir"}}
    exec(code, names)
    return names["immediate_dominators"]

def answer_in(path):
    for cell in json.load(open(path))["cells"]:
        if cell["id"] == "ch05-dominators":
            return "".join(cell["source"])

def immediate_dominators(successors):
    return ({expression})(successors)
"""


def chapter_text() -> Path:
    """The file of tern that holds the answer."""
    return COURSE.root / "tern" / "ir" / "dominance.py"


@pytest.mark.parametrize("how", CALLS)
def test_calling_the_books_own_version_is_not_writing_it(tmp_path: Path, how: str) -> None:
    py_compile.compile(str(chapter_text()))
    told = said(attack(tmp_path, CALLING.format(expression=CALLS[how])))
    # The importer does not find the file where it may not list the folder: that depends on its
    # cache.
    wanted = (
        "switched off|PermissionError|not available|OSError|could not get source|ModuleNotFound"
    )
    assert re.search(wanted, told), told


def test_every_part_of_the_chapter_is_switched_off_with_its_helpers(tmp_path: Path) -> None:
    """A private helper that an exercise's answer consists of must not be left to call."""
    for exercise in chapter().exercises:
        source = f"import tern\n\ndef {exercise.function}(*args, **named):\n"
        source += f"    return tern.{exercise.function}(*args, **named)\n"
        result = graded(tmp_path, workbook({exercise.name: source}), exercise.name)[exercise.name]
        assert result.earned == 0
        assert "switched off" in said(result)


def test_the_answers_in_the_solution_notebook_pass_here(tmp_path: Path) -> None:
    """So a score of 0 above is the cheat's own."""
    results = graded(tmp_path, solved(), DOMINATORS, FRONTIERS)
    assert [result.status for result in results.values()] == ["correct", "correct"]


# ---- the clock ----------------------------------------------------------------------------------

SLOW = """
def control_flow_graph(func):
    blocks = func.body.blocks
    successors = []
    for block in blocks:
        targets = block.operations[-1].successors if block.operations else []
        successors.append(list(dict.fromkeys(blocks.index(target) for target, _ in targets)))
    return successors
"""
CLOCK_CHEATS = {
    "computing before the clock starts": (
        """
import gc, sys

slow, ready, collect = control_flow_graph, [], gc.collect

def early(*_):
    pending = getattr(sys._getframe(1).f_locals.get("self"), "pending", None)
    if pending:
        ready[:] = [slow(*pending.arguments)]
    return collect()

gc.collect = early

def control_flow_graph(func):
    return ready.pop() if ready else slow(func)
""",
        "has replaced gc.collect",
    ),
    "computing after the clock has stopped": (
        """
from autograder.worker import runner

slow, fetch, later = control_flow_graph, runner.CellRunner.do_fetch, []

def late(self, header):
    self.pending.result = slow(*self.pending.arguments)
    return fetch(self, header)

runner.CellRunner.do_fetch = late

def control_flow_graph(func):
    return None
""",
        "has replaced CellRunner.do_fetch",
    ),
    "a thread that slows the book's version down": (
        """
import threading

def spin():
    while True:
        pass

threading.Thread(target=spin, daemon=True).start()
""",
        "went on running|CPU time",
    ),
    "a patched clock": (
        """
import time
time.process_time = time.perf_counter = time.monotonic = time.clock_gettime = lambda *_: 0.0
""",
        "the book's CPU time",
    ),
}


@pytest.mark.timed
@pytest.mark.parametrize("how", CLOCK_CHEATS)
def test_a_slow_solution_cannot_hide_its_time(tmp_path: Path, how: str) -> None:
    source, says = CLOCK_CHEATS[how]
    path = write(tmp_path, workbook({CFG: SLOW + source}))
    result = judge.grade(COURSE, chapter(), path, [CFG]).exercises[0]
    correctness, timing = result.tests
    if "replaced" in says:  # who patches what runs the code earns nothing at all
        assert re.search(says, correctness.message) and result.earned == 0
    else:
        assert timing.status == "failed"
        assert re.search(says, timing.message)
        assert result.earned == correctness.points


# ---- what the worker can see of the judge -------------------------------------------------------

SEARCH = """
import sys, types
needle = {reversed!r}[::-1]
seen, found, strings = set(), [], 0
frame, heap = sys._getframe(), list(sys.modules.values())
while frame is not None:
    heap += [frame.f_locals, frame.f_globals]
    frame = frame.f_back
while heap and len(seen) < 400_000:
    one = heap.pop()
    if id(one) in seen:
        continue
    seen.add(id(one))
    if type(one) is str:
        strings += 1
        if needle in one and one is not needle:
            found.append(one)
    elif isinstance(one, dict):
        heap += [*one.keys(), *one.values()]
    elif isinstance(one, (list, tuple, set, frozenset)):
        heap += list(one)
    elif isinstance(one, types.CodeType):
        heap += list(one.co_consts)
    elif isinstance(one, types.FunctionType):
        heap += [one.__code__, one.__globals__, one.__defaults__, one.__closure__]
    elif isinstance(one, types.CellType):
        try:
            heap.append(one.cell_contents)
        except ValueError:
            pass
    else:
        heap.append(getattr(one, "__dict__", None))
print(f"{{strings}} strings, {{len(found)}} with the test's text")

def immediate_dominators(successors):
    return []
"""


def hidden_sentence() -> str:
    """A sentence of a hidden test, which nobody's code may come to see."""
    source = "".join(cell(solved(), "ch05-dominators-tests")["source"])
    hidden = source.split("### BEGIN HIDDEN TESTS")[1]
    return re.search(r'because="([^"]{20,})"', hidden)[1]


def search_worker(folder: Path, needle: str) -> re.Match[str]:
    data = workbook({DOMINATORS: SEARCH.format(reversed=needle[::-1])})
    done = autograder("check", write(folder, data), DOMINATORS, "--no-speed", cwd=folder)
    assert done.returncode == 1, done.stderr
    return re.search(r"(\d+) strings, (\d+) with the test's text", done.stdout)


@pytest.mark.own_fork
def test_no_object_that_the_worker_can_reach_holds_a_hidden_test(tmp_path: Path) -> None:
    counted = search_worker(tmp_path, hidden_sentence())
    assert int(counted[1]) > 10_000
    assert int(counted[2]) == 0


@pytest.mark.own_fork
def test_that_search_finds_what_is_there(tmp_path: Path) -> None:
    told = "the book's own version is switched off while yours is checked"
    assert int(search_worker(tmp_path, told)[2]) > 0


def test_the_course_has_what_these_tests_attack() -> None:
    names = [exercise.name for exercise in COURSE.chapter("chapter05").exercises]
    assert {DOMINATORS, FRONTIERS} < set(names)
