"""Take what the engine does with a component step by step, and keep the step that failed."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

from ..engine import first_module, unnoticed

if TYPE_CHECKING:
    from ..context import Context


class Steps:
    """The steps of one use; after one has raised, the others are not taken."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.failed = False

    def take(self, name: str, step: Callable[..., Any], *arguments: Any) -> Any:
        """Take a step; returns its value, or None when it or one before it raised."""
        if self.failed:
            return None
        payload = self._context.payload
        payload["used"] = name
        with self._context.phase("call"), self._context.describe.attempt() as attempt:
            value = step(*arguments)
        if attempt.raised is None:
            return value
        self.failed = True
        payload["use_raised"] = attempt.raised
        return None


def load_by_engine(context: Context, load: Callable[[], Any]) -> Any:
    """Call the engine's loader of a group; what it raises is kept as `load_raised`."""
    with context.phase("import"), context.describe.attempt() as loading:
        return load()
    context.payload["load_raised"] = loading.raised
    return None


def engine_configuration() -> Any:
    """Return a default `VllmConfig`, or a plain object where this release cannot make one."""
    try:
        with unnoticed():
            return import_module("vllm.config").VllmConfig()
    except Exception:  # noqa: BLE001 - a release that needs a model, torch or a device for it
        return SimpleNamespace()


def sampling_params() -> Any:
    """Return default `SamplingParams`, or None where they cannot be made."""
    with unnoticed():
        module = first_module("vllm.sampling_params")
    try:
        return module.SamplingParams()
    except Exception:  # noqa: BLE001 - the module or one of its dependencies is not there
        return None
