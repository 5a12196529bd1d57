"""Process 1 of a container: lends orphans a parent, and ends the container when the harness is gone.

Argument: a file that the harness holds locked while it lives. Standard library only, and little of it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys

SECONDS = 1.0


def main() -> None:
    """Wait for children and for the end of the harness."""
    awaited = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    alive = os.open(sys.argv[1], os.O_RDONLY | os.O_CLOEXEC)
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        heard = signal.sigtimedwait(awaited, SECONDS)
        if heard is not None and heard.si_signo != signal.SIGCHLD:
            return
        if heard is None:
            try:
                fcntl.flock(alive, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            return


if __name__ == "__main__":
    main()
