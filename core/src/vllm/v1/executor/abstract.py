"""Base of V1's executors (`vllm/v1/executor/abstract.py`): what a configuration may name as its backend."""

from __future__ import annotations

from typing import Any

from vllm._reference import trim


class Executor:
    """Runs workers; the small engine has executors of its own and does not drive subclasses."""

    def __init__(self, vllm_config: Any) -> None:
        self.vllm_config = vllm_config

    @staticmethod
    def get_class(vllm_config: Any) -> Any:
        """Return the class for the configuration."""
        del vllm_config
        return Executor


trim(globals())
