"""What of the machine a container sees: named directories, read-only, at the same paths."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from docker.types import Mount

from plugin_matrix.errors import SandboxError
from plugin_matrix.sandbox.users import UNUSED_BY_CONVENTION

INSIDE = "/run/plugin-matrix"
"""Where a container finds what it runs itself."""
_COVERED = ("/root", "/home", "/mnt", "/media", "/srv")
"""Directories of an image that may be closed to a cell's user; a place below one gets an open, empty one."""


class Shelves:
    """Directories whose entries come and go while containers live: mounted whole instead of one by one.

    An entry's name is a hash of its content. Listing them is forbidden to others, so that a cell finds
    those only that it was told of.
    """

    def __init__(self, places: Iterable[Path]) -> None:
        self.places = frozenset(place.absolute() for place in places)

    def mounted(self, read_only: Iterable[Path]) -> tuple[Path, ...]:
        """Return the directories to mount so that all of `read_only` is seen; raises `SandboxError`."""
        wanted = set(self.places)
        for place in read_only:
            absolute = place.absolute()
            if not absolute.exists():
                raise SandboxError(f"The directory {place} that a cell needs does not exist.")
            if absolute.parent not in self.places:
                wanted.add(absolute)
        return tuple(sorted(place for place in wanted if not wanted & set(place.parents)))

    def close(self) -> None:
        """Make the shelves, and forbid others to list them; raises `OSError`."""
        for place in self.places:
            place.mkdir(parents=True, exist_ok=True)
            if place.stat().st_mode & 0o044:
                place.chmod(0o711)


def bound(places: Iterable[Path], own: Path) -> list[Mount]:
    """Return the mounts of `places` and of the harness's own directory."""
    mounts = [_bind(own, INSIDE)]
    mounts += [_bind(own / name, f"/etc/{name}") for name in ("passwd", "group")]
    return [*mounts, *(_bind(place, str(place)) for place in places)]


def covered(places: Sequence[Path]) -> dict[str, str]:
    """Return the empty directories to lay over closed ones of the image."""
    tops = {top for top in _COVERED for place in places if Path(top) in place.parents}
    return dict.fromkeys(sorted(tops), "rw,noexec,nosuid,nodev,mode=0755,size=64k")


def standing(places: Iterable[Path], directories: Iterable[str]) -> list[str]:
    """Return the entries of `directories` that mount points of `places` are, or lie below."""
    return sorted(
        str(Path(directory, place.relative_to(directory).parts[0]))
        for place in places
        for directory in directories
        if place.is_relative_to(directory)
    )


def accounts() -> dict[str, str]:
    """Return the content of `/etc/passwd` and `/etc/group` by name: every cell's user has an entry."""
    known = [(0, "root"), (60700, "plugin-matrix"), *((user, "cell") for user in UNUSED_BY_CONVENTION)]
    return {
        "passwd": "".join(f"{name}:x:{id_}:{id_}::/scratch/cell:/bin/sh\n" for id_, name in known),
        "group": "".join(f"{name}:x:{id_}:\n" for id_, name in known),
    }


def _bind(source: Path, target: str) -> Mount:
    return Mount(target, str(source), type="bind", read_only=True)
