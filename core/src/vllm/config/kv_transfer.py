"""`KVTransferConfig`, at its home in the package (`vllm/config/kv_transfer.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "KVTransferConfig"):
    KVTransferConfig = _config.KVTransferConfig

trim(globals())
