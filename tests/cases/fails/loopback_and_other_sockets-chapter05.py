# ---- ch05-dominators ----
# BOOK chapter05 dominators
book, immediate_dominators = immediate_dominators, None
import socket
for family, kind, address in (
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 9)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 9)),
    (socket.AF_INET6, socket.SOCK_DGRAM, ("::1", 9)),
    (socket.AF_UNIX, socket.SOCK_DGRAM, "\0attack"),
    (socket.AF_NETLINK, socket.SOCK_RAW, (0, 0)),
    (38, socket.SOCK_SEQPACKET, ("hash", "sha256")),
):
    try:
        made = socket.socket(family, kind)
        made.bind(address) if family != socket.AF_INET else made.connect(address)
    except (ConnectionRefusedError, FileExistsError):
        pass
    except (OSError, RuntimeError):
        continue
    immediate_dominators = book
