"""Which engine is installed, and which tests are meant for it."""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata
from typing import NamedTuple

import pytest
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_REFERENCE = "reference"


class Engine(NamedTuple):
    """What `import vllm` gives."""

    kind: str
    """`reference`, or `vllm` for the real one."""
    release: str
    """Without what a build adds: `0.33.0`."""

    @property
    def version(self) -> Version:
        """The release as a version that compares."""
        return Version(self.release)

    def __str__(self) -> str:
        """Return for example `0.33.0 (reference engine)`."""
        return f"{self.release} (reference engine)" if self.kind == _REFERENCE else self.release


@lru_cache(maxsize=1)
def installed_engine() -> Engine | None:
    """Return the engine of this environment, by its metadata: nothing of it is imported."""
    try:
        version = Version(metadata.version("vllm"))
    except (metadata.PackageNotFoundError, InvalidVersion, TypeError):
        return None
    return Engine(_REFERENCE if version.local == _REFERENCE else "vllm", version.public)


def skip_elsewhere(item: pytest.Item) -> None:
    """Mark a test as skipped where one of its `vllm` markers, its class's and module's too, says so."""
    for marker in item.iter_markers("vllm"):
        why = _why_not(marker, item.nodeid)
        if why:
            item.add_marker(pytest.mark.skip(reason=why))


def _why_not(marker: pytest.Mark, test: str) -> str:
    text, real = _arguments(marker, test)
    engine = installed_engine()
    wanted = f"vLLM {text}" if text else "vLLM"
    if engine is None:
        return f"needs {wanted}, which is not installed"
    if not SpecifierSet(text).contains(engine.version, prereleases=True):
        return f"needs {wanted}; this is {engine}"
    if real and engine.kind == _REFERENCE:
        return f"needs real vLLM; this is {engine}"
    return ""


def _arguments(marker: pytest.Mark, test: str) -> tuple[str, bool]:
    known = marker.kwargs.keys() <= {"real", "specifier"} and len(marker.args) <= 1
    text = marker.args[0] if marker.args else marker.kwargs.get("specifier", "")
    try:
        if known and isinstance(text, str):
            SpecifierSet(text)
            return text, bool(marker.kwargs.get("real"))
    except InvalidSpecifier:
        pass
    given = ", ".join(
        [*map(repr, marker.args), *(f"{key}={value!r}" for key, value in marker.kwargs.items())]
    )
    raise pytest.UsageError(
        f"{test}: @pytest.mark.vllm({given}) cannot be read. Write for example"
        " @pytest.mark.vllm('>=0.20,<0.30') or @pytest.mark.vllm('>=0.20', real=True)."
    )
