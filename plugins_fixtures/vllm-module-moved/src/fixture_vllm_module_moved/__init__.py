"""Imports a vLLM module that 0.11.1 to 0.13.0 have."""

from vllm.attention.backends.registry import AttentionBackendEnum

BACKENDS = AttentionBackendEnum


def register():
    """Do nothing; the import decides."""
