"""What the worker may not do: read the solutions, look into the judge, start processes.

Each way of reading is tried on a file that may be read as well, so that a way which never works
anywhere is not taken for a closed door.
"""

from __future__ import annotations

import importlib.util
import linecache
import mmap
import os
import py_compile
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import check
from autograder.judge import folders, judge, workers
from autograder.judge.secret_files import secrets_of
from autograder.speed import cpus
from autograder.worker import errors
from autograder.worker.sandbox import landlock
from autograder.worker.system_programs import run_sandboxed
from tern import ir
from tests.autograder.workbooks import COURSE, ROOT, chapter

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="this is a feature of Linux")
ANSWER = ROOT / "tern" / "ir" / "dominance.py"  # the text of an exercise's answer
OPEN = ROOT / "tern" / "ir" / "core.py"  # what every reader may look at
PYC = Path(importlib.util.cache_from_source(str(ANSWER)))


@pytest.fixture(scope="module")
def server() -> Iterator[workers.ForkServer]:
    for optimization in ("", 1, 2):
        py_compile.compile(
            str(ANSWER), importlib.util.cache_from_source(str(ANSWER), optimization=optimization)
        )
    judge.preload(chapter())
    with workers.ForkServer(secrets_of(COURSE, chapter())) as made:
        yield made


def attempt(server: workers.ForkServer, expression: str, *arguments: Any, before: str = "") -> Any:
    """What `expression` of `a`, the arguments, gives in a worker. RemoteError, WorkerLost."""
    source = f"{before}\ndef attempt(*a):\n    import os, sys\n    return {expression}\n"
    worker = server.spawn(off=[e.part for e in chapter().exercises], limits={})
    try:
        assert worker.load([{"id": "cell", "source": source}]).problems == []
        return worker.function("attempt")(*arguments)
    finally:
        worker.close()


# ---- files --------------------------------------------------------------------------------------

WAYS = {
    "open": "open(a[0], 'rb').read()",
    "open as text": "open(a[0], encoding='utf-8').read()",
    "open with a bytes path": "open(a[0].encode(), 'rb').read()",
    "open with a detour": (
        "open(os.path.dirname(a[0]) + '/../ir/' + os.path.basename(a[0]), 'rb').read()"
    ),
    "os.open": "os.read(os.open(a[0], os.O_RDONLY), 100)",
    "os.open in a folder": (
        "os.read(os.open(os.path.basename(a[0]), os.O_RDONLY, "
        "dir_fd=os.open(os.path.dirname(a[0]), os.O_PATH)), 100)"
    ),
    "pathlib": "__import__('pathlib').Path(a[0]).read_text()",
    "io.open_code": "__import__('io').open_code(a[0]).read()",
    "io.FileIO": "__import__('io').FileIO(a[0]).read()",
    "codecs": "__import__('codecs').open(a[0], encoding='utf-8').read()",
    "mmap": "(lambda m: m.mmap(os.open(a[0], os.O_RDONLY), 0, prot=1)[:100])(__import__('mmap'))",
    "numpy.fromfile": "__import__('numpy').fromfile(a[0], dtype='u1')",
    "numpy.memmap": "bytes(__import__('numpy').memmap(a[0], mode='r')[:100])",
    "linecache": "__import__('linecache').getlines(a[0])",
    "fileinput": "list(__import__('fileinput').input(a[0]))",
    "tokenize": "__import__('tokenize').open(a[0]).read()",
    "the source loader": "__import__('importlib.machinery')"
    ".machinery.SourceFileLoader('x', a[0]).get_source('x')",
    "the loader's get_data": "__import__('importlib.machinery')"
    ".machinery.SourceFileLoader('x', a[0]).get_data(a[0])",
    "shutil.copy": "open(__import__('shutil').copy(a[0], 'copied'), 'rb').read()",
    "os.sendfile": "os.sendfile(os.open('sent', os.O_CREAT | os.O_RDWR), "
    "os.open(a[0], os.O_RDONLY), 0, 100)",
}


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_in_tern_cannot_be_read(server: workers.ForkServer, way: str) -> None:
    assert len(str(attempt(server, WAYS[way], str(OPEN)))) > 2
    if way == "linecache":  # it gives nothing when it cannot read
        assert attempt(server, WAYS[way], str(ANSWER)) == []
    else:
        with pytest.raises(errors.RemoteError, match="Permission|not available"):
            attempt(server, WAYS[way], str(ANSWER))


def test_an_answer_that_the_judge_has_looked_at_is_not_handed_on() -> None:
    assert linecache.getlines(str(ANSWER)) != []
    with workers.ForkServer(secrets_of(COURSE, chapter())) as server:
        assert attempt(server, WAYS["linecache"], str(ANSWER)) == []


@pytest.mark.parametrize(
    "path",
    [
        chapter().source,
        chapter().folder / "chapter05.toml",
        ROOT / "tests" / "rejected",
        ROOT / ".git" / "HEAD",
        COURSE.stub(chapter()),
        ROOT / "README.md",
        PYC,
        PYC.with_suffix(".opt-1.pyc"),
        PYC.with_suffix(".opt-2.pyc"),
        Path("/proc/self/mem"),
        Path("/proc/self/maps"),
        Path("/proc/self/environ"),
        Path(f"/proc/self/root{ANSWER}"),
        Path("/dev/tty"),
        Path.home(),
    ],
    ids=str,
)
def test_nothing_that_is_none_of_its_business_can_be_read(
    server: workers.ForkServer, path: Path
) -> None:
    if not path.exists():
        pytest.skip(f"there is no {path} here")
    if sys.platform != "linux" and not str(path).startswith(str(ROOT / "solutions")):
        pytest.skip("only Landlock, a feature of Linux, closes everything else")
    expression = "os.listdir(a[0])" if path.is_dir() else "open(a[0], 'rb').read(1)"
    with pytest.raises(errors.RemoteError, match="PermissionError|may not be read"):
        attempt(server, expression, str(path))


@LINUX
def test_a_worker_sees_no_other_workers_folder(server: workers.ForkServer) -> None:
    with pytest.raises(errors.RemoteError, match="Permission"):
        attempt(server, "os.listdir('..')")
    with pytest.raises(errors.RemoteError, match="Permission"):
        attempt(server, "open('../told', 'w').write('what I know')")


@pytest.mark.parametrize(
    "writes, says",
    [
        ("[open(str(k), 'wb').write(bytes(1 << 18)) for k in range(9)]", "MiB of files"),
        ("[os.mkdir(str(k)) for k in range(99)]", "more than 50 files"),
    ],
)
def test_files_are_limited_all_together(
    server: workers.ForkServer, monkeypatch: pytest.MonkeyPatch, writes: str, says: str
) -> None:
    monkeypatch.setattr(folders, "PAUSE", 0.0)
    monkeypatch.setattr(folders, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr(folders, "MAX_FILES", 50)
    assert attempt(server, "open('mine', 'wb').write(bytes(1 << 18))") == 1 << 18
    with pytest.raises(errors.WorkerLost, match=says):
        attempt(server, writes)
    with pytest.raises(errors.WorkerLost, match=says):  # and while it goes on running
        attempt(server, f"{writes} and [None for _ in iter(int, 1)]")


@pytest.mark.parametrize("link", ["os.symlink", "os.link"])
def test_a_link_does_not_lead_to_the_answer(server: workers.ForkServer, link: str) -> None:
    with pytest.raises(errors.RemoteError, match="PermissionError"):
        attempt(server, f"{link}(a[0], 'linked') or open('linked').read()", str(ANSWER))


def test_files_outside_the_scratch_folder_cannot_be_changed(
    server: workers.ForkServer, tmp_path: Path
) -> None:
    if landlock.version() < 3:
        pytest.skip("needs Landlock 3, which knows truncation")
    victim = tmp_path / "workbook.ipynb"
    victim.write_text("hours of work")
    for expression in (
        "open(a[0], 'w')",
        "open(a[0], 'r+')",
        "os.truncate(a[0], 0)",
        "os.remove(a[0])",
        "os.rename(a[0], 'mine')",
        "os.mkdir(a[0] + '.folder')",
    ):
        with pytest.raises(errors.RemoteError):
            attempt(server, expression, str(victim))
    assert victim.read_text() == "hours of work"
    assert [path.name for path in tmp_path.iterdir()] == [victim.name]


def test_the_scratch_folder_can_be_written(server: workers.ForkServer) -> None:
    assert attempt(server, "open('mine', 'w').write('kept') and open('mine').read()") == "kept"


def test_a_root_inside_a_secret_folder_stays_closed() -> None:
    """A folder of tests or solutions is on sys.path when Python was started there."""
    inside = str(ROOT / "tests" / "autograder")
    assert landlock.without(inside, frozenset({str(ROOT / "tests")})) == []


@LINUX
def test_a_system_program_cannot_read_what_is_hidden_among_the_systems_files(
    tmp_path: Path,
) -> None:
    """A package may be installed where compilers must be able to read."""
    if landlock.version() < 1 or not os.path.exists("/usr/lib/os-release"):
        pytest.skip("needs Landlock, and a file that is surely there")
    cat = ["cat", "/usr/lib/os-release"]
    assert run_sandboxed(cat, str(tmp_path), 10).returncode == 0
    hidden = frozenset({"/usr/lib/os-release"})
    assert run_sandboxed(cat, str(tmp_path), 10, hidden=hidden).returncode != 0
    assert (
        run_sandboxed(["cat", "/proc/self/maps"], str(tmp_path), 10, sanitized=True).returncode == 0
    )


def test_a_second_copy_of_the_course_is_secret_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel that was installed beside the checkout holds the same answers."""
    closed = [f"autograder/course/{name}" for name in ("solutions", "exercises")]
    for folder in ("tern/ir", *closed):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tern/ir/dominance.py").write_text("the answer")
    monkeypatch.syspath_prepend(str(tmp_path))
    secrets = secrets_of(COURSE, chapter())
    assert {str(tmp_path / name) for name in ("tern/ir/dominance.py", *closed)} <= secrets


def test_patched_builtins_do_not_open_the_audit_hook(server: workers.ForkServer) -> None:
    before = (
        "import builtins\nbuiltins.any = lambda *_: False\nbuiltins.PermissionError = KeyError\n"
    )
    with pytest.raises(errors.RemoteError, match="may not be read"):
        attempt(server, "open(a[0]).read()", str(chapter().source), before=before)


# ---- processes, memory, the network -------------------------------------------------------------

FORBIDDEN = {
    "os.fork": "os.fork()",
    "os.forkpty": "os.forkpty()",
    "os.system": "os.system('true') == 0 or 1 / 0",
    "os.posix_spawn": "os.posix_spawn('/bin/true', ['true'], {})",
    "os.execv": "os.execv('/bin/true', ['true'])",
    "subprocess": "__import__('subprocess').run(['cat', a[0]], capture_output=True).stdout",
    "fork_exec itself": "__import__('_posixsubprocess').fork_exec",
    "multiprocessing": "__import__('multiprocessing').Process(target=print).start()",
    "os.kill of the judge": "os.kill(a[1], 0)",
    "os.killpg of the judge": "os.killpg(os.getpgid(a[1]), 0)",
    "os.kill of the fork server": "os.kill(os.getppid(), 0)",
    "the judge's memory": "open(f'/proc/{a[1]}/mem', 'rb')",
    "the judge's map": "open(f'/proc/{a[1]}/maps').read()",
    "the judge's descriptors": "os.listdir(f'/proc/{a[1]}/fd')",
    "the fork server's memory": "open(f'/proc/{os.getppid()}/mem', 'rb')",
    "a list of processes": "os.listdir('/proc')",
    "ctypes": "__import__('ctypes').CDLL(None).getpid()",
    "_ctypes": "__import__('_ctypes').dlopen(None, 0)",
    "ctypes by another name": (
        "(lambda s: (lambda m: m)(__import__('_imp').create_dynamic(s)))("
        "__import__('importlib.util').util.spec_from_file_location('x._ctypes', a[2]))"
    ),
    "numpy's ctypes": "__import__('numpy.ctypeslib').ctypeslib.ctypes.CDLL(None).getpid()",
    "readline": "__import__('readline').read_history_file(a[0])",
    "gc.get_objects": "len(__import__('gc').get_objects())",
    "gc.get_referrers": "__import__('gc').get_referrers(os)",
    "sys._current_frames": "len(sys._current_frames())",
    "a socket": "__import__('socket').create_connection(('127.0.0.1', 9), 0.2)",
    "a longer CPU limit": (
        "__import__('resource').setrlimit(__import__('resource').RLIMIT_CPU, (10**6, 10**6))"
    ),
    "a new session": "os.setsid()",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_is_refused(server: workers.ForkServer, what: str) -> None:
    if what in ("a longer CPU limit", "a new session") and sys.platform != "linux":
        pytest.skip("seccomp is a feature of Linux")
    spec = importlib.util.find_spec("_ctypes")
    extension = spec.origin if spec and spec.has_location else "no such file"
    with pytest.raises(errors.RemoteError):
        attempt(server, FORBIDDEN[what], str(ANSWER), os.getpid(), extension)


def test_numpy_can_be_imported_although_ctypes_cannot() -> None:
    """A reader may import numpy in a cell, whether or not the judge has."""
    code = f"""
        import sys
        from pathlib import Path
        sys.path.insert(0, {str(ROOT)!r})
        from autograder.judge import workers
        from autograder.judge.secret_files import secrets_of
        from autograder.course.layout import Course
        course = Course(Path({str(ROOT)!r}))
        with workers.ForkServer(secrets_of(course, course.chapter("chapter05"))) as server:
            if "numpy" in sys.modules:
                sys.exit("numpy is there")
            worker = server.spawn()
            cell = {{"id": "c", "source": "import numpy\\ndef f(): return numpy.arange(3)"}}
            print(worker.load([cell], {{}}).problems, worker.function("f")())
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    if "numpy is there" in done.stderr:
        pytest.skip("tern imports numpy at once, so every worker has it")
    assert done.stdout == "[] [0 1 2]\n", done.stderr


FOUR_THREADS = """
import threading

def count():
    seen = []
    threads = [threading.Thread(target=seen.append, args=(1,)) for _ in range(4)]
    [t.start() for t in threads], [t.join() for t in threads]
    return len(seen)
"""


def test_threads_are_welcome(server: workers.ForkServer) -> None:
    assert attempt(server, "count()", before=FOUR_THREADS) == 4


@LINUX
def test_memory_is_limited_beside_what_the_judge_has_mapped() -> None:
    """A worker is forked off a process that may be large: its libraries, its tests before."""
    with mmap.mmap(-1, 16 << 30, mmap.MAP_PRIVATE, mmap.PROT_READ):
        with workers.ForkServer(secrets_of(COURSE, chapter())) as large:
            assert attempt(large, "count()", before=FOUR_THREADS) == 4
            assert attempt(large, "len(bytes(1 << 30))") == 1 << 30
            with pytest.raises(errors.RemoteError, match="MemoryError"):
                attempt(large, "len(bytes(5 << 30))")


def test_no_descriptor_is_open_but_the_four_of_its_own(server: workers.ForkServer) -> None:
    """Standard input, output and error, and the channel, whatever the judge had open."""
    with open(os.devnull) as file:
        for wanted in (60, 70, 100):
            os.dup2(file.fileno(), wanted)
        try:
            judge.preload(chapter())
            with workers.ForkServer(secrets_of(COURSE, chapter())) as fresh:
                before = (
                    "import os\n"
                    "def is_open(d):\n"
                    "    try:\n        os.fstat(d)\n        return True\n"
                    "    except OSError:\n        return False\n"
                )
                count = attempt(fresh, "sum(is_open(d) for d in range(4096))", before=before)
        finally:
            for wanted in (60, 70, 100):
                os.close(wanted)
    assert count == 4


# ---- the kernel's own refusals, without the audit hook ------------------------------------------

IN_A_PROCESS_OF_ITS_OWN = f"""
import ctypes, errno, os, platform, sys, threading
sys.path.insert(0, {str(ROOT)!r})
from autograder.worker.sandbox import landlock, seccomp, system_calls
libc = ctypes.CDLL(None, use_errno=True)
numbers = {{call.name: call.numbers.get(platform.machine()) for call in system_calls.calls()}}

def outcome(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    return errno.errorcode[ctypes.get_errno()] if result == -1 else "done"
"""


def in_a_process_of_its_own(code: str, *arguments: object) -> str:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            IN_A_PROCESS_OF_ITS_OWN + textwrap.dedent(code),
            *map(str, arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@LINUX
def test_seccomp_refuses_every_call_of_its_list_and_nothing_that_python_needs() -> None:
    said = in_a_process_of_its_own(
        """
        if not seccomp.lock_calls():
            print("none")
            sys.exit()
        refused = [call.name for call in system_calls.calls() if call.verdict == "refused"]
        allowed = [name for name in refused
                   if numbers[name] and outcome(numbers[name], 0, 0, 0, 0, 0) != "EPERM"]
        print("allowed:", allowed)
        print(outcome(numbers["clone"], 17, 0, 0, 0, 0),
              outcome(numbers["clone3"], 0, 0),
              outcome(numbers["tgkill"], os.getppid(), os.getppid(), 0),
              outcome(numbers["tgkill"], os.getpid(), threading.get_native_id(), 0),
              outcome(numbers["prlimit64"], 0, 0, ctypes.create_string_buffer(16), None),
              outcome(numbers["prlimit64"], 0, 0, None, ctypes.create_string_buffer(16)))
        thread = threading.Thread(target=print, args=("a thread",))
        thread.start(), thread.join()
        """
    )
    if said == "none":
        pytest.skip("no seccomp filter can be installed here")
    assert said.splitlines() == ["allowed: []", "EPERM ENOSYS EPERM done EPERM done", "a thread"]


@LINUX
def test_landlock_refuses_reading_truncating_and_signals(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside.txt").write_text("kept")
    said = in_a_process_of_its_own(
        """
        os.chdir(sys.argv[1])
        print(landlock.version(), landlock.lock_files(["/usr"], ["inside", "/dev/null"]))

        def refused(action):
            try:
                action()
            except PermissionError:
                return True
            return False

        print(refused(lambda: open("outside.txt")),
              refused(lambda: os.truncate("outside.txt", 0)),
              refused(lambda: os.kill(os.getppid(), 0)),
              refused(lambda: open("inside/mine", "w")),
              refused(lambda: os.truncate("inside/mine", 0)),
              refused(lambda: open("/dev/null", "w")))
        """,
        tmp_path,
    )
    version, locked = said.splitlines()[0].split()
    if locked != "True":
        pytest.skip("this kernel has no Landlock")
    assert said.splitlines()[1].split() == [
        "True",
        str(int(version) >= 3),
        str(int(version) >= 6),
        "False",
        "False",
        "False",
    ]
    assert (tmp_path / "outside.txt").read_text() == ("kept" if int(version) >= 3 else "")


# ---- taking turns -------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="needs Linux")
def test_judge_and_worker_share_a_cpu_only_while_they_take_turns(
    server: workers.ForkServer,
) -> None:
    source = """
import threading, time
def start():
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
"""
    worker = server.spawn(limits={})
    try:
        worker.load([{"id": "cell", "source": source}])
        everywhere = os.sched_getaffinity(0)
        with cpus.on_one_cpu(os.getpid(), worker.pid):
            assert len(os.sched_getaffinity(0)) == 1
            assert os.sched_getaffinity(worker.pid) == os.sched_getaffinity(0)
            worker.function("start")()
        threads = [int(task) for task in os.listdir(f"/proc/{worker.pid}/task")]
        assert len(threads) == 2
        for task in (0, *threads):
            assert os.sched_getaffinity(task) == everywhere
    finally:
        worker.close()
    with cpus.on_one_cpu(os.getpid(), worker.pid):  # it has ended
        pass
    assert os.sched_getaffinity(0) == everywhere


# ---- what a call brings back --------------------------------------------------------------------

CHANGES = """
def change(f, then):
    f.attributes["sym_name"] = "changed"
    if then == "damage":
        f.body.blocks[0].operations[0].operands = [None]
    if then != "return":
        raise LookupError(then)
def other():
    return object()
def same(argument):
    pass
def claims():
    class ArgumentsChanged(Exception):
        pass
    raise ArgumentsChanged("mine")
"""


@pytest.fixture
def changer(server: workers.ForkServer) -> Iterator[workers.Worker]:
    worker = server.spawn(limits={})
    worker.load([{"id": "cell", "source": CHANGES}])
    yield worker
    worker.close()


def one_function() -> ir.Operation:
    return ir.function(ir.parse("func.func @f() {\n  return\n}"), "f")


def test_what_a_call_changed_comes_back_also_when_it_raised(changer: workers.Worker) -> None:
    change = changer.function("change", inout=True)
    for then in ("return", "raise"):
        func = one_function()
        try:
            change(func, then)
        except errors.RemoteError as error:
            assert (then, error.kinds[0], error.message) == ("raise", "LookupError", "raise")
        assert func.attributes["sym_name"] == "changed"
        assert func.body.parent is func
        [[shown, asked], _] = change.last_call.decode()
        assert (str(shown), asked) == (str(one_function()), then)  # as it was before the call


def test_who_changes_an_argument_unasked_is_told(changer: workers.Worker) -> None:
    with pytest.raises(errors.ArgumentsChanged, match="^your function changed an argument"):
        check.raises("Exception", changer.function("change"), one_function(), "return")
    same = changer.function("same")
    for argument in (one_function(), {1: [2.0, float("nan")]}, np.arange(6).reshape(2, 3).T):
        same(argument)
    with pytest.raises(errors.RemoteError, match="ArgumentsChanged: mine"):
        changer.function("claims")()


def test_an_argument_that_is_left_damaged_is_told(changer: workers.Worker) -> None:
    change = changer.function("change", inout=True)
    with pytest.raises(check.CheckFailed, match="raised too late"):
        check.raises("LookupError", change, one_function(), "damage")


def test_what_cannot_be_sent_is_no_exception_that_a_test_may_expect(
    changer: workers.Worker,
) -> None:
    for kind in ("TypeError", "Exception", "Unusable", "Unsendable"):
        with pytest.raises(errors.Unusable, match="of no use to a caller: a builtins.object"):
            check.raises(kind, changer.function("other"))


def test_who_has_no_patience_ends_a_call_by_its_cpu_time() -> None:
    """A call that sleeps may go on to the end of its time; one that computes may not."""
    source = "import time\ndef spin():\n    while True: pass\ndef rest():\n    time.sleep(1)\n"
    with workers.ForkServer(secrets_of(COURSE, chapter()), patience=0.05) as server:
        worker = server.spawn()
        worker.load([{"id": "cell", "source": source}])
        call = ((), {})
        assert worker.request("call", call, 10.0, name="rest", inout=False)[0] is None
        before = worker.clock()
        with pytest.raises(errors.WorkerLost) as lost:
            worker.request("call", call, 60.0, name="spin", inout=False)
        assert lost.value.expired and 3.0 <= lost.value.cpu - before < 30.0
