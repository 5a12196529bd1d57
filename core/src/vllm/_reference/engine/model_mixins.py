"""What models inherit beside their interfaces (`vllm/model_executor/models/interfaces.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Tuple


@dataclass(frozen=True)
class DiarizedTranscriptionSegment:
    """What one speaker said, from second `start` to `end` (0.27.0)."""

    start: float
    end: float
    speaker: str
    text: str


class StreamingTranscriptionPostProcessor:
    """Leaves the text as it comes (0.26.0)."""

    def process_delta(self, text_delta: str, finished: bool) -> str:
        """Return what is shown of `text_delta`."""
        return text_delta


class EagleModelMixin:
    """Keeps the layers whose hidden states a drafter wants (0.18.0)."""

    aux_hidden_state_layers: Tuple[int, ...] = ()

    def _set_aux_hidden_state_layers(self, layers: Tuple[int, ...]) -> None:
        self.aux_hidden_state_layers = layers

    def _maybe_add_hidden_state(
        self, aux_hidden_states: List[Any], layer_idx: int, hidden_states: Any, residual: Any
    ) -> List[Any]:
        if layer_idx in self.aux_hidden_state_layers:
            aux_hidden_states.append(hidden_states if residual is None else hidden_states + residual)
        return aux_hidden_states


class LocalArgmaxMixin:
    """Takes the most likely token without gathering all logits (0.24.0)."""

    logits_processor: Any
    lm_head: Any

    def get_top_tokens(self, hidden_states: Any) -> Any:
        """Return the most likely tokens."""
        return self.logits_processor.get_top_tokens(self.lm_head, hidden_states)
