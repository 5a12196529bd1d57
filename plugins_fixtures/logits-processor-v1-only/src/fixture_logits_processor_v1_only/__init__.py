"""A logits processor with the interface of the first model runner, refused from 0.31.0 on."""

from vllm.v1.sample.logits_processor import LogitsProcessor


class FixtureProcessor(LogitsProcessor):
    """Changes nothing."""

    def __init__(self, vllm_config, device, is_pin_memory):
        """Take what the first interface passes."""

    def apply(self, logits):
        """Leave the logits as they are."""
        return logits

    def is_argmax_invariant(self):
        """Say that the likeliest token stays the likeliest."""
        return True

    def update_state(self, batch_update):
        """Keep no state."""
