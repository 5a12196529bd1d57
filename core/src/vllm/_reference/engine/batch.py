"""One step's input: every running sequence, whole, one after the other.

The small engine keeps no key-value cache: each step computes the whole prefix of each sequence again. That
costs time and nothing else; what a model sees (flat token ids, flat positions, one row of hidden states per
token) has the form that the releases use for a prefill.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, List


@dataclass
class AttentionBatch:
    """What attention layers need: where sequences begin and end; passed as attention metadata."""

    query_start_loc: List[int]
    num_prefills: int = 0
    num_prefill_tokens: int = 0
    num_decode_tokens: int = 0
    num_actual_tokens: int = 0
    max_query_len: int = 0
    slot_mapping: Any = None
    multi_modal_placeholder_index_maps: Any = None

    @property
    def prefill_metadata(self) -> AttentionBatch:
        """Everything is prefill."""
        return self

    @property
    def decode_metadata(self) -> None:
        """Nothing is decode."""
        return


@dataclass
class Sequence:
    """A request while it runs."""

    request_id: str
    tokens: List[int]
    prompt_length: int
    params: Any
    multi_modal: Any = None
    finished: str = ""
    output: List[int] = field(default_factory=list)

    def append(self, token: int, limit: int) -> None:
        """Add a sampled token and say whether that was the last one."""
        self.tokens.append(token)
        self.output.append(token)
        stops = set(getattr(self.params, "stop_token_ids", None) or ())
        if token in stops:
            self.finished = "stop"
        elif len(self.output) >= (self.params.max_tokens or 16) or len(self.tokens) >= limit:
            self.finished = "length"


@dataclass
class StepInput:
    """Tensors of one step."""

    input_ids: Any
    positions: Any
    attention: AttentionBatch
    last: Any
    """Index of the last token of each sequence."""


def step_input(sequences: List[Sequence], device: Any) -> StepInput:
    """Lay the sequences out flat."""
    import torch

    starts = [0]
    ids: List[int] = []
    positions: List[int] = []
    for sequence in sequences:
        ids += sequence.tokens
        positions += range(len(sequence.tokens))
        starts.append(len(ids))
    longest = max(len(sequence.tokens) for sequence in sequences)
    total = len(ids)
    return StepInput(
        input_ids=torch.tensor(ids, dtype=torch.long, device=device),
        positions=torch.tensor(positions, dtype=torch.long, device=device),
        attention=AttentionBatch(
            query_start_loc=starts,
            num_prefills=len(sequences),
            num_prefill_tokens=total,
            num_actual_tokens=total,
            max_query_len=longest,
            slot_mapping=torch.arange(total, device=device),
        ),
        last=torch.tensor([start - 1 for start in starts[1:]], dtype=torch.long, device=device),
    )
