"""What stat loggers are handed (`vllm/v1/metrics/stats.py`): the fields that the small engine fills."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, List

from vllm._reference import trim


@dataclass
class SchedulerStats:
    """State of the scheduler after a step."""

    num_running_reqs: int = 0
    num_waiting_reqs: int = 0
    kv_cache_usage: float = 0.0
    gpu_cache_usage: float = 0.0
    prefix_cache_stats: Any = None
    spec_decoding_stats: Any = None


@dataclass
class IterationStats:
    """What one step did."""

    iteration_timestamp: float = 0.0
    num_generation_tokens: int = 0
    num_prompt_tokens: int = 0
    num_preempted_reqs: int = 0
    finished_requests: List[Any] = field(default_factory=list)
    time_to_first_tokens_iter: List[float] = field(default_factory=list)


@dataclass
class MultiModalCacheStats:
    """Use of the multi-modal cache."""

    reset: bool = False
    requests: int = 0
    queries: int = 0
    hits: int = 0


trim(globals())
