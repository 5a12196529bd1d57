"""V1's sampling metadata (`vllm/v1/sample/metadata.py`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from vllm._reference import trim


@dataclass
class SamplingMetadata:
    """How each row is sampled."""

    temperature: Any = None
    all_greedy: bool = True
    all_random: bool = False
    top_p: Any = None
    top_k: Any = None
    generators: Dict[int, Any] = field(default_factory=dict)
    max_num_logprobs: Optional[int] = None
    no_penalties: bool = True
    prompt_token_ids: Any = None
    frequency_penalties: Any = None
    presence_penalties: Any = None
    repetition_penalties: Any = None
    output_token_ids: List[List[int]] = field(default_factory=list)
    allowed_token_ids_mask: Any = None
    bad_words_token_ids: Dict[int, Any] = field(default_factory=dict)
    logitsprocs: Any = None

    @classmethod
    def greedy(cls, sequences: Any, device: Any) -> SamplingMetadata:
        """Make the metadata of a greedy step."""
        import torch

        return cls(
            temperature=torch.zeros(len(sequences), device=device),
            output_token_ids=[list(sequence.output) for sequence in sequences],
        )


trim(globals())
