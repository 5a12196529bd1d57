"""Base of the proposers that run a model (`vllm/v1/spec_decode/llm_base_proposer.py`)."""

from __future__ import annotations

from typing import Any

from vllm._reference import trim, with_real_methods


@with_real_methods
class SpecDecodeBaseProposer:
    """Drafts tokens with a model."""

    def __init__(self, vllm_config: Any, device: Any, *_: Any, **__: Any) -> None:
        self.vllm_config, self.device = vllm_config, device


trim(globals())
