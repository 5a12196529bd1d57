"""Engines: what `import vllm` gives inside a cell."""

from enum import StrEnum

import msgspec
from packaging.version import Version


class EngineKind(StrEnum):
    """Where the engine's code comes from."""

    REFERENCE = "reference"
    """This project's own engine, behaving as one release's plugin interface did."""


class Engine(msgspec.Struct, frozen=True):
    """One engine a plugin is judged on, for example the reference engine at 0.33.0."""

    kind: EngineKind
    release: str
    """PEP 440 version of the vLLM release, in the spelling of the package index."""

    @property
    def id(self) -> str:
        """The engine's part of a cell id, for example `reference-0.33.0`."""
        return f"{self.kind.value}-{self.release}"

    @property
    def version(self) -> Version:
        """The release as a comparable version."""
        return Version(self.release)
