"""`ModelConfig`, at its home in the package (`vllm/config/model.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "ModelConfig"):
    ModelConfig = _config.ModelConfig
if hasattr(_config, "ModelImpl"):
    ModelImpl = _config.ModelImpl

trim(globals())
