"""`ParallelConfig`, at its home in the package (`vllm/config/parallel.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "ParallelConfig"):
    ParallelConfig = _config.ParallelConfig
if hasattr(_config, "EPLBConfig"):
    EPLBConfig = _config.EPLBConfig

trim(globals())
