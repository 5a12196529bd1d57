"""A logits processor with the interfaces of both model runners."""

from vllm.v1.sample.logits_processor import LogitsProcessor

try:
    from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor as LogitsProcessorV2
except ImportError:
    _BASES = (LogitsProcessor,)
else:
    _BASES = (LogitsProcessor, LogitsProcessorV2)


class FixtureProcessor(*_BASES):
    """Changes nothing, in the first interface and from 0.31.0 in the second too."""

    def __init__(self, vllm_config, *args, **kwargs):
        """Take a device and a flag (first interface) or the requests' state (second)."""

    @classmethod
    def validate_params(cls, sampling_params):
        """Accept all."""

    def apply(self, logits, *args):
        """Leave the logits as they are."""
        return logits

    def add_request(self, req_idx, sampling_params):
        """Ask not to be bothered with the request."""
        return False

    def is_argmax_invariant(self):
        """Say that the likeliest token stays the likeliest."""
        return True

    def update_state(self, batch_update):
        """Keep no state."""
