"""V0's sampling metadata (`vllm/model_executor/sampling_metadata.py`, until 0.10.2)."""

from __future__ import annotations

from typing import Any, Optional

from vllm._reference import trim


class SamplingMetadata:
    """Which rows of the hidden states are sampled from, and how."""

    def __init__(
        self,
        seq_groups: Any,
        selected_token_indices: Any,
        categorized_sample_indices: Any,
        num_prompts: int,
        skip_sampler_cpu_output: bool = False,
        reuse_sampling_tensors: bool = False,
    ) -> None:
        self.seq_groups = seq_groups
        self.selected_token_indices = selected_token_indices
        self.categorized_sample_indices = categorized_sample_indices
        self.num_prompts = num_prompts
        self.skip_sampler_cpu_output = skip_sampler_cpu_output
        self.reuse_sampling_tensors = reuse_sampling_tensors
        self.skip_prompt_logits: Optional[bool] = None


trim(globals())
