"""The engine core: takes requests, makes steps.

Returns tokens. Runs in process or in a process of its own.
"""

from __future__ import annotations

from typing import Any, Dict, List

from vllm._reference import at_least
from vllm._reference.engine.batch import Sequence
from vllm._reference.engine.load_sites import load_general_plugins_at


class ReferenceCore:
    """One model, its requests, and the worker that runs it."""

    def __init__(self, vllm_config: Any, *, site: str) -> None:
        load_general_plugins_at(site)
        self.vllm_config = vllm_config
        self.sequences: List[Sequence] = []
        self._check_scheduler()
        self.executor = make_executor(vllm_config)

    def _check_scheduler(self) -> None:
        """Resolve a scheduler class given by the user (0.7.3); the small engine does not schedule with it."""
        named = getattr(self.vllm_config.scheduler_config, "scheduler_cls", None)
        if named is None or (isinstance(named, str) and named.startswith("vllm.")):
            return
        from vllm._reference.engine.qualname import resolve

        self.scheduler_class = resolve(named) if isinstance(named, str) else named

    def add_request(self, request_id: str, tokens: List[int], params: Any, multi_modal: Any = None) -> None:
        """Queue a request.

        Raises ValueError for an empty or too long prompt and for a token outside the vocabulary.
        """
        limit = self.vllm_config.model_config.max_model_len
        size = self.vllm_config.model_config.get_vocab_size()
        if not tokens:
            raise ValueError("The decoder prompt cannot be empty")
        if len(tokens) >= limit:
            raise ValueError(
                f"The decoder prompt (length {len(tokens)}) is longer than the maximum model length "
                f"of {limit}."
            )
        if max(tokens) >= size or min(tokens) < 0:
            raise ValueError(f"Token id {max(tokens)} is out of vocabulary")
        self.sequences.append(Sequence(request_id, list(tokens), len(tokens), params, multi_modal))

    def step(self) -> Dict[str, Any]:
        """Make one step; return request id -> (new tokens, finish reason or "")."""
        running = self.sequences
        if not running:
            return {}
        sampled = self.executor.step(running)
        limit = self.vllm_config.model_config.max_model_len
        for sequence, token in zip(running, sampled):
            sequence.append(token, limit)
        self.sequences = [sequence for sequence in running if not sequence.finished]
        return {
            sequence.request_id: ([token], sequence.finished) for sequence, token in zip(running, sampled)
        }

    def shutdown(self) -> None:
        """End the worker."""
        self.executor.shutdown()


class InProcessExecutor:
    """The worker in this process."""

    def __init__(self, vllm_config: Any) -> None:
        from vllm._reference.engine.worker import make_worker

        self.worker = make_worker(vllm_config)

    def step(self, sequences: List[Sequence]) -> List[int]:
        """Run the model once."""
        return self.worker.step(sequences)

    def shutdown(self) -> None:
        """Nothing to end."""


def make_executor(vllm_config: Any) -> Any:
    """In process, or in a worker process where `distributed_executor_backend="mp"` asks for one (V1)."""
    from vllm._reference.engine.versions import uses_v1

    backend = getattr(vllm_config.parallel_config, "distributed_executor_backend", None)
    if backend == "mp" and uses_v1() and at_least("0.8.0"):
        from vllm._reference.engine.process import RemoteExecutor

        return RemoteExecutor(vllm_config)
    return InProcessExecutor(vllm_config)
