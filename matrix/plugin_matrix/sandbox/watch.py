"""Watches what a cell uses, where the kernel is not asked to or cannot."""

import errno
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from plugin_matrix.sandbox.control_groups import ControlGroup
from plugin_matrix.sandbox.protocol import End, Limits


class Watch:
    """Says when a cell has used more than its limits."""

    def __init__(
        self,
        limits: Limits,
        group: ControlGroup,
        *,
        sample_memory: bool,
        scratch: Path | None,
        deadline: float,
    ) -> None:
        self._limits = limits
        self._group = group
        self._sample_memory = sample_memory
        self._scratch = scratch
        """Directory of the host to measure; None where the kernel bounds it."""
        self._deadline = deadline

    def verdict(self, first_process: int) -> tuple[End, int] | None:
        """Return why the cell has to end and the signal that stands for it, or None."""
        limits = self._limits
        if time.monotonic() > self._deadline:
            return End.WALL_TIME, signal.SIGKILL
        # A program may run into the limit and cope. One refused as often as it was allowed is a fork bomb.
        if self._group.refused_forks() >= limits.processes:
            return End.PROCESSES, signal.SIGKILL
        if self._group.cpu_seconds() > limits.cpu_seconds:
            return End.SIGNALLED, signal.SIGXCPU
        if self._sample_memory and _exceeds(first_process, limits.memory_bytes):
            return End.MEMORY, signal.SIGKILL
        if self._scratch and _size(self._scratch) > limits.scratch_bytes:
            return End.SIGNALLED, signal.SIGXFSZ
        return None


def descendants(process: int) -> list[psutil.Process]:
    """Return the living descendants of a process."""
    try:
        return list(psutil.Process(process).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def threads_of_user(user: int) -> int:
    """Return how many threads a user has on this machine."""
    total = 0
    for process in psutil.process_iter():
        try:
            if process.uids().real == user:
                total += process.num_threads()
        except psutil.Error:
            continue  # It ended meanwhile.
    return total


def _exceeds(first_process: int, bound: int) -> bool:
    """Say whether the cell's processes hold more than `bound` bytes; shared pages count once."""
    processes = descendants(first_process)
    # Resident sets are cheap to read but count shared pages again for each process.
    if sum(_bytes_of(processes, proportional=False)) <= bound:
        return False
    return sum(_bytes_of(processes, proportional=True)) > bound


def _bytes_of(processes: list[psutil.Process], *, proportional: bool) -> Iterator[int]:
    for process in processes:
        try:
            yield process.memory_full_info().pss if proportional else process.memory_info().rss
        except psutil.Error:
            continue  # It ended meanwhile.


def _size(directory: Path) -> int:
    """Return the bytes on disk below `directory`; a tree too deep to be measured counts as endless."""
    total = 0
    waiting = [str(directory)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return sys.maxsize
    return total
