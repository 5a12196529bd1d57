"""`SpeculativeConfig`, at its home in the package (`vllm/config/speculative.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "SpeculativeConfig"):
    SpeculativeConfig = _config.SpeculativeConfig

trim(globals())
