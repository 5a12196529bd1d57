"""The stat logger's entry point names a function that returns a class."""


def stat_logger():
    """Return a class where vLLM wants the class itself."""
    from vllm.v1.metrics.loggers import LoggingStatLogger

    return LoggingStatLogger
