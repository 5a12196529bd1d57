"""`CacheConfig`, at its home in the package (`vllm/config/cache.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "CacheConfig"):
    CacheConfig = _config.CacheConfig

trim(globals())
