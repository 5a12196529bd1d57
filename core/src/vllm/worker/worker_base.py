"""Base of V0's workers (`vllm/worker/worker_base.py`, until 0.11.0)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Optional

from vllm._reference import at_least, trim


class WorkerBase(ABC):
    """What an executor asks of a worker."""

    def __init__(self, vllm_config: Any = None) -> None:
        self.vllm_config = vllm_config
        for part in ("model", "cache", "lora", "load", "parallel", "scheduler", "device"):
            setattr(self, f"{part}_config", getattr(vllm_config, f"{part}_config", None))

    @abstractmethod
    def init_device(self) -> None:
        """Prepare the device."""
        raise NotImplementedError

    @abstractmethod
    def initialize_cache(self, num_gpu_blocks: int, num_cpu_blocks: int) -> None:
        """Make the key-value cache."""
        raise NotImplementedError

    if not at_least("0.8.0"):

        @abstractmethod
        def determine_num_available_blocks(self) -> Any:
            """Return the number of blocks on the device and on the host."""
            raise NotImplementedError

    @abstractmethod
    def execute_model(self, execute_model_req: Any = None) -> Optional[Any]:
        """Make a step."""
        raise NotImplementedError

    @abstractmethod
    def get_cache_block_size_bytes(self) -> int:
        """Return the size of one block in bytes."""
        raise NotImplementedError

    @abstractmethod
    def add_lora(self, lora_request: Any) -> bool:
        """Add an adapter."""
        raise NotImplementedError

    @abstractmethod
    def remove_lora(self, lora_id: int) -> bool:
        """Remove an adapter."""
        raise NotImplementedError

    @abstractmethod
    def pin_lora(self, lora_id: int) -> bool:
        """Keep an adapter."""
        raise NotImplementedError

    @abstractmethod
    def list_loras(self) -> Any:
        """Return the adapters."""
        raise NotImplementedError


class LocalOrDistributedWorkerBase(WorkerBase):
    """A worker whose driver broadcasts."""


class WorkerWrapperBase:
    """Makes the worker named in the configuration after the plugins are loaded."""

    def __init__(self, vllm_config: Any = None, rpc_rank: int = 0) -> None:
        self.vllm_config, self.rpc_rank = vllm_config, rpc_rank
        self.worker: Any = None


trim(globals())
