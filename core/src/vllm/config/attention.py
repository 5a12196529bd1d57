"""`AttentionConfig`, at its home in the package (`vllm/config/attention.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "AttentionConfig"):
    AttentionConfig = _config.AttentionConfig

trim(globals())
