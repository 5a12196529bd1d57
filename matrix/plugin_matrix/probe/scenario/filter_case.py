"""The loader and platform resolution under one value of `VLLM_PLUGINS`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..discovery import modules_of
from ..engine import has_platform_plugins, load_general_plugins, resolve_platform
from ..entry import GENERAL, PLATFORM, Entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from ..context import Context


def run(context: Context) -> None:
    """Load, resolve, and see which of the plugin's functions ran and what was imported."""
    payload = context.payload
    context.select(payload["value"])
    left_out = [
        entry
        for entry in context.discovery.entries
        if entry.group in (GENERAL, PLATFORM) and entry.id not in payload["named"]
    ]
    with _watching(context, left_out), context.describe.attempt() as loading:
        load_general_plugins()
    payload["raised"] = loading.raised
    if context.discovery.of(PLATFORM) and has_platform_plugins():
        with context.describe.attempt() as resolving:
            resolve_platform()
        payload["raised"] = loading.raised or resolving.raised
    else:
        payload["named"] = [name for name in payload["named"] if not name.startswith(f"{PLATFORM}:")]
    payload.update(seen(context))


def seen(context: Context) -> dict[str, Any]:
    """Return what loading plugins has called and imported by now, as a filter case tells it."""
    return {
        "called": list(dict.fromkeys(context.tracer.called)),
        "imported": modules_of(context.discovery.tops, sys.modules),
    }


@contextmanager
def _watching(context: Context, left_out: list[Entry]) -> Iterator[None]:
    """Notice the functions of entry points that the engine was told to leave out, whoever calls them.

    That slows everything down, so it begins with the first code of the plugin's that is executed.
    """
    wanted: dict[tuple[Any, ...], str] = {
        tuple(entry.value.split("[")[0].strip().split(":")): entry.id for entry in left_out
    }
    waiting = True

    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            place = (frame.f_globals.get("__name__"), frame.f_code.co_name)
            found = wanted.get(place)
            if found is not None:
                context.tracer.called.append(found)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal waiting
        if waiting and event == "exec" and _is_of_plugin(context, arguments[0]):
            waiting = False
            sys.setprofile(profile)

    if wanted and modules_of(context.discovery.tops, sys.modules):
        sys.setprofile(profile)
    elif wanted:
        sys.addaudithook(hook)
    try:
        yield
    finally:
        waiting = False
        sys.setprofile(None)


def _is_of_plugin(context: Context, code: Any) -> bool:
    file = getattr(code, "co_filename", None)
    return isinstance(file, str) and context.describe.origins.of(file)[0] == "plugin"
