"""Work done aside: by a forked process, while this one does other work."""

import fcntl
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Generic, Self, TypeVar

Result = TypeVar("Result")
_RESULT_BYTES = 1024**2
"""Of that size a pipe may be without privileges."""


class Aside(Generic[Result]):
    """Work that is begun when the context is entered, in a process of its own, and ended with it.

    The process has what this one had when it was forked, and its result comes back pickled. With `forks`
    False there is none: the work is done when it is asked for.
    """

    def __init__(self, work: Callable[[], Result], *, forks: bool) -> None:
        self._work = work
        self._forks = forks
        self._process = 0
        self._pipe = -1

    def __enter__(self) -> Self:
        """Begin."""
        if self._forks:
            self._pipe, to = _wide_pipe()
            self._process = os.fork()
            if not self._process:
                os.close(self._pipe)
                _work_and_exit(self._work, to)
            os.close(to)
        return self

    def result(self) -> Result:
        """Return what came of the work, done here where the process came to grief: for the same grief."""
        if not self._process:
            return self._work()
        with os.fdopen(self._pipe, "rb", closefd=False) as pipe:
            written = pipe.read()
        try:
            # What ends in its middle is no pickle. The end of the process itself can wait: it takes a while.
            result: Result = pickle.loads(written)  # noqa: S301 - written by this very program
        except (EOFError, pickle.UnpicklingError):
            return self._work()
        return result

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process, which has nothing left to do where its result was asked for."""
        if self._process:
            os.close(self._pipe)
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            self._process = 0


def _wide_pipe() -> tuple[int, int]:
    """Return a pipe that takes most results whole: the process need not wait until they are wanted."""
    pipe, to = os.pipe()
    if sys.platform == "linux":
        with suppress(OSError):  # the user has too many of them
            fcntl.fcntl(to, fcntl.F_SETPIPE_SZ, _RESULT_BYTES)
    return pipe, to


def _work_and_exit(work: Callable[[], object], to: int) -> None:
    """Do the work of a forked process and end it, with nothing of the process it was forked from run."""
    status = 1
    try:
        with os.fdopen(to, "wb") as pipe:
            pickle.dump(work(), pipe, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)


class Claims:
    """Numbers that several processes share out: whoever iterates gets the next one that nobody has.

    They lie in a pipe, a byte each, which the processes inherit. At most `MOST` of them.
    """

    MOST = 256

    def __init__(self, count: int) -> None:
        self._pipe, to = os.pipe()
        os.write(to, bytes(range(count)))
        os.close(to)

    def __iter__(self) -> Iterator[int]:
        """Yield numbers until none is left."""
        while claimed := os.read(self._pipe, 1):
            yield claimed[0]

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self._pipe)


def processors() -> int:
    """Return on how many processors this process may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def may_fork() -> bool:
    """Whether this process can be forked: others of its threads would be lost in the copy."""
    return hasattr(os, "fork") and threading.active_count() == 1
