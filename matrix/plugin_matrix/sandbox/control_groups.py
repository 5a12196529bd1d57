"""Limits that hold for all processes of a cell together: control groups, version 1 or 2."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from plugin_matrix.sandbox.owner import is_leftover, own_name
from plugin_matrix.sandbox.protocol import Limits

_LIMITS: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "memory": {1: ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"), 2: ("memory.max",)},
    "pids": {1: ("pids.max",), 2: ("pids.max",)},
    "cpuacct": {1: ()},
}
"""Controller, version, files that take the limit; version 2 counts CPU time without a controller."""


class ControlGroups:
    """The places where this process may make control groups, by controller."""

    def __init__(self, version: int, homes: Mapping[str, Path]) -> None:
        self.version = version
        self.homes = homes

    @classmethod
    def find(cls, proc: Path = Path("/proc/self")) -> "ControlGroups":
        """Find them below the groups this process itself is in, so that limits set on it keep holding.

        Each place is tried, not guessed from permissions; leftovers of killed harnesses are removed.
        """
        first, second = _own_groups(proc)
        homes = {name: home for name, home in first.items() if name in _LIMITS and _works(1, name, home)}
        if "memory" in homes or "pids" in homes:
            return cls(1, homes)
        for home in (second, second.parent) if second else ():
            found = {name: home for name in ("memory", "pids") if _works(2, name, home)}
            if found:
                return cls(2, found)
        return cls(1, homes)

    @property
    def patterns(self) -> tuple[str, ...]:
        """Paths that match the groups this process makes, and no others."""
        own = own_name().rpartition("-")[0]
        return tuple(sorted({f"{home}/{own}-*" for home in self.homes.values()}))

    @contextlib.contextmanager
    def make(self, limits: Limits) -> Iterator["ControlGroup"]:
        """Make a group for one cell; at the end kill what is still in it and remove it."""
        group = ControlGroup(self.version, {}, own_name())
        try:
            for controller, home in self.homes.items():
                group.enter_controller(controller, home, limits)
            yield group
        finally:
            group.remove()


class ControlGroup:
    """The control group of one cell, in each controller there is."""

    def __init__(self, version: int, directories: dict[str, Path], name: str) -> None:
        self._version = version
        self._directories = directories
        self._name = name

    def enter_controller(self, controller: str, home: Path, limits: Limits) -> None:
        """Make the group under `home` and set its limit."""
        directory = home / self._name
        directory.mkdir(exist_ok=True)
        self._directories[controller] = directory
        value = {"memory": limits.memory_bytes, "pids": limits.processes}.get(controller)
        for file in _LIMITS[controller][self._version]:
            with contextlib.suppress(FileNotFoundError):  # kernels without swap accounting lack memsw
                (directory / file).write_text(str(value))
        if self._version == 2 and controller == "memory":  # noqa: PLR2004 - the version's name is its number
            with contextlib.suppress(FileNotFoundError):
                (directory / "memory.swap.max").write_text("0")

    @property
    def entrances(self) -> list[str]:
        """Files a process writes 0 to in order to enter."""
        # In version 1 a thread may move itself alone, without the lock over all threads of the machine, whose
        # cost is a grace period: several milliseconds.
        file = "tasks" if self._version == 1 else "cgroup.procs"
        return sorted({f"{directory}/{file}" for directory in self._directories.values()})

    def refused_forks(self) -> int:
        """Return how often the process limit was hit."""
        return self._event("pids", "pids.events", "max")

    def memory_kills(self) -> int:
        """Return how many processes the memory limit killed."""
        return self._event(
            "memory", "memory.oom_control" if self._version == 1 else "memory.events", "oom_kill"
        )

    def cpu_seconds(self) -> float:
        """Return CPU time of all processes together; 0 where it is not counted."""
        if "cpuacct" in self._directories:
            return int(_read(self._directories["cpuacct"] / "cpuacct.usage") or 0) / 1e9
        if self._version == 1:
            return 0.0
        return self._event(next(iter(self._directories)), "cpu.stat", "usage_usec") / 1e6

    def _event(self, controller: str, file: str, key: str) -> int:
        if controller not in self._directories:
            return 0
        words = dict(line.split() for line in _read(self._directories[controller] / file).splitlines())
        return int(words.get(key, 0))

    def remove(self) -> None:
        """Kill what is still in the group, then remove it."""
        for directory in set(self._directories.values()):
            remove_group(directory)


def remove_group(directory: Path) -> None:
    """Kill what is in a control group and remove it; a group that stays busy for a second is left."""
    for _ in range(100):
        try:
            directory.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            for process in _read(directory / "cgroup.procs").split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(process), 9)
            time.sleep(0.01)
        else:
            return


def _works(version: int, controller: str, home: Path) -> bool:
    group = ControlGroup(version, {}, own_name())
    try:
        for leftover in home.iterdir():
            if is_leftover(leftover.name):
                with contextlib.suppress(OSError):  # not empty: its owner lives, in another process namespace
                    leftover.rmdir()
        group.enter_controller(controller, home, Limits())
        directory = home / group._name  # noqa: SLF001 - the same module
        return all((directory / file).exists() for file in _LIMITS[controller][version][:1])
    except OSError:
        return False
    finally:
        group.remove()


def _own_groups(proc: Path) -> tuple[dict[str, Path], Path | None]:
    """Return the directories of our own groups: version 1 by controller, and version 2."""
    mounts: dict[str, tuple[str, str]] = {}
    for line in _read(proc / "mountinfo").splitlines():
        place, _, kind = line.partition(" - ")
        root, mountpoint = place.split()[3:5]
        filesystem, _, options = kind.split(" ", 2)
        if filesystem == "cgroup2":
            mounts[""] = (root, mountpoint)
        elif filesystem == "cgroup":
            mounts.update(dict.fromkeys(options.split(","), (root, mountpoint)))
    own: dict[str, Path] = {}
    for line in _read(proc / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in mounts:
                root, mountpoint = mounts[controller]
                # In a container the mount may begin inside our own group.
                inside = path.removeprefix(root.rstrip("/")) if path.startswith(root) else ""
                own[controller] = Path(mountpoint + inside.rstrip("/"))
    return {name: home for name, home in own.items() if name}, own.get("")


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
