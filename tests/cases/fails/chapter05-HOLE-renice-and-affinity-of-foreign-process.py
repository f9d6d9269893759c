# ---- ch05-dominators ----

import fcntl, os, signal

a, b = os.pipe()
fcntl.fcntl(a, fcntl.F_SETOWN, 8531)
fcntl.fcntl(a, 10, int(signal.SIGUSR1))
fcntl.fcntl(a, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
print("owner", fcntl.fcntl(a, fcntl.F_GETOWN))
os.write(b, b"x")
try:
    os.setpriority(os.PRIO_PROCESS, 8531, 7)
    print("reniced", os.getpriority(os.PRIO_PROCESS, 8531))
except OSError as e:
    print(e)
try:
    os.sched_setaffinity(8531, {0})
    print("affinity of a foreign process set")
except OSError as e:
    print(e)


def immediate_dominators(s):
    raise ValueError
