"""The loader and platform resolution under one value of `VLLM_PLUGINS`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..discovery import PLATFORM, modules_of
from ..engine import has_platform_plugins, load_general_plugins, resolve_platform

if TYPE_CHECKING:
    from ..context import Context


def run(context: Context) -> None:
    """Load, resolve, and see which of the plugin's functions ran and what was imported."""
    payload = context.payload
    context.select(payload["value"])
    with context.describe.attempt() as loading:
        load_general_plugins()
    payload["raised"] = loading.raised
    if has_platform_plugins():
        if context.discovery.of(PLATFORM):
            with context.describe.attempt() as resolving:
                resolve_platform()
            payload["raised"] = loading.raised or resolving.raised
    else:
        payload["named"] = [name for name in payload["named"] if not name.startswith(f"{PLATFORM}:")]
    payload["called"] = list(dict.fromkeys(context.tracer.called))
    payload["imported"] = modules_of(context.discovery.tops, sys.modules)
