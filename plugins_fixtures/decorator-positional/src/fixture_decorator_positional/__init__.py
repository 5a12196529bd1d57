"""Calls default_pooling_type with a positional argument, which 0.14.0 refuses."""

from vllm.model_executor.models.interfaces_base import default_pooling_type


@default_pooling_type("CLS")
class FixturePooling:
    """Decorated while the module is imported."""


def register():
    """Do nothing; the decorator decides."""
