"""`LoRAConfig`, at its home in the package (`vllm/config/lora.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "LoRAConfig"):
    LoRAConfig = _config.LoRAConfig

trim(globals())
