"""Platforms by name, and the CPython of each on this machine."""

import contextlib
import difflib
import functools
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath

import msgspec

from plugin_matrix.errors import EnvironmentMakingError, UnknownPlatformError
from plugin_matrix.model import Accelerator, Platform
from plugin_matrix.plugins.uv import UvResult, run_uv

FIND_SECONDS = 60.0
OLDEST_PYTHON = (3, 9)
"""The oldest that engines and the probe run on."""
_PLATFORM_ID = re.compile(r"(?P<accelerator>[a-z-]+)-py(?P<major>\d)(?P<minor>\d{1,2})")
# Run in the interpreter that is asked about; the names are those of PEP 508.
_ASK = """
import json, os, platform, sys
v = sys.version_info
full = "%d.%d.%d" % v[:3] + ("" if v.releaselevel == "final" else v.releaselevel[0] + str(v.serial))
print(json.dumps({
    "prefix": sys.base_prefix,
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": full,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": full,
        "python_version": "%d.%d" % v[:2],
        "sys_platform": sys.platform,
    },
}))
"""


class Interpreter(msgspec.Struct, frozen=True):
    """A CPython on this machine or in an image."""

    executable: Path
    """Without symbolic links."""
    prefix: Path
    """The directory of its installation, without symbolic links."""
    markers: dict[str, str]
    """Its environment markers (PEP 508)."""
    image: str = ""
    """The image it is in, where it is not on this machine."""

    @property
    def version(self) -> str:
        """For example `3.11.7`."""
        return self.markers["python_full_version"]

    @property
    def target_arguments(self) -> list[str]:
        """Options of `uv pip` that make another Python resolve and install for one in an image."""
        # The C library of Debian 11; that of every image is newer. llguidance has no wheels for an older one.
        system = f"{self.markers['platform_machine']}-manylinux_2_31"
        return ["--python", sys.executable, "--python-version", self.version, "--python-platform", system]


def image_interpreter(executable: PurePosixPath, version: str, image: str) -> Interpreter:
    """Return the CPython `version` at `executable` in an image; nothing of it is on this machine.

    A container has the kernel of the machine it runs on.
    """
    major, minor = version.split(".")[:2]
    markers = {
        "implementation_name": "cpython",
        "implementation_version": version,
        "os_name": "posix",
        "platform_machine": platform.machine(),
        "platform_python_implementation": "CPython",
        "platform_release": platform.release(),
        "platform_system": "Linux",
        "platform_version": platform.version(),
        "python_full_version": version,
        "python_version": f"{major}.{minor}",
        "sys_platform": "linux",
    }
    return Interpreter(Path(executable), Path(executable).parent.parent, markers, image)


def parse_platform(text: str) -> Platform:
    """Parse a platform id such as `cpu-py311`.

    Raises `UnknownPlatformError` naming what comes near and which Pythons there are. Whether the
    platform's Python is on this machine is not asked here.
    """
    match = _PLATFORM_ID.fullmatch(text.strip())
    if (
        match
        and match["accelerator"] in set(Accelerator)
        and (int(match["major"]), int(match["minor"])) >= OLDEST_PYTHON
    ):
        return Platform(Accelerator(match["accelerator"]), f"{match['major']}.{match['minor']}")
    known = [platform.id for platform in present_platforms()]
    near = difflib.get_close_matches(text, known, n=3, cutoff=0.5)
    raise UnknownPlatformError(
        f"There is no platform {text!r}." + (f" Did you mean {' or '.join(near)}?" if near else ""),
        next_step=f"Platforms of this machine: {', '.join(known) or 'none'}.",
    )


def default_platforms() -> tuple[Platform, ...]:
    """Return the platform of the running interpreter's minor version."""
    return (Platform(Accelerator.CPU, f"{sys.version_info.major}.{sys.version_info.minor}"),)


@functools.cache
def present_platforms() -> tuple[Platform, ...]:
    """Platforms whose CPython uv finds on this machine, oldest first."""
    result = _uv_python("list", "--only-installed", "--output-format", "json")
    try:
        found = json.loads(result.output or "[]")
    except ValueError:
        found = []
    minors = {
        (parts["major"], parts["minor"])
        for python in found
        if python["implementation"] == "cpython" and python["variant"] == "default"
        for parts in [python["version_parts"]]
    }
    return tuple(
        Platform(Accelerator.CPU, f"{major}.{minor}")
        for major, minor in sorted(minors)
        if (major, minor) >= OLDEST_PYTHON
    )


@functools.cache
def find_interpreter(platform: Platform) -> Interpreter:
    """Find the CPython of `platform`; nothing is downloaded.

    Raises `EnvironmentMakingError` when there is none.
    """
    result = _uv_python("find", "--system", f"cpython@{platform.python}")
    if not result.ok:
        present = ", ".join(f"{one.python}" for one in present_platforms())
        raise EnvironmentMakingError(
            f"There is no CPython {platform.python} on this machine for the platform {platform.id}"
            f" (there are {present or 'none'}).",
            next_step=f"Install one, for example with `uv python install {platform.python}`.",
        )
    executable = Path(result.output.strip()).resolve()
    try:
        answer = subprocess.run(
            [executable, "-I", "-c", _ASK], capture_output=True, check=True, timeout=FIND_SECONDS
        )
        facts = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise EnvironmentMakingError(
            f"The CPython {platform.python} at {executable} does not run ({error}).",
            next_step="Repair or remove that installation.",
        ) from error
    return Interpreter(executable, Path(facts["prefix"]).resolve(), facts["markers"])


def _uv_python(*arguments: str) -> UvResult:
    with tempfile.TemporaryDirectory(prefix="plugin-matrix-") as directory:
        return run_uv(
            ["python", *arguments, "--no-python-downloads", "--no-config"],
            directory=Path(directory),
            seconds=FIND_SECONDS,
            variables={"PATH": _search_path()},
        )


def _search_path() -> str:
    """PATH with every version of pyenv in front: its shims of versions not chosen make uv give up."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    versions: list[Path] = []
    with contextlib.suppress(OSError):  # somebody else's, that may not be read
        versions = sorted(root.glob("versions/*/bin"), reverse=True)
    rest = [
        entry
        for entry in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if Path(entry) != root / "shims"
    ]
    return os.pathsep.join([*map(str, versions), *rest])
