"""A release's own Python files as a wheel: nothing is built and nothing of the release is run.

The version in its metadata ends in `+cpu`, by which vLLM chooses its CPU platform
(`vllm/platforms/__init__.py:92`, 0.6.4.post1; `:163`, 0.33.0). Compiled files are left out.
"""

import base64
import hashlib
import re
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.version import Version

from plugin_matrix.errors import EngineError
from plugin_matrix.plugins.archive import check_names

PACKAGE = "vllm"
_COMPILED = (".so", ".pyd", ".dylib", ".pyc")
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of every member, so that the same files make the same wheel."""
_VERSION_LINE = re.compile(rb"^Version:.*$", re.MULTILINE)
_VERSION_FILE = PurePosixPath(PACKAGE, "_version.py")
_PLAIN_METADATA = b"Metadata-Version: 2.1\nName: vllm\nVersion: 0\n"
_WHEEL = b"Wheel-Version: 1.0\nGenerator: plugin-matrix\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def belongs(parts: tuple[str, ...]) -> bool:
    """Tell whether a file of an sdist, a wheel or a checkout belongs into the wheel or says what does."""
    if parts[0] == PACKAGE:
        return len(parts) > 1 and "__pycache__" not in parts and not parts[-1].endswith(_COMPILED)
    return _is_metadata(parts)


def write_wheel(
    members: Iterable[tuple[PurePosixPath, bytes]], version: str, directory: Path, source: str
) -> Path:
    """Write the wheel of vLLM `version` into `directory` and return it.

    `members` are files for which `belongs` holds; `source` is what they come from, for errors. Raises
    `ArchiveError` for names that cannot be unpacked, `EngineError` where there is no package.
    """
    local = for_cpu(version)
    info = PurePosixPath(f"{PACKAGE}-{local}.dist-info")
    found: dict[str, bytes] = {}
    names: list[PurePosixPath] = []
    record: list[str] = []
    path = directory / f"{PACKAGE}-{local}-py3-none-any.whl"
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as wheel:

        def add(name: PurePosixPath, content: bytes) -> None:
            names.append(name)
            member = zipfile.ZipInfo(str(name), _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            wheel.writestr(member, content, compresslevel=1)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f'"{name}",sha256={digest},{len(content)}\n')

        for name, content in members:
            if name.parts[0] == PACKAGE:
                add(name, content)
            else:
                found[name.name] = content
        if PurePosixPath(PACKAGE, "__init__.py") not in names:
            raise EngineError(f"{source} holds no package `vllm`.", next_step="Name another release.")
        if _VERSION_FILE not in names:
            add(_VERSION_FILE, _version_file(version))
        check_names(source, ((str(name), False) for name in names))
        metadata = found.get("PKG-INFO") or found.get("METADATA") or _PLAIN_METADATA
        add(info / "METADATA", _VERSION_LINE.sub(f"Version: {local}".encode(), metadata, count=1))
        add(info / "WHEEL", _WHEEL)
        add(info / "entry_points.txt", _entry_points(found, source))
        record.append(f"{info / 'RECORD'},,\n")
        wheel.writestr(zipfile.ZipInfo(str(info / "RECORD"), _EPOCH), "".join(record))
    return path


def for_cpu(version: str) -> str:
    """Return the version under which vLLM takes its CPU platform."""
    parsed = Version(version)
    return f"{parsed.public}+{parsed.local}.cpu" if parsed.local else f"{version}+cpu"


def _is_metadata(parts: tuple[str, ...]) -> bool:
    """Tell the files that hold metadata: of an sdist, of a wheel, of a checkout."""
    return parts in {("PKG-INFO",), ("pyproject.toml",), ("vllm.egg-info", "entry_points.txt")} or (
        parts[0].endswith(".dist-info") and parts[1:] in {("METADATA",), ("entry_points.txt",)}
    )


def _entry_points(found: dict[str, bytes], source: str) -> bytes:
    """Return vLLM's own entry points: as its build wrote them or, in a checkout, as its project states."""
    if "entry_points.txt" in found or "pyproject.toml" not in found:
        return found.get("entry_points.txt", b"")
    try:
        project = _table(tomllib.loads(found["pyproject.toml"].decode("utf-8")), "project")
    except ValueError as error:
        raise EngineError(
            f"The pyproject.toml of {source} cannot be read: {error}.", next_step="Mend it."
        ) from error
    groups = _table(project, "entry-points") | {"console_scripts": _table(project, "scripts")}
    lines = [
        line
        for group, points in groups.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()), "")
    ]
    return "\n".join(lines).encode()


def _table(of: dict[str, Any], name: str) -> dict[str, Any]:
    inner = of.get(name)
    return inner if isinstance(inner, dict) else {}


def _version_file(version: str) -> bytes:
    """Return the module that a build writes and a checkout lacks."""
    numbers = ", ".join(map(str, Version(version).release))
    return (
        f"__version__ = version = {version!r}\n__version_tuple__ = version_tuple = ({numbers})\n"
    ).encode()
