"""V1's rejection sampler, for plugins to patch (`vllm/v1/sample/rejection_sampler.py`); drafts nothing."""

from __future__ import annotations

from typing import Any

from torch import nn

from vllm._reference import trim, with_real_methods
from vllm.v1.outputs import SamplerOutput

PLACEHOLDER_TOKEN_ID = -1


@with_real_methods
class RejectionSampler(nn.Module):
    """Keeps the draft's tokens that the target's model agrees with."""

    def __init__(self, sampler: Any = None, *_: Any, **__: Any) -> None:
        super().__init__()
        self.sampler = sampler


trim(globals())
