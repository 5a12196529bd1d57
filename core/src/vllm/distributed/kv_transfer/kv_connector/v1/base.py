"""What a KV connector of V1 must do (`vllm/distributed/kv_transfer/kv_connector/v1/base.py`, 0.8.5).

The small engine has no key-value cache, and so transfers none.
"""

from __future__ import annotations

import enum as _enum
from abc import ABC, abstractmethod
from typing import Any

from vllm._reference import at_least as _at_least
from vllm._reference import define_class as _define_class
from vllm._reference import has_class as _has_class
from vllm._reference import trim as _trim
from vllm.logger import init_logger

logger = init_logger(__name__)

CopyBlocksOp = Any


class KVConnectorRole(_enum.Enum):
    """Whether a connector works for the scheduler or for a worker."""

    SCHEDULER = 0
    WORKER = 1


class KVConnectorMetadata(ABC):  # noqa: B024 (nothing is abstract in vLLM's either)
    """What the scheduler's connector tells the workers'."""


class KVConnectorHandshakeMetadata(ABC):  # noqa: B024 (as above)
    """What workers' connectors tell each other first (0.11.1)."""


class KVConnectorWorkerMetadata(ABC):
    """What a worker's connector tells the scheduler's."""

    @abstractmethod
    def aggregate(self, other: Any) -> Any:
        """Return what this and another worker's say together."""


if _has_class("SupportsHMA"):
    SupportsHMA = _define_class("SupportsHMA", globals(), doc="Works with hybrid memory allocation (0.11.1).")


def supports_hma(connector: Any) -> bool:
    """Tell whether a connector, or its class, works with hybrid memory allocation."""
    return issubclass(connector if isinstance(connector, type) else type(connector), SupportsHMA)


def _construct(connector: Any, vllm_config: Any, role: Any, kv_cache_config: Any = None) -> None:
    logger.warning(
        "Initializing KVConnectorBase_V1. This API is experimental and subject to change in the future as we "
        "iterate the design."
    )
    connector._connector_metadata = None  # noqa: SLF001 (its own)
    connector._vllm_config = vllm_config  # noqa: SLF001
    connector._role = role  # noqa: SLF001
    if _at_least("0.11.1"):
        connector._kv_cache_config = kv_cache_config  # noqa: SLF001
        if vllm_config.kv_transfer_config is None:
            raise ValueError("kv_transfer_config must be set for KVConnectorBase_V1")
        connector._kv_transfer_config = vllm_config.kv_transfer_config  # noqa: SLF001


def _bind(connector: Any, metadata: Any) -> None:
    connector._connector_metadata = metadata  # noqa: SLF001


KVConnectorBase_V1 = _define_class(
    "KVConnectorBase_V1",
    globals(),
    {
        "__init__": _construct,
        "role": lambda connector: connector._role,  # noqa: SLF001
        "bind_connector_metadata": _bind,
        "clear_connector_metadata": lambda connector: _bind(connector, None),
        "_get_connector_metadata": lambda connector: connector._connector_metadata,  # noqa: SLF001
        "has_connector_metadata": lambda connector: connector._connector_metadata is not None,  # noqa: SLF001
        "get_finished": lambda _connector, _finished: (None, None),
        "get_block_ids_with_load_errors": lambda _connector: set(),
        "request_finished": lambda _connector, _request, _blocks: (False, None),
        "take_events": lambda _connector: (),
        "get_required_kvcache_layout": lambda _cls, _config: None,
        "reset_cache": lambda _connector: None,
    },
    doc="Loads and saves key-value caches from and to elsewhere.",
)

_trim(globals())
