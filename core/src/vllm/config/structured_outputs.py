"""`StructuredOutputsConfig`, at its home in the package (`vllm/config/structured_outputs.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "StructuredOutputsConfig"):
    StructuredOutputsConfig = _config.StructuredOutputsConfig

trim(globals())
