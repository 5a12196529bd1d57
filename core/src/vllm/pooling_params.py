"""Pooling parameters with the fields of the release (`vllm/pooling_params.py`)."""

from __future__ import annotations

import copy
from typing import Any

from vllm._reference import trim
from vllm._reference.engine.config_class import config_class


class _PoolingParamsBase:
    """How to pool."""

    def clone(self) -> Any:
        """Return a deep copy."""
        return copy.deepcopy(self)


PoolingParams = config_class("PoolingParams", globals(), _PoolingParamsBase)

trim(globals())
