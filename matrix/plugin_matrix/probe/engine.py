"""The engine as the probe reaches it: import it, load plugins, find modules of a release."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tracebacks import Describe

_REGISTRY_MODULES = ("vllm.plugins", "vllm.model_executor.models.registry", "vllm.model_executor.models")


def import_engine(describe: Describe) -> dict[str, Any]:
    """Import `vllm`, its loader and its model registry; return what the observation says of it.

    No plugin code may run meanwhile: releases before 0.32.0 resolve the platform while they are
    imported, so `VLLM_PLUGINS` is empty for as long.
    """
    with _without_plugins():
        return _import_engine(describe)


def import_platforms() -> None:
    """Import `vllm.platforms` for the processes forked from here on; none is resolved for them."""
    if "vllm.platforms" in sys.modules:
        return
    with _without_plugins(), unnoticed(), suppress(Exception):
        import_module("vllm.platforms")


@contextmanager
def _without_plugins() -> Iterator[None]:
    kept = os.environ.get("VLLM_PLUGINS")
    os.environ["VLLM_PLUGINS"] = ""
    yield
    os.environ.pop("VLLM_PLUGINS", None)
    if kept is not None:
        os.environ["VLLM_PLUGINS"] = kept
    forget_platform()


def _import_engine(describe: Describe) -> dict[str, Any]:
    modules = len(sys.modules)
    started = monotonic()
    with describe.attempt() as attempt:
        import_module("vllm")
    seconds = monotonic() - started
    found = {
        "engine_version": "",
        "engine_raised": attempt.raised,
        "modules_imported": len(sys.modules) - modules,
        "import_seconds": round(seconds, 4),
    }
    if attempt.raised is None:
        version = getattr(sys.modules["vllm"], "__version__", "")
        found["engine_version"] = version[:100] if isinstance(version, str) else ""
        for name in _REGISTRY_MODULES:
            with unnoticed(), describe.attempt():
                import_module(name)
    return found


@contextmanager
def unnoticed() -> Iterator[None]:
    """Keep what the probe itself asks for from counting as asked for by the plugin."""
    asked = getattr(sys.modules.get("vllm._reference"), "not_modelled", [])
    before = list(asked)
    try:
        yield
    finally:
        asked[:] = before


def load_general_plugins() -> None:
    """Call the release's loader; raises what it raises."""
    import_module("vllm.plugins").load_general_plugins()


def has_platform_plugins() -> bool:
    """Tell whether this release reads the platform group (0.7.0 and later)."""
    platforms = _module("vllm.platforms")
    return hasattr(platforms, "resolve_current_platform_cls_qualname")


def resolve_platform() -> Any:
    """Return `vllm.platforms.current_platform`; raises what resolution raises."""
    return import_module("vllm.platforms").current_platform


def parameters(function: Any) -> Any:
    """Return the parameters of a function by name (`inspect.Parameter`)."""
    from inspect import signature  # noqa: PLC0415 - heavy, and needed by few scenarios only

    return signature(function).parameters


def forget_platform() -> None:
    """Let the next use of `current_platform` resolve it."""
    platforms = sys.modules.get("vllm.platforms")
    if platforms is not None and "_current_platform" in vars(platforms):
        vars(platforms)["_current_platform"] = None
        vars(platforms).pop("current_platform", None)


def first_module(*names: str) -> Any:
    """Return the first of some modules that this release has, or None."""
    for name in names:
        module = _module(name)
        if module is not None:
            return module
    return None


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None
