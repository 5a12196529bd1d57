"""`EntryPoint.load()` in a process that has imported the engine only."""

from __future__ import annotations

import sys
from resource import RUSAGE_SELF, getrusage
from time import monotonic
from typing import TYPE_CHECKING

from ..entry import Entry
from ..seen import object_seen
from ..state import changes

if TYPE_CHECKING:
    from ..context import Context


def run(context: Context, *, value: str) -> None:
    """Load one entry point and see what importing it did to the process."""
    payload = context.payload
    entry = Entry(payload["group"], payload["name"], value)
    before = context.observer.snapshot()
    modules = len(sys.modules)
    started = monotonic()
    with context.phase("import"), context.describe.attempt() as attempt:
        loaded = context.tracer.load(entry)
    payload["import_seconds"] = round(monotonic() - started, 4)
    payload["peak_memory"] = getrusage(RUSAGE_SELF).ru_maxrss * 1024
    payload["modules"] = max(0, len(sys.modules) - modules)
    payload["accelerator_initialised"] = context.accelerators.initialised()
    payload["raised"] = attempt.raised
    context.progress()
    if attempt.raised is None:
        payload["object"] = object_seen(loaded)
    payload["changes"] = changes(before, context.observer.settled(before))
