"""V0's sampler, greedy (`vllm/model_executor/layers/sampler.py`, until 0.10.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional

import torch
from torch import nn

from vllm._reference import trim
from vllm.sequence import CompletionSequenceGroupOutput, SequenceOutput


@dataclass
class SamplerOutput:
    """Sampled tokens of a batch."""

    outputs: List[CompletionSequenceGroupOutput]
    sampled_token_probs: Optional[torch.Tensor] = None
    logprobs: Optional[torch.Tensor] = None
    sampled_token_ids: Optional[torch.Tensor] = None

    def __getitem__(self, index: int) -> CompletionSequenceGroupOutput:
        return self.outputs[index]

    def __len__(self) -> int:
        return len(self.outputs)


class Sampler(nn.Module):
    """Takes the most likely token of each row."""

    def __init__(self) -> None:
        super().__init__()
        self.include_gpu_probs_tensor = False
        self.should_modify_greedy_probs_inplace = False

    def forward(self, logits: torch.Tensor, sampling_metadata: Any) -> SamplerOutput:
        """Return one token per row."""
        tokens = logits.argmax(dim=-1)
        return SamplerOutput(
            [CompletionSequenceGroupOutput([SequenceOutput(i, t)]) for i, t in enumerate(tokens.tolist())],
            sampled_token_ids=tokens.unsqueeze(-1),
        )


def get_sampler() -> nn.Module:
    """Return the sampler of the engine in use: V1's on V1 (0.6.4)."""
    from vllm._reference.engine.versions import uses_v1

    if uses_v1():
        from vllm.v1.sample.sampler import Sampler as V1Sampler

        return V1Sampler()
    return Sampler()


trim(globals())
