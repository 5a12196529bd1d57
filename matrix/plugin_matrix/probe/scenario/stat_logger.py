"""Stat loggers: loaded, constructed and called as the asynchronous engine does."""

from __future__ import annotations

from operator import methodcaller
from typing import TYPE_CHECKING, Any

from ..engine import first_module
from ..entry import Entry
from .steps import Steps, engine_configuration, load_by_engine

if TYPE_CHECKING:
    from ..context import Context


def use_stat_logger(context: Context, entry: Entry) -> None:
    """Record empty statistics once (`vllm/v1/metrics/loggers.py:1221`, 0.11.2)."""
    del entry
    loggers = first_module("vllm.v1.metrics.loggers")
    load = getattr(loggers, "load_stat_logger_plugin_factories", None)
    if load is None:
        return
    factories = load_by_engine(context, load)
    if not factories:
        return
    steps = Steps(context)
    configuration = engine_configuration()
    aggregate = getattr(loggers, "AggregateStatLoggerBase", ())
    kind = factories[0]
    engines: Any = [0] if aggregate and issubclass(kind, aggregate) else 0
    logger = steps.take("__init__", lambda: kind(configuration, engines))
    steps.take("log_engine_initialized", methodcaller("log_engine_initialized"), logger)
    steps.take("record", lambda: logger.record(None, None, mm_cache_stats=None, engine_idx=0))
    steps.take("log", methodcaller("log"), logger)
