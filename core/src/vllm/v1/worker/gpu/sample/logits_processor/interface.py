"""The V2 interface of logits processors.

`vllm/v1/worker/gpu/sample/logits_processor/interface.py`, 0.31.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vllm._reference import define_class, trim


@dataclass(frozen=True)
class LogitsProcRequestState:
    """Buffers of the active requests, shared with processors, read-only."""

    device: Any
    max_num_reqs: int
    vocab_size: int
    all_token_ids: Any
    prompt_len: Any
    prefill_len: Any
    total_len: Any


@dataclass(frozen=True)
class LogitsContext:
    """Which request each row of the logits belongs to in this step."""

    expanded_idx_mapping: Any
    idx_mapping: Any
    idx_mapping_np: Any
    expanded_local_pos: Any
    input_ids: Any
    pos: Any
    seq_lens_upper_bound_np: Any


LogitsProcessor = define_class("LogitsProcessor", globals(), key="V2LogitsProcessor")

trim(globals())
