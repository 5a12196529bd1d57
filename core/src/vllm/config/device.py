"""`DeviceConfig`, at its home in the package (`vllm/config/device.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "DeviceConfig"):
    DeviceConfig = _config.DeviceConfig

trim(globals())
