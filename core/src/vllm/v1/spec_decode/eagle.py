"""EAGLE's proposer (`vllm/v1/spec_decode/eagle.py`): the class plugins patch; nothing is drafted."""

from __future__ import annotations

from typing import Any

from vllm._reference import at_least, trim, with_real_methods

if at_least("0.20.0"):
    from vllm.v1.spec_decode.llm_base_proposer import SpecDecodeBaseProposer as _Base
else:
    _Base = object  # type: ignore[assignment,misc]


@with_real_methods
class EagleProposer(_Base):  # type: ignore[misc, valid-type]
    """Drafts tokens with EAGLE's model."""

    def __init__(self, vllm_config: Any, device: Any, runner: Any = None) -> None:
        self.vllm_config, self.device, self.runner = vllm_config, device, runner


trim(globals())
