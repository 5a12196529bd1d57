"""The file system a cell sees: the system's programs read-only, its scratch directory, and little else."""

import os
import shutil
from pathlib import Path

SCRATCH = "/scratch"

_SYSTEM = (
    "bin",
    "sbin",
    "usr",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "nix/store",
    "gnu/store",
    "sys/devices/system",
)
"""What programs and their libraries need. `sys/devices/system` counts processors for numeric libraries."""
_SETTINGS = (
    "ld.so.cache",
    "ld.so.conf",
    "localtime",
    "mime.types",
    "os-release",
    "debian_version",
    "timezone",
)
_SETTING_DIRECTORIES = ("alternatives", "ssl", "pki", "ld.so.conf.d")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_EMPTY = ("proc", "dev", "etc", "run", "home", "var/lib", SCRATCH[1:])
_SCRATCH_LINKS = {"tmp": "tmp", "var/tmp": "tmp", "dev/shm": "shm"}
"""Places programs expect to write to, and the directory of the scratch directory they lead to."""
_DEVICE_LINKS = {"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
SCRATCH_DIRECTORIES = ("tmp", "shm")


class RootFilesystem:
    """A directory of mount points, and the mount tables that make it a cell's root directory.

    All cells share the directory: each mounts over it in a mount namespace of its own and sees it read-only.
    Raises `OSError` where the disk does.
    """

    def __init__(self, directory: Path, users: range) -> None:
        self.directory = directory
        self._fixed = [_bind(directory, directory)]
        for name in _EMPTY:
            (directory / name).mkdir(parents=True, exist_ok=True)
        for name, target in _SCRATCH_LINKS.items():
            (directory / name).symlink_to("../" * name.count("/") + f"{SCRATCH[1:]}/{target}")
        for name, target in _DEVICE_LINKS.items():
            (directory / "dev" / name).symlink_to(f"/proc/self/{target}")
        for name in _SYSTEM:
            self._show(Path("/", name), self._fixed)
        for name in _SETTING_DIRECTORIES:
            self._show(Path("/etc", name), self._fixed)
        for name in _SETTINGS:
            if Path("/etc", name).exists():
                shutil.copy(Path("/etc", name), directory / "etc" / name, follow_symlinks=False)
        for name in _DEVICES:
            (directory / "dev" / name).touch()
            self._fixed.append(_line(f"/dev/{name}", directory / "dev" / name, "none", "bind,nosuid,noexec"))
        self._fixed.append(_line("proc", directory / "proc", "proc", "nosuid,nodev,noexec"))
        accounts = [(0, "root"), *((user, "cell") for user in users)]
        self._etc("passwd", "".join(f"{name}:x:{id_}:{id_}::{SCRATCH}:/bin/sh\n" for id_, name in accounts))
        self._etc("group", "".join(f"{name}:x:{id_}:\n" for id_, name in accounts))
        self._etc("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
        self._etc("hosts", "127.0.0.1 localhost\n::1 localhost\n")

    def mount_table(self, read_only: tuple[Path, ...], scratch_bytes: int, user: int) -> bytes:
        """Return the mount table, in the form of fstab(5), for a cell that also reads `read_only`."""
        owner = f"uid={user},gid={user}" if user != -1 else "uid=0,gid=0"
        # An inode costs kernel memory that no size counts: one for each 4 KiB, and some.
        bounds = f"size={scratch_bytes},nr_inodes={scratch_bytes // 4096 + 1024}"
        options = f"mode=0700,{owner},{bounds},nosuid,nodev"
        lines = [*self._fixed, _line("scratch", self.directory / SCRATCH[1:], "tmpfs", options)]
        # One spelling may be a link to another; programs use both. Outer directories come first.
        spellings = {Path(os.path.abspath(path)) for path in read_only}  # noqa: PTH100 - links are meant to stay
        for place in sorted(spellings | {path.resolve() for path in read_only}):
            if self._is_shown(place, lines):
                continue
            if (target := self._in_scratch(place)) is not None:
                lines.append(_bind(place, target, "X-mount.mkdir=0755"))
            else:
                self._mount_point(place)
                lines.append(_bind(place, self._inside(place)))
        return "".join(lines).encode()

    def bare_line(self, place: str) -> bytes:
        """Return the line that shows, at `place` in it, this directory without what is mounted over it."""
        return _bind(self.directory, self._inside(Path(place))).encode()

    def _in_scratch(self, place: Path) -> Path | None:
        """Return the mount point of a place below a link into the scratch directory; mounting makes it."""
        for name, directory in _SCRATCH_LINKS.items():
            if place.is_relative_to(f"/{name}"):
                return self._inside(Path(SCRATCH)) / directory / place.relative_to(f"/{name}")
        return None

    def _show(self, place: Path, lines: list[str]) -> None:
        """Show a place of the host, a link as a link."""
        if place.is_symlink():
            self._inside(place).symlink_to(place.readlink())
        elif place.exists():
            self._mount_point(place)
            lines.append(_bind(place, self._inside(place)))

    def _mount_point(self, place: Path) -> None:
        if place.is_dir():
            self._inside(place).mkdir(mode=0o755, parents=True, exist_ok=True)
        else:
            self._inside(place).parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            self._inside(place).touch(exist_ok=True)

    def _is_shown(self, place: Path, lines: list[str]) -> bool:
        targets = {line.split()[1] for line in lines[1:]}
        same_device = place.stat().st_dev
        return any(
            _escaped(self._in_scratch(parent) or self._inside(parent)) in targets
            and parent.stat().st_dev == same_device
            for parent in (place, *place.parents)
        )

    def _inside(self, place: Path) -> Path:
        return self.directory / place.relative_to("/")

    def _etc(self, name: str, content: str) -> None:
        (self.directory / "etc" / name).write_text(content)


def _bind(source: Path, target: Path, *options: str) -> str:
    """Return the line that shows `source` at `target`, without leave to write.

    A mount made in a user namespace must keep the restrictions its source has (`mount_namespaces(7)`).
    """
    flags = os.statvfs(source).f_flag
    kept = [name for flag, name in _KEPT.items() if flags & flag]
    if not flags & (os.ST_NOATIME | os.ST_RELATIME):
        kept.append("strictatime")
    return _line(source, target, "none", ",".join(["bind", "ro", "nosuid", "nodev", *kept, *options]))


_KEPT = {
    os.ST_NOEXEC: "noexec",
    os.ST_NOATIME: "noatime",
    os.ST_NODIRATIME: "nodiratime",
    os.ST_RELATIME: "relatime",
}


def _line(source: object, target: object, kind: str, options: str) -> str:
    return f"{_escaped(source)} {_escaped(target)} {kind} {options} 0 0\n"


def _escaped(path: object) -> str:
    text = str(path)
    for character in "\\ \t\n#":
        text = text.replace(character, f"\\{ord(character):03o}")
    return text
