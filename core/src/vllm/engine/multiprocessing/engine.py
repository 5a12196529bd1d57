"""The V0 engine that the server runs in a process of its own (`vllm/engine/multiprocessing/engine.py`).

It loads the general plugins itself, because that process may have been spawned. Requests come through
sockets, which are not modelled: the engine is built, and that is all.
"""

from __future__ import annotations

from typing import Any

from vllm._reference import at_least as _at_least
from vllm._reference import trim as _trim
from vllm._reference.engine.load_sites import load_general_plugins_at as _load_general_plugins_at
from vllm.engine.llm_engine import LLMEngine
from vllm.logger import init_logger

logger = init_logger(__name__)


class MQLLMEngine:
    """A V0 engine with the server's sockets left out."""

    def __init__(self, ipc_path: str, use_async_sockets: bool, vllm_config: Any, **_: Any) -> None:
        self.ipc_path = ipc_path
        self.use_async_sockets = use_async_sockets
        self.engine = LLMEngine(vllm_config)

    @classmethod
    def from_vllm_config(cls, vllm_config: Any, usage_context: Any, *, ipc_path: str, **_: Any) -> Any:
        """Load the plugins, then build the engine (0.8.0)."""
        _load_general_plugins_at("mq-engine")
        return cls(ipc_path, use_async_sockets=False, vllm_config=vllm_config)

    @classmethod
    def from_engine_args(cls, engine_args: Any, usage_context: Any, ipc_path: str) -> Any:
        """Load the plugins, then build the configurations and the engine; from 0.8.0 the other way round."""
        if not _at_least("0.8.0"):
            _load_general_plugins_at("mq-engine")
        config = engine_args.create_engine_config(usage_context)
        if _at_least("0.8.0"):
            return cls.from_vllm_config(config, usage_context, ipc_path=ipc_path)
        return cls(ipc_path, use_async_sockets=False, vllm_config=config)


if not _at_least("0.8.0"):
    del MQLLMEngine.from_vllm_config

_trim(globals())
