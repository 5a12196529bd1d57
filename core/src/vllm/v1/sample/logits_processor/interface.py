"""The V1 interface of logits processors (`vllm/v1/sample/logits_processor/interface.py`)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Dict, Optional, Sequence

from vllm._reference import at_least, define_class, trim


class MoveDirectionality(enum.Enum):
    """How a request moves in the batch."""

    UNIDIRECTIONAL = 0
    SWAP = 1


@dataclass(frozen=True)
class BatchUpdate:
    """What changed in the batch: added rows are (index, params, prompt token ids, output token ids)."""

    batch_size: int
    removed: Sequence[int]
    added: Sequence[Any]
    moved: Sequence[Any]


LogitsProcessor = define_class("LogitsProcessor", globals())


class AdapterLogitsProcessor(LogitsProcessor):  # type: ignore[misc, valid-type]
    """Wraps processors that look at one request at a time (0.10.2)."""

    def __init__(self, vllm_config: Any, device: Any, is_pin_memory: bool) -> None:
        self.req_info: Dict[int, Any] = {}

    def is_argmax_invariant(self) -> bool:
        """Say whether greedy sampling is unchanged."""
        return False

    def new_req_logits_processor(self, params: Any) -> Optional[Any]:
        """Return the processor of a new request, or None."""
        raise NotImplementedError

    def update_state(self, batch_update: Optional[BatchUpdate]) -> None:
        """Follow the batch."""
        if batch_update is None:
            return
        for index in batch_update.removed:
            self.req_info.pop(index, None)
        for index, params, prompt, output in batch_update.added:
            self.req_info.pop(index, None)
            made = self.new_req_logits_processor(params)
            if made is not None:
                self.req_info[index] = (made, prompt, output)

    def apply(self, logits: Any) -> Any:
        """Let each request's processor change its row."""
        import inspect

        for index, (made, prompt, output) in self.req_info.items():
            wants_prompt = len(inspect.signature(made).parameters) == 3
            row = logits[index]
            logits[index] = made(prompt, output, row) if wants_prompt else made(output, row)
        return logits


if not at_least("0.10.2"):
    del AdapterLogitsProcessor

trim(globals())
