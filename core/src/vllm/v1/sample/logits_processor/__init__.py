"""Logits processors of V1 and the loader of their plugins.

`vllm/v1/sample/logits_processor/__init__.py`, 0.10.1.

The group is read directly, so VLLM_PLUGINS does not switch it off; one that cannot be loaded is a
RuntimeError.
"""

from __future__ import annotations

import importlib
import sys
from importlib import metadata as _metadata
from typing import Any, List

from vllm._reference import trim
from vllm.logger import init_logger
from vllm.v1.sample.logits_processor import interface as _interface
from vllm.v1.sample.logits_processor.interface import (
    BatchUpdate,
    LogitsProcessor,
    MoveDirectionality,
)

logger = init_logger(__name__)

if hasattr(_interface, "AdapterLogitsProcessor"):
    AdapterLogitsProcessor = _interface.AdapterLogitsProcessor

STR_POOLING_REJECTS_LOGITSPROCS = "Pooling models do not support custom logits processors."
LOGITSPROCS_GROUP = "vllm.logits_processors"
BUILTIN_LOGITS_PROCESSORS: List[Any] = []


def _entry_points() -> List[Any]:
    if sys.version_info >= (3, 10):
        return list(_metadata.entry_points(group=LOGITSPROCS_GROUP))
    return list(_metadata.entry_points().get(LOGITSPROCS_GROUP, ()))


def _load_logitsprocs_plugins() -> List[Any]:
    """Load every installed logits processor; RuntimeError when one fails."""
    classes = []
    for point in _entry_points():
        logger.debug("- Loading logitproc plugin entrypoint=%s target=%s", point.name, point.value)
        try:
            classes.append(point.load())
        except Exception as error:
            raise RuntimeError(f"Failed to load LogitsProcessor plugin {point}") from error
    return classes


def _load_logitsprocs_by_fqcns(logits_processors: Any) -> List[Any]:
    """Load processors given by class or by "module:Class"; ValueError for what is not a LogitsProcessor."""
    classes = []
    for position, given in enumerate(logits_processors or ()):
        if isinstance(given, type):
            found: Any = given
        else:
            module_name, qualname = given.split(":")
            try:
                found = importlib.import_module(module_name)
            except Exception as error:
                raise RuntimeError(f"Failed to load {position}th LogitsProcessor plugin {given}") from error
            for attribute in qualname.split("."):
                found = getattr(found, attribute)
        if not isinstance(found, type):
            raise ValueError("Loaded logit processor must be a type.")  # noqa: TRY004 (the release raises it)
        if not issubclass(found, LogitsProcessor):
            raise ValueError(f"{found.__name__} must be a subclass of LogitsProcessor")  # noqa: TRY004 (as above)
        classes.append(found)
    return classes


def _load_custom_logitsprocs(logits_processors: Any) -> List[Any]:
    """Plugins first, then those of the configuration; none on TPU."""
    from vllm.platforms import current_platform

    if current_platform.is_tpu():
        return []
    return _load_logitsprocs_plugins() + _load_logitsprocs_by_fqcns(logits_processors)


class LogitsProcessors:
    """The processors of one engine, those that keep the most likely token apart."""

    def __init__(self, logitsprocs: Any = None) -> None:
        self.argmax_invariant: List[Any] = []
        self.non_argmax_invariant: List[Any] = []
        for processor in logitsprocs or ():
            kept = self.argmax_invariant if processor.is_argmax_invariant() else self.non_argmax_invariant
            kept.append(processor)

    @property
    def all(self) -> Any:
        """Every processor."""
        return [*self.argmax_invariant, *self.non_argmax_invariant]


def build_logitsprocs(
    vllm_config: Any,
    device: Any,
    is_pin_memory: bool,
    is_pooling_model: bool,
    custom_logitsprocs: Any = (),
    **_: Any,
) -> LogitsProcessors:
    """Load and construct; ValueError where a pooling model is given custom ones."""
    if is_pooling_model:
        if custom_logitsprocs:
            raise ValueError(STR_POOLING_REJECTS_LOGITSPROCS)
        return LogitsProcessors()
    classes = _load_custom_logitsprocs(custom_logitsprocs)
    return LogitsProcessors(made(vllm_config, device, is_pin_memory) for made in classes)


__all__ = [
    "LOGITSPROCS_GROUP",
    "STR_POOLING_REJECTS_LOGITSPROCS",
    "BatchUpdate",
    "LogitsProcessor",
    "LogitsProcessors",
    "MoveDirectionality",
    "build_logitsprocs",
]

trim(globals())
