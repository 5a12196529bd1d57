"""Stat loggers and the loader of their plugins (`vllm/v1/metrics/loggers.py`).

Only the asynchronous engine loads them.
"""

from __future__ import annotations

from typing import Any, List

from vllm._reference import at_least, define_class, trim
from vllm.logger import init_logger

logger = init_logger(__name__)

StatLoggerBase = define_class("StatLoggerBase", globals())


class AggregateStatLoggerBase(StatLoggerBase):  # type: ignore[misc, valid-type]
    """A logger for several engines (0.11.1)."""


class LoggingStatLogger(StatLoggerBase):  # type: ignore[misc, valid-type]
    """The engine's own logger: keeps the configuration, records nothing."""

    def __init__(self, vllm_config: Any = None, engine_index: int = 0) -> None:
        self.vllm_config, self.engine_index = vllm_config, engine_index

    def record(self, *args: Any, **kwargs: Any) -> None:
        """Record nothing."""

    def log_engine_initialized(self) -> None:
        """Log nothing."""

    def log(self, *args: Any) -> None:
        """Log nothing."""


if at_least("0.11.1"):

    def load_stat_logger_plugin_factories() -> List[Any]:
        """Load the plugins' classes; TypeError for what is not a subclass of `StatLoggerBase`."""
        from vllm.plugins import load_plugins_by_group

        factories = []
        for name, found in load_plugins_by_group("vllm.stat_logger_plugins").items():
            if not isinstance(found, type) or not issubclass(found, StatLoggerBase):
                raise TypeError(
                    f"Stat logger plugin {name!r} must be a subclass of StatLoggerBase (got {found!r})."
                )
            factories.append(found)
        return factories


trim(globals())
