"""`MultiModalConfig`, at its home in the package (`vllm/config/multimodal.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "MultiModalConfig"):
    MultiModalConfig = _config.MultiModalConfig

trim(globals())
