"""`LoadConfig`, at its home in the package (`vllm/config/load.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "LoadConfig"):
    LoadConfig = _config.LoadConfig
if hasattr(_config, "LoadFormat"):
    LoadFormat = _config.LoadFormat

trim(globals())
