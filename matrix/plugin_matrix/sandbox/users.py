"""A user id of its own for each running cell."""

import contextlib
import itertools
import os
import pwd
import socket
from collections.abc import Iterator

from plugin_matrix.errors import SandboxError

RESIDENT = 60700
"""User of what serves cells and is none; of the same gap as the following."""
UNUSED_BY_CONVENTION = range(60706, 61184)
"""User ids that neither Debian nor systemd gives to anyone (systemd's `UIDS-GIDS`)."""


class CellUsers:
    """Lends user ids, each to one cell of the machine at a time.

    A loan is the name of a socket in Linux's abstract namespace: exclusive, without a file, and ending with
    the process that holds it, however that ends.
    """

    def __init__(self, ids: range) -> None:
        self.ids = ids
        # Harnesses that start at different places do not stumble over each other's loans.
        self._turn = itertools.count(os.getpid() * 37)

    @contextlib.contextmanager
    def lend(self) -> Iterator[int]:
        """Lend an id; raises `SandboxError` when all are lent."""
        for _ in self.ids:
            user = self.ids[next(self._turn) % len(self.ids)]
            if _is_a_persons(user):
                continue
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as loan:
                try:
                    loan.bind(f"\0vllm-plugin-matrix/cell-user/{user}")
                except OSError:
                    continue
                yield user
                return
        raise SandboxError(
            f"No user id is left for a cell: all of {self.ids.start} to {self.ids.stop - 1} are in use.",
            next_step="Run fewer cells at once or end other runs on this machine.",
        )


def _is_a_persons(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True
