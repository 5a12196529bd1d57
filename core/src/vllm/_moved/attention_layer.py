"""`Attention` at its home.

`vllm.attention.layer` until 0.15.1, then `vllm.model_executor.layers.attention.attention`.
"""

from __future__ import annotations

from vllm._reference import trim
from vllm._reference.engine.attention_layer import Attention

Attention.__module__ = __name__

trim(globals())
