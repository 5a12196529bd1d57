"""A checkout or an unpacked tree of vLLM on this machine: where its package is and what version it has."""

import re
import subprocess
from pathlib import Path

from packaging.version import InvalidVersion, Version

from plugin_matrix.errors import SurfaceIndexError
from plugin_matrix.surface.building import SourceTree

_GIT_SECONDS = 30.0
_VERSION_FILE = re.compile(r"^(?:__version__ = )?version = ['\"]([^'\"]+)['\"]", re.MULTILINE)
_OLD_VERSION_FILE = re.compile(r"^__version__ = ['\"]([^'\"]+)['\"]", re.MULTILINE)
_METADATA = re.compile(r"^Version: (\S+)", re.MULTILINE)
_DESCRIBED = re.compile(r"v?(?P<tag>.+)-(?P<distance>\d+)-g(?P<commit>[0-9a-f]+)\Z")


def open_checkout(path: Path, name: str | None = None) -> SourceTree:
    """Return the tree at `path`, which is the package `vllm` or the directory it is in.

    The version is `name`, else what the tree says of itself. Raises `SurfaceIndexError`.
    """
    root = path.absolute()
    if (
        not (root / "vllm" / "__init__.py").is_file()
        and (root / "__init__.py").is_file()
        and root.name == "vllm"
    ):
        root = root.parent
    if not (root / "vllm" / "__init__.py").is_file():
        raise SurfaceIndexError(
            f"{path} holds no package `vllm`.",
            next_step="Name the root of a checkout or of an unpacked sdist.",
        )
    version = name or _version(root)
    if version is None:
        raise SurfaceIndexError(
            f"{path} does not say which version of vLLM it is.", next_step="Say it: `--name 0.34.0.dev1`."
        )
    try:
        return SourceTree(str(Version(version)), root, "tree")
    except InvalidVersion as error:
        raise SurfaceIndexError(
            f"{version!r} is no version, so it has no place among the releases.",
            next_step="Say one in the form of PEP 440: `--name 0.34.0.dev1`.",
        ) from error


def _version(root: Path) -> str | None:
    """Return the version the tree says it has: what git knows is newer than what a build wrote."""
    if (root / ".git").exists() and (described := _described(root)):
        return described
    for file, pattern in (
        ("vllm/_version.py", _VERSION_FILE),
        ("vllm/_version.py", _OLD_VERSION_FILE),
        ("PKG-INFO", _METADATA),
        ("vllm/version.py", _OLD_VERSION_FILE),
    ):
        try:
            text = (root / file).read_text("utf-8", errors="replace")
        except OSError:
            continue
        if found := pattern.search(text):
            return found[1]
    return None


def _described(root: Path) -> str | None:
    """Return the version setuptools-scm would give: the next one's development release, by the last tag."""
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(root)]
    command += ["describe", "--tags", "--long", "--match", "v[0-9]*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = _DESCRIBED.match(done.stdout.strip())
    if found is None:
        return None
    try:
        tag = Version(found["tag"])
    except InvalidVersion:
        return None
    if found["distance"] == "0":
        return str(tag)
    return f"{_next(tag)}.dev{found['distance']}+g{found['commit']}"


def _next(tag: Version) -> str:
    if tag.pre is not None:
        return f"{tag.base_version}{tag.pre[0]}{tag.pre[1] + 1}"
    *front, last = tag.release
    return ".".join(map(str, [*front, last + 1]))
