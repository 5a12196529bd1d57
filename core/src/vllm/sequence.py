"""Intermediate tensors and what V0's scheduler and sampler exchange (`vllm/sequence.py`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Union

from vllm._reference import trim


@dataclass
class IntermediateTensors:
    """Hidden states and residuals between pipeline stages."""

    tensors: Dict[str, Any]

    def __getitem__(self, key: Union[str, slice]) -> Any:
        if isinstance(key, str):
            return self.tensors[key]
        return IntermediateTensors({name: tensor[key] for name, tensor in self.tensors.items()})

    def __setitem__(self, key: str, value: Any) -> None:
        self.tensors[key] = value

    def items(self) -> Any:
        """Names and tensors."""
        return self.tensors.items()

    def __len__(self) -> int:
        return len(self.tensors)


@dataclass
class Logprob:
    """Log-probability of one token."""

    logprob: float
    rank: Optional[int] = None
    decoded_token: Optional[str] = None


@dataclass
class SequenceOutput:
    """One sampled token of one sequence."""

    parent_seq_id: int
    output_token: int
    logprobs: Dict[int, Logprob] = field(default_factory=dict)


@dataclass
class CompletionSequenceGroupOutput:
    """The sampled tokens of one request."""

    samples: List[SequenceOutput]
    prompt_logprobs: Any = None


@dataclass
class PoolerOutput:
    """Pooled data of a batch."""

    outputs: List[Any]


@dataclass
class SequenceData:
    """Token ids of a sequence."""

    prompt_token_ids: Any = ()
    output_token_ids: List[int] = field(default_factory=list)


@dataclass
class SequenceGroupMetadata:
    """A request as V0's scheduler hands it to a worker; the small engine does not make them."""

    request_id: str
    is_prompt: bool
    seq_data: Dict[int, Any]
    sampling_params: Any
    block_tables: Dict[int, List[int]]


@dataclass
class ExecuteModelRequest:
    """A step as V0's scheduler hands it to a worker; the small engine does not make them."""

    seq_group_metadata_list: List[Any]
    virtual_engine: int = 0


trim(globals())
