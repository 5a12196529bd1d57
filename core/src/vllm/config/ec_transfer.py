"""`ECTransferConfig`, at its home in the package (`vllm/config/ec_transfer.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "ECTransferConfig"):
    ECTransferConfig = _config.ECTransferConfig

trim(globals())
