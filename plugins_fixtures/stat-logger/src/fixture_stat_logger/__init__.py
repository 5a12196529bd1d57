"""A stat logger that takes what every release passes."""

from vllm.v1.metrics.loggers import StatLoggerBase


class FixtureStatLogger(StatLoggerBase):
    """Keeps nothing."""

    def __init__(self, vllm_config, engine_index=0):
        """Take what every release passes."""

    def record(self, *args, **kwargs):
        """Keep nothing."""

    def log_engine_initialized(self):
        """Say nothing."""
