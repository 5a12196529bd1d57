"""What V1's runner and sampler return (`vllm/v1/outputs.py`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from vllm._reference import trim


@dataclass
class SamplerOutput:
    """Sampled tokens: one row per sequence."""

    sampled_token_ids: Any
    logprobs_tensors: Any = None


@dataclass
class ModelRunnerOutput:
    """Result of one step."""

    req_ids: List[str] = field(default_factory=list)
    req_id_to_index: Dict[str, int] = field(default_factory=dict)
    sampled_token_ids: Any = field(default_factory=list)
    logprobs: Any = None
    prompt_logprobs_dict: Dict[str, Any] = field(default_factory=dict)
    pooler_output: Optional[List[Any]] = None
    kv_connector_output: Any = None
    num_nans_in_logits: Optional[Dict[str, int]] = None


EMPTY_MODEL_RUNNER_OUTPUT = ModelRunnerOutput()

trim(globals())
