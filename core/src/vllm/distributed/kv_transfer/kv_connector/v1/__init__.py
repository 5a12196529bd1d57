"""KV connectors of V1."""

from __future__ import annotations

from vllm._reference import trim
from vllm.distributed.kv_transfer.kv_connector.v1 import base as _base

KVConnectorBase_V1 = _base.KVConnectorBase_V1
KVConnectorRole = _base.KVConnectorRole
SupportsHMA = getattr(_base, "SupportsHMA", None)
supports_hma = getattr(_base, "supports_hma", None)

trim(globals())
