"""`CompilationConfig`, at its home in the package (`vllm/config/compilation.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "CompilationConfig"):
    CompilationConfig = _config.CompilationConfig
if hasattr(_config, "CompilationMode"):
    CompilationMode = _config.CompilationMode
if hasattr(_config, "CompilationLevel"):
    CompilationLevel = _config.CompilationLevel
if hasattr(_config, "CUDAGraphMode"):
    CUDAGraphMode = _config.CUDAGraphMode
if hasattr(_config, "PassConfig"):
    PassConfig = _config.PassConfig

trim(globals())
