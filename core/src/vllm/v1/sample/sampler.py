"""V1's sampler, greedy (`vllm/v1/sample/sampler.py`)."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from vllm._reference import trim, with_real_methods
from vllm.v1.outputs import SamplerOutput


@with_real_methods
class Sampler(nn.Module):
    """Takes the most likely token of each row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, logits: torch.Tensor, sampling_metadata: Any, **_: Any) -> SamplerOutput:
        """Return one token per row."""
        return SamplerOutput(sampled_token_ids=logits.argmax(dim=-1, keepdim=True))


trim(globals())
