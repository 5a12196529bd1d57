"""`ProfilerConfig`, at its home in the package (`vllm/config/profiler.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "ProfilerConfig"):
    ProfilerConfig = _config.ProfilerConfig

trim(globals())
