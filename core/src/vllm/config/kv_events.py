"""`KVEventsConfig`, at its home in the package (`vllm/config/kv_events.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "KVEventsConfig"):
    KVEventsConfig = _config.KVEventsConfig

trim(globals())
