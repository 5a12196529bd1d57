"""A platform plugin: called twice, resolved as the engine does, and asked for an attention backend."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..engine import has_platform_plugins, resolve_platform
from ..entry import PLATFORM, Entry
from ..state import changes
from ..text import bounded, class_name, shown
from .attention import select_backend

if TYPE_CHECKING:
    from ..context import Context

_CALLED_EVERYWHERE = {
    "is_async_output_supported": (False,),
    "set_device": (None,),
    "manual_seed_all": (0,),
}
"""What the engine calls on whatever platform it runs on, with arguments that a stub can ignore:
`vllm/config/__init__.py:1323` (0.10.2), `vllm/v1/executor/multiproc_executor.py:1148` and
`vllm/utils/torch_utils.py:539` (0.33.0)."""


def run(context: Context, *, value: str) -> None:
    """Call, resolve and use one platform entry point."""
    payload = context.payload
    entry = Entry(PLATFORM, payload["name"], value)
    if not has_platform_plugins():
        return
    context.select(None)
    called = context.in_fork(lambda: _call_twice(context, entry))
    payload["calls"] = called["calls"]
    payload["returned_type"] = called["returned_type"]
    payload["value"] = called["value"]
    context.progress()
    with context.phase("call"), context.describe.attempt() as resolving:
        platform = resolve_platform()
    payload["resolution_raised"] = resolving.raised
    if resolving.raised is None:
        payload["resolved"] = class_name(type(platform))
    context.progress()
    if not payload["value"] or any(call["raised"] for call in payload["calls"]):
        return
    kind = _import_class(context, payload)
    if kind is None:
        return
    if resolving.raised is not None or type(platform) is not kind:
        return
    context.progress()
    if payload["is_platform"]:
        select_backend(context, platform)
        payload["not_implemented"] = _not_implemented(context, kind)


def _call_twice(context: Context, entry: Entry) -> dict[str, Any]:
    with context.phase("import"):
        function = context.tracer.load(entry)
    before = context.observer.snapshot()
    calls: list[dict[str, Any]] = []
    found: dict[str, Any] = {"calls": calls, "returned_type": None, "value": None}
    for index in (1, 2):
        with context.phase("call"), context.describe.attempt() as attempt:
            returned = function()
        after = context.observer.settled(before)
        calls.append(
            {
                "index": index,
                "raised": attempt.raised,
                "returned": None if attempt.raised else shown(returned),
                "changes": changes(before, after),
            }
        )
        if attempt.raised is not None:
            break
        if index == 1:
            found["returned_type"] = class_name(type(returned))
            found["value"] = bounded(returned, 500) if isinstance(returned, str) else None
            before = after
    return found


def _import_class(context: Context, payload: dict[str, Any]) -> Any | None:
    """Import what the function named, by dots, as `resolve_obj_by_qualname` does."""
    with context.phase("import"), context.describe.attempt() as importing:
        module, _, name = payload["value"].rpartition(".")
        kind = getattr(import_module(module), name)
    payload["class_raised"] = importing.raised
    if importing.raised is not None:
        return None
    with context.describe.attempt() as comparing:
        base = import_module("vllm.platforms.interface").Platform
        payload["is_platform"] = isinstance(kind, type) and issubclass(kind, base)
    return None if comparing.raised else kind


def _not_implemented(context: Context, kind: Any) -> list[str]:
    """Return the members that every platform is asked for and that are still the base's refusal."""
    base = import_module("vllm.platforms.interface").Platform
    found = []
    for name, arguments in _CALLED_EVERYWHERE.items():
        inherited = base.__dict__.get(name)
        if inherited is None or any(name in parent.__dict__ for parent in kind.__mro__ if parent is not base):
            continue
        with context.describe.attempt() as calling:
            getattr(kind, name)(*arguments)
        if isinstance(calling.error, NotImplementedError):
            found.append(name)
    return found
