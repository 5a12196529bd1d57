"""Entry points of the groups whose classes or factories the engine builds and calls itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ..entry import ENDPOINT, IO, LOGITS, STATS, Entry
from ..seen import object_seen
from .endpoint import use_endpoint
from .io_processor import use_io_processor
from .logits import use_logits_processor
from .stat_logger import use_stat_logger

if TYPE_CHECKING:
    from ..context import Context

_USES: dict[str, Callable[[Context, Entry], None]] = {
    LOGITS: use_logits_processor,
    IO: use_io_processor,
    STATS: use_stat_logger,
    ENDPOINT: use_endpoint,
}


def run(context: Context) -> None:
    """Load one entry point as the engine does and use what it names as the engine does."""
    payload = context.payload
    entries = [entry for entry in context.discovery.of(payload["group"]) if entry.name == payload["name"]]
    entry = entries[0]
    context.select(entry.name)
    with context.phase("import"), context.describe.attempt() as loading:
        value = context.tracer.load(entry)
    if loading.raised is not None:
        payload["load_raised"] = loading.raised
        return
    payload["object"] = object_seen(value)
    context.progress()
    _USES[entry.group](context, entry)
