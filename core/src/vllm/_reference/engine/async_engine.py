"""V1's asynchronous engine (`vllm/v1/engine/async_llm.py`).

It alone loads stat-logger plugins (`:100`, 0.11.1).
"""

from __future__ import annotations

from typing import Any, AsyncIterator, List

from vllm._reference import at_least
from vllm._reference.engine.llm_engine import ReferenceLLMEngine


class ReferenceAsyncEngine:
    """Requests in, outputs as they come; one request at a time makes steps."""

    def __init__(
        self,
        vllm_config: Any,
        executor_class: Any = None,
        log_stats: bool = False,
        stat_loggers: Any = None,
        **_: Any,
    ) -> None:
        self.vllm_config = vllm_config
        self.model_config = vllm_config.model_config
        self.stat_loggers: List[Any] = []
        factories = list(stat_loggers or [])
        if at_least("0.11.1"):
            from vllm.v1.metrics.loggers import load_stat_logger_plugin_factories

            factories += load_stat_logger_plugin_factories()
        if at_least("0.8.5"):
            self.stat_loggers = [factory(vllm_config, 0) for factory in factories]
            for logger in self.stat_loggers:
                if hasattr(logger, "log_engine_initialized"):
                    logger.log_engine_initialized()
        self._engine = ReferenceLLMEngine(vllm_config)

    @classmethod
    def from_engine_args(cls, engine_args: Any, **options: Any) -> Any:
        """Build configurations, then the engine."""
        options.pop("start_engine_loop", None)
        options.pop("usage_context", None)
        return cls(engine_args.create_engine_config(), **options)

    @classmethod
    def from_vllm_config(cls, vllm_config: Any, **options: Any) -> Any:
        """Build the engine."""
        return cls(vllm_config, **options)

    async def generate(
        self, prompt: Any, sampling_params: Any, request_id: str, **_: Any
    ) -> AsyncIterator[Any]:
        """Yield outputs as tokens come, and let the loggers record each step."""
        self._engine.add_request(request_id, prompt, sampling_params)
        finished = False
        while not finished:
            for output in self._engine.step():
                if output.request_id == request_id:
                    finished = output.finished
                    yield output
            self._record()

    def _record(self) -> None:
        if not self.stat_loggers:
            return
        from vllm.v1.metrics.stats import IterationStats, SchedulerStats

        scheduler, iteration = SchedulerStats(num_running_reqs=1), IterationStats(num_generation_tokens=1)
        for logger in self.stat_loggers:
            if at_least("0.11.1"):
                logger.record(
                    scheduler_stats=scheduler, iteration_stats=iteration, mm_cache_stats=None, engine_idx=0
                )
            elif at_least("0.10.0"):
                logger.record(scheduler_stats=scheduler, iteration_stats=iteration, engine_idx=0)
            else:
                logger.record(scheduler_stats=scheduler, iteration_stats=iteration)

    def shutdown(self) -> None:
        """End the engine's processes."""
        self._engine.shutdown()
