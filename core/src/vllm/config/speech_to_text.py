"""`SpeechToTextConfig`, at its home in the package (`vllm/config/speech_to_text.py`)."""

from __future__ import annotations

import vllm.config as _config
from vllm._reference import trim

if hasattr(_config, "SpeechToTextConfig"):
    SpeechToTextConfig = _config.SpeechToTextConfig

trim(globals())
