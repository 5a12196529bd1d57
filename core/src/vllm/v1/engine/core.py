"""V1's engine core (`vllm/v1/engine/core.py`); from 0.9.0 it loads the general plugins (`:62`)."""

from __future__ import annotations

from typing import Any

from vllm._reference import trim, with_real_methods
from vllm._reference.engine.core import ReferenceCore as _ReferenceCore


@with_real_methods
class EngineCore(_ReferenceCore):
    """Requests, steps and the worker of one engine."""

    def __init__(self, vllm_config: Any, executor_class: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(vllm_config, site="engine-core")


class EngineCoreProc(EngineCore):
    """The engine core of a process of its own."""


trim(globals())
