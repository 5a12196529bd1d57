"""The engine's version, as `vllm.version` states it."""

from __future__ import annotations

from vllm._reference import trim as _trim
from vllm._version import __version__

__version_tuple__ = tuple(
    int(part) if part.isdigit() else part for part in __version__.replace("+", ".").split(".")
)
__commit__ = "reference"


def _prev_minor_version_was(version_str: str) -> bool:
    """Tell whether `version_str`, such as `0.6`, is the minor version before this one."""
    major, minor = __version_tuple__[:2]
    return version_str == f"{major}.{int(minor) - 1}"


def _prev_minor_version() -> str:
    """Return the minor version before this one."""
    major, minor = __version_tuple__[:2]
    return f"{major}.{int(minor) - 1}"


_trim(globals())
