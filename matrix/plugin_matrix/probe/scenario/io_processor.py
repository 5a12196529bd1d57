"""IO processors: found by name and constructed as `get_io_processor` does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ..engine import first_module, parameters
from ..entry import Entry
from ..seen import object_seen
from .steps import Steps, engine_configuration

if TYPE_CHECKING:
    from ..context import Context


def use_io_processor(context: Context, entry: Entry) -> None:
    """Let the release's own function find and construct the processor.

    Its methods take what requests of that very plugin hold, so only a missing one is asked for.
    """
    module = first_module("vllm.plugins.io_processors")
    if module is None:
        return
    values = {
        "vllm_config": engine_configuration(),
        "renderer": SimpleNamespace(tokenizer=None),
        "plugin_from_init": entry.name,
    }
    names = parameters(module.get_io_processor)
    steps = Steps(context)
    processor = steps.take(
        "get_io_processor",
        lambda: module.get_io_processor(**{name: values[name] for name in names if name in values}),
    )
    if entry.id in context.tracer.raised:
        # The engine logs it and then says that the processor is not installed.
        context.payload["use_raised"] = context.tracer.raised[entry.id]
    elif not steps.failed:
        context.payload["object"] = object_seen(type(processor))
        _ask_for_data(context, processor)


def _ask_for_data(context: Context, processor: Any) -> None:
    """Keep it when parsing ends in the engine's own NotImplementedError.

    Whatever the plugin's method says of data that is none is its good right.
    """
    parse = getattr(processor, "parse_data", None)
    if parse is None:
        return
    with context.phase("call"), context.describe.attempt() as attempt:
        parse(None)
    raised = attempt.raised
    if raised is None or raised["type"] != "NotImplementedError" or not raised["frames"]:
        return
    if raised["frames"][-1]["origin"] == "engine":
        context.payload.update(used="parse_data", use_raised=raised)
