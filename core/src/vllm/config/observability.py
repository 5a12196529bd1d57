"""`ObservabilityConfig`, at its home in the package (`vllm/config/observability.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "ObservabilityConfig"):
    ObservabilityConfig = _config.ObservabilityConfig

trim(globals())
