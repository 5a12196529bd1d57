"""Poolers (`vllm/model_executor/layers/pooler.py`, later a package): constructed, not run."""

from __future__ import annotations

from typing import Any, Dict

from torch import nn

from vllm._reference import trim


class Pooler(nn.Module):
    """Pools hidden states; the reference engine does not run pooling models."""

    @classmethod
    def for_embed(cls, *_: Any, **__: Any) -> Pooler:
        """Return a pooler for embeddings (0.10.0)."""
        return cls()

    @classmethod
    def for_encode(cls, *_: Any, **__: Any) -> Pooler:
        """Return a pooler for hidden states (0.10.0)."""
        return cls()

    def forward(self, hidden_states: Any, pooling_metadata: Any) -> Any:
        """Pool."""
        raise NotImplementedError("the reference engine does not run pooling models")


class DispatchPooler(Pooler):
    """Chooses a pooler by task (0.10.0)."""

    def __init__(self, poolers_by_task: Dict[str, Any]) -> None:
        super().__init__()
        self.poolers_by_task = poolers_by_task


trim(globals())
