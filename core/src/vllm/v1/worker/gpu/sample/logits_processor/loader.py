"""Loading V2 logits processors (`vllm/v1/worker/gpu/sample/logits_processor/loader.py:37-73`, 0.31.0)."""

from __future__ import annotations

import importlib
from importlib import metadata as _metadata
from typing import Any, List

from vllm._reference import trim
from vllm.logger import init_logger
from vllm.v1.worker.gpu.sample.logits_processor.interface import LogitsProcessor

logger = init_logger(__name__)

LOGITSPROCS_GROUP = "vllm.logits_processors"
_HOME = "vllm.v1.worker.gpu.sample.logits_processor.LogitsProcessor"


def _load_v2_logitsprocs_plugins() -> List[Any]:
    """Load every installed processor; RuntimeError when one fails, ValueError for the V1 interface."""
    classes = []
    for point in _metadata.entry_points(group=LOGITSPROCS_GROUP):
        try:
            found = point.load()
        except Exception as error:
            logger.error("Failed to load LogitsProcessor plugin %s: %s", point, error)  # noqa: TRY400 - the release's line
            raise RuntimeError(f"Failed to load LogitsProcessor plugin {point}") from error
        if not (isinstance(found, type) and issubclass(found, LogitsProcessor)):
            raise ValueError(  # noqa: TRY004 (the release raises it)
                f"LogitsProcessor plugin {point.name} is not a subclass of {_HOME}; "
                "V1-interface plugins are not supported by the V2 model runner."
            )
        classes.append(found)
    return classes


def _load_v2_logitsprocs_by_fqcns(logits_processors: Any) -> List[Any]:
    """Load processors given by class or by "<module>:<type>"."""
    classes = []
    for position, given in enumerate(logits_processors):
        found = given if isinstance(given, type) else _by_name(position, given)
        if not isinstance(found, type):
            raise ValueError("Loaded logit processor must be a type.")  # noqa: TRY004 (the release raises it)
        if not issubclass(found, LogitsProcessor):
            raise ValueError(f"{found.__name__} is not a subclass of {_HOME}")  # noqa: TRY004 (as above)
        classes.append(found)
    return classes


def _by_name(position: int, name: str) -> Any:
    parts = name.split(":")
    if len(parts) != 2:
        raise ValueError(f"Invalid logits processor FQCN {name!r}. Expected format: '<module>:<type>'")
    try:
        found: Any = importlib.import_module(parts[0])
    except Exception as error:
        raise RuntimeError(f"Failed to load {position}th LogitsProcessor plugin {name}") from error
    for attribute in parts[1].split("."):
        found = getattr(found, attribute)
    return found


def _load_v2_logitsprocs(logits_processors: Any) -> List[Any]:
    """Plugins first, then those of the configuration."""
    return _load_v2_logitsprocs_plugins() + _load_v2_logitsprocs_by_fqcns(logits_processors or ())


trim(globals())
