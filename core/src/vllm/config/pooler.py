"""`PoolerConfig`, at its home in the package (`vllm/config/pooler.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "PoolerConfig"):
    PoolerConfig = _config.PoolerConfig

trim(globals())
