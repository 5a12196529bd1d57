"""The stat logger does not derive from StatLoggerBase."""


class FixtureStatLogger:
    """Has the methods and not the base."""

    def __init__(self, vllm_config, engine_index=0):
        """Take what every release passes."""

    def record(self, *args, **kwargs):
        """Keep nothing."""

    def log(self):
        """Say nothing."""

    def log_engine_initialized(self):
        """Say nothing."""
