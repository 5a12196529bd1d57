"""What a request gives back (`vllm/outputs.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional

from vllm._reference import trim


@dataclass
class CompletionOutput:
    """One completion of a prompt."""

    index: int
    text: str
    token_ids: Any
    cumulative_logprob: Optional[float]
    logprobs: Any
    finish_reason: Optional[str] = None
    stop_reason: Any = None
    lora_request: Any = None

    def finished(self) -> bool:
        """Tell whether it is complete."""
        return self.finish_reason is not None


@dataclass
class PoolingOutput:
    """What a pooling model made of a prompt."""

    data: Any


@dataclass
class EmbeddingOutput:
    """An embedding."""

    embedding: List[float]


class RequestOutput:
    """A prompt and its completions."""

    def __init__(
        self,
        request_id: str,
        prompt: Optional[str],
        prompt_token_ids: Optional[List[int]],
        prompt_logprobs: Any,
        outputs: List[CompletionOutput],
        finished: bool,
        **more: Any,
    ) -> None:
        self.request_id = request_id
        self.prompt = prompt
        self.prompt_token_ids = prompt_token_ids
        self.prompt_logprobs = prompt_logprobs
        self.outputs = outputs
        self.finished = finished
        self.metrics = more.get("metrics")
        self.lora_request = more.get("lora_request")
        self.encoder_prompt = more.get("encoder_prompt")
        self.encoder_prompt_token_ids = more.get("encoder_prompt_token_ids")
        self.num_cached_tokens = more.get("num_cached_tokens")

    def __repr__(self) -> str:
        return (
            f"RequestOutput(request_id={self.request_id}, prompt={self.prompt!r}, "
            f"prompt_token_ids={self.prompt_token_ids}, outputs={self.outputs}, finished={self.finished})"
        )


class PoolingRequestOutput:
    """A prompt and what was pooled from it (0.6.5)."""

    def __init__(
        self, request_id: str, outputs: Any, prompt_token_ids: List[int], finished: bool, **more: Any
    ) -> None:
        self.request_id, self.outputs = request_id, outputs
        self.prompt_token_ids, self.finished = prompt_token_ids, finished
        self.num_cached_tokens = more.get("num_cached_tokens", 0)


class EmbeddingRequestOutput(PoolingRequestOutput):
    """A prompt and its embedding."""


trim(globals())
