"""`SchedulerConfig`, at its home in the package (`vllm/config/scheduler.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "SchedulerConfig"):
    SchedulerConfig = _config.SchedulerConfig

trim(globals())
