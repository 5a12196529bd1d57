"""The worker: loads the plugins, takes the device, builds and runs the model.

A platform may name a worker class of its own (`parallel_config.worker_cls`); the small engine drives it
when it is a `ReferenceWorker`, and says so when it is not.
"""

from __future__ import annotations

from typing import Any, List

from vllm._reference import RELEASE, record
from vllm._reference.engine.batch import Sequence
from vllm._reference.engine.device import engine_device
from vllm._reference.engine.load_sites import load_general_plugins_at
from vllm._reference.engine.model_runner import ReferenceModelRunner
from vllm._reference.engine.qualname import resolve


class ReferenceWorker:
    """One rank on one device."""

    def __init__(self, vllm_config: Any) -> None:
        self.vllm_config = vllm_config
        self.device = engine_device(vllm_config)
        self.model_runner = ReferenceModelRunner(vllm_config, self.device)
        self.model_runner.load_model()

    def step(self, sequences: List[Sequence]) -> List[int]:
        """Return the next token of each sequence."""
        return self.model_runner.step(sequences)


def make_worker(vllm_config: Any) -> Any:
    """Build the worker as `WorkerWrapperBase.init_worker` does: plugins first.

    `vllm/worker/worker_base.py`.
    """
    load_general_plugins_at("worker")
    named = getattr(vllm_config.parallel_config, "worker_cls", None)
    if not named or named == "auto" or (isinstance(named, str) and named.startswith("vllm.")):
        return ReferenceWorker(vllm_config)
    worker_class = resolve(named) if isinstance(named, str) else named
    if not issubclass(worker_class, ReferenceWorker):
        record(f"worker_cls {worker_class.__module__}.{worker_class.__qualname__}")
        raise NotImplementedError(
            f"The platform's worker class {worker_class.__module__}.{worker_class.__qualname__} "
            "resolves, but the "
            f"reference engine of vLLM {RELEASE} does not model scheduling for workers of its own. "
            "Run the plugin on the real release to check its worker."
        )
    return worker_class(vllm_config)
