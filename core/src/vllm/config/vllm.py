"""`VllmConfig`, at its home in the package (`vllm/config/vllm.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "VllmConfig"):
    VllmConfig = _config.VllmConfig
if hasattr(_config, "get_current_vllm_config"):
    get_current_vllm_config = _config.get_current_vllm_config
if hasattr(_config, "get_current_vllm_config_or_none"):
    get_current_vllm_config_or_none = _config.get_current_vllm_config_or_none
if hasattr(_config, "get_layers_from_vllm_config"):
    get_layers_from_vllm_config = _config.get_layers_from_vllm_config
if hasattr(_config, "set_current_vllm_config"):
    set_current_vllm_config = _config.set_current_vllm_config

trim(globals())
