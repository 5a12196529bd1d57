"""From hidden states to logits (`vllm/model_executor/layers/logits_processor.py`).

V0 selects the rows to sample from here, by the sampling metadata; V1's runner has selected them already.
"""

from __future__ import annotations

from typing import Any, Optional

import torch
from torch import nn

from vllm._reference import at_least, trim, with_real_methods


@with_real_methods
class LogitsProcessor(nn.Module):
    """Applies the output head."""

    def __init__(
        self,
        vocab_size: int,
        org_vocab_size: Optional[int] = None,
        scale: float = 1.0,
        logits_as_input: bool = False,
        soft_cap: Optional[float] = None,
    ) -> None:
        super().__init__()
        self.vocab_size, self.org_vocab_size = vocab_size, org_vocab_size or vocab_size
        self.scale, self.logits_as_input, self.soft_cap = scale, logits_as_input, soft_cap

    if at_least("0.29.0"):

        def _get_logits(
            self, hidden_states: torch.Tensor, lm_head: Any, embedding_bias: Any, skip_gather: bool = False
        ) -> Any:
            """Return the output head's logits; there is one rank, and nothing to gather."""
            return self._of_head(hidden_states, lm_head, embedding_bias)

    else:

        def _get_logits(  # type: ignore[misc]
            self, hidden_states: torch.Tensor, lm_head: Any, embedding_bias: Any
        ) -> Any:
            """Return the output head's logits."""
            return self._of_head(hidden_states, lm_head, embedding_bias)

    def _of_head(self, hidden_states: torch.Tensor, lm_head: Any, bias: Any) -> torch.Tensor:
        logits: torch.Tensor = lm_head.quant_method.apply(lm_head, hidden_states, bias)
        return logits[..., : self.org_vocab_size]

    def _logits(self, lm_head: Any, hidden_states: torch.Tensor, bias: Any) -> Any:
        """Return scaled logits; `_get_logits` is called as the release calls it, for plugins replace it."""
        if self.logits_as_input:
            logits = hidden_states
        elif at_least("0.29.0"):
            logits = self._get_logits(hidden_states, lm_head, bias, False)
        else:
            logits = self._get_logits(hidden_states, lm_head, bias)
        if logits is None:
            return None
        if self.soft_cap is not None:
            logits = torch.tanh(logits / self.soft_cap) * self.soft_cap
        return logits if self.scale == 1.0 else logits * self.scale

    if at_least("0.11.0"):

        def forward(self, lm_head: Any, hidden_states: torch.Tensor, embedding_bias: Any = None) -> Any:
            """Return logits of every row."""
            return self._logits(lm_head, hidden_states, embedding_bias)

    else:

        def forward(  # type: ignore[misc]
            self,
            lm_head: Any,
            hidden_states: torch.Tensor,
            sampling_metadata: Any = None,
            embedding_bias: Any = None,
        ) -> Any:
            """Return logits of the rows that the metadata selects, of every row without one."""
            if sampling_metadata is not None:
                hidden_states = hidden_states.index_select(0, sampling_metadata.selected_token_indices)
            return self._logits(lm_head, hidden_states, embedding_bias)


trim(globals())
