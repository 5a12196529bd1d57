"""Base of V1 workers (`vllm/v1/worker/worker_base.py`, 0.7.3), with the members of the release."""

from __future__ import annotations

from typing import Any

from vllm._reference import define_class, trim
from vllm.logger import init_logger

logger = init_logger(__name__)


def _init(
    self: Any,
    vllm_config: Any,
    local_rank: int,
    rank: int,
    distributed_init_method: str,
    is_driver_worker: bool = False,
) -> None:
    self.vllm_config = vllm_config
    for part in (
        "model",
        "cache",
        "lora",
        "load",
        "parallel",
        "scheduler",
        "device",
        "speculative",
        "observability",
    ):
        setattr(self, f"{part}_config", getattr(vllm_config, f"{part}_config", None))
    self.compilation_config = getattr(vllm_config, "compilation_config", None)
    self.local_rank, self.rank, self.is_driver_worker = local_rank, rank, is_driver_worker
    self.distributed_init_method = distributed_init_method
    self.device = None
    self.model_runner = None


WorkerBase = define_class("WorkerBase", globals(), {"__init__": _init}, key="V1WorkerBase")


class WorkerWrapperBase:
    """Makes the worker named in the configuration after the plugins are loaded (0.11.1)."""

    def __init__(self, vllm_config: Any = None, rpc_rank: int = 0, global_rank: Any = None) -> None:
        self.vllm_config, self.rpc_rank, self.global_rank = vllm_config, rpc_rank, global_rank
        self.worker: Any = None


trim(globals())
