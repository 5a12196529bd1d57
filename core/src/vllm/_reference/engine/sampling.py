"""Sampling metadata and greedy samplers of both generations."""

from __future__ import annotations

from typing import Any, List

from vllm._reference.engine.batch import Sequence


def v0_metadata(sequences: List[Sequence], last: Any) -> Any:
    """`vllm.model_executor.SamplingMetadata`: which rows of the hidden states are to be sampled from."""
    from vllm.model_executor.sampling_metadata import SamplingMetadata

    return SamplingMetadata(
        seq_groups=[sequence.request_id for sequence in sequences],
        selected_token_indices=last,
        categorized_sample_indices={},
        num_prompts=len(sequences),
    )


def v1_metadata(sequences: List[Sequence], device: Any) -> Any:
    """`vllm.v1.sample.metadata.SamplingMetadata`, all greedy."""
    from vllm.v1.sample.metadata import SamplingMetadata

    return SamplingMetadata.greedy(sequences, device)


def own_sampler(*, v1: bool) -> Any:
    """Return the engine's own sampler: V1's, or V0's of 0.8.5 to 0.10.2."""
    if v1:
        from vllm.v1.sample.sampler import Sampler

        return Sampler()
    from vllm.model_executor.layers.sampler import get_sampler

    return get_sampler()


def token_ids(sampled: Any) -> List[int]:
    """Return one token per sequence from either generation's sampler output."""
    if hasattr(sampled, "sampled_token_ids") and getattr(sampled, "outputs", None) is None:
        rows = sampled.sampled_token_ids
        rows = rows.tolist() if hasattr(rows, "tolist") else rows
        return [int(row[0]) if isinstance(row, (list, tuple)) else int(row) for row in rows]
    return [int(group.samples[0].output_token) for group in sampled.outputs]
