"""`KernelConfig`, at its home in the package (`vllm/config/kernel.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "KernelConfig"):
    KernelConfig = _config.KernelConfig

trim(globals())
