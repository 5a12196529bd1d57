"""What the resolver asks of the surface index; `store` answers, and so does any index held in memory."""

from typing import Protocol

from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.surface.store import EngineCallAt, ModuleSurface


class Index(Protocol):
    """The part of `store.SurfaceIndex` that answers questions."""

    axis: ReleaseAxis

    def module(self, name: str) -> ModuleSurface | None:
        """Return a module; None where no release has it."""

    def modules(self, prefix: str = "vllm") -> dict[str, Mask]:
        """Return the modules at and below `prefix` with the releases that have them."""

    def homes(self, name: str) -> tuple[tuple[str, Mask], ...]:
        """Return the modules that define a top-level name; of `(Name)` those that derive a class from one."""

    def calls(self, method: str) -> tuple[EngineCallAt, ...]:
        """Return every call of a method of that name in vLLM."""
