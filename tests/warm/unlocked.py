"""The cell's part of a warm interpreter for tests of the probe: it locks nothing in."""

import marshal
import os
from collections.abc import Callable
from typing import Any


def take_place(connection: int, _: "dict[str, Any]") -> int:
    """Stay where it is."""
    return connection


def is_abandoned(_: "dict[str, Any]") -> bool:
    """Live until the connection ends."""
    return False


def serve(
    _: bytes, descriptors: "list[int]", place: "dict[str, Any]", program: "Callable[[list[str]], int]"
) -> None:
    """Run one program, described by the first descriptor's content; the second takes what it prints."""
    del place
    with os.fdopen(descriptors[0], "rb") as stream:
        argv, environment, directory = marshal.load(stream)  # noqa: S302 - the test's
    os.setsid()
    for number in (1, 2):
        os.dup2(descriptors[1], number)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    status = os.fork()
    if status:
        code = os.waitstatus_to_exitcode(os.waitpid(status, 0)[1])
        os.write(descriptors[2], str(code).encode())
        os._exit(0)
    os.closerange(3, 256)
    os._exit(program(argv))
