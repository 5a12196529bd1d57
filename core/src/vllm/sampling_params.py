"""Sampling parameters with the fields of the release.

`vllm/sampling_params.py`. The small engine samples greedily.
"""

from __future__ import annotations

import copy
import enum
from typing import Any, Dict

from vllm._reference import trim
from vllm._reference.engine.config_class import config_class

_SAMPLING_EPS = 1e-5


class SamplingType(enum.IntEnum):
    """Kind of sampling."""

    GREEDY = 0
    RANDOM = 1
    RANDOM_SEED = 2


class RequestOutputKind(enum.Enum):
    """What each output of a request carries (0.6.2)."""

    CUMULATIVE = 0
    DELTA = 1
    FINAL_ONLY = 2


class _SamplingParamsBase:
    """How to sample."""

    def __post_init__(self) -> None:
        """Check the ranges that every release checks."""
        if self.temperature is None:
            self.temperature = 1.0
        if self.temperature < 0.0:
            raise ValueError(f"temperature must be non-negative, got {self.temperature}.")
        if self.max_tokens is not None and self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, got {self.max_tokens}.")
        if self.stop is None:
            self.stop = []
        elif isinstance(self.stop, str):
            self.stop = [self.stop]
        if self.stop_token_ids is None:
            self.stop_token_ids = []

    @property
    def sampling_type(self) -> SamplingType:
        """Greedy below the smallest temperature."""
        return SamplingType.GREEDY if self.temperature < _SAMPLING_EPS else SamplingType.RANDOM

    def clone(self) -> Any:
        """Return a deep copy."""
        return copy.deepcopy(self)

    @property
    def all_stop_token_ids(self) -> Any:
        """Token ids that end a sequence."""
        return set(self.stop_token_ids)


SamplingParams = config_class("SamplingParams", globals(), _SamplingParamsBase)


class BeamSearchParams:
    """Parameters of beam search: not modelled beyond its name."""

    def __init__(self, beam_width: int, max_tokens: int, **options: Dict[str, Any]) -> None:
        self.beam_width, self.max_tokens = beam_width, max_tokens
        self.__dict__.update(options)


class GuidedDecodingParams:
    """Constraints on the output (0.6.4 to 0.11.0): kept, never applied."""

    def __init__(self, **options: Any) -> None:
        self.__dict__.update(options)


class StructuredOutputsParams(GuidedDecodingParams):
    """Constraints on the output (0.11.0): kept, never applied."""


trim(globals())
