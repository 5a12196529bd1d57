"""`LLMEngine` of both generations: requests in, `RequestOutput` out."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from vllm._reference import at_least, value
from vllm._reference.engine.core import ReferenceCore
from vllm._reference.engine.load_sites import load_general_plugins_at
from vllm._reference.engine.versions import uses_v1
from vllm.logger import init_logger
from vllm.outputs import CompletionOutput, RequestOutput

logger = init_logger("vllm.v1.engine.input_processor")


def runs_core_in_process() -> bool:
    """Tell whether `LLM` keeps the engine core here.

    V0 does, V1 unless VLLM_ENABLE_V1_MULTIPROCESSING says otherwise.

    The variable's default is the release's (`vllm/envs.py`): off at first, then on.
    """
    from vllm import envs

    return not uses_v1() or not envs.VLLM_ENABLE_V1_MULTIPROCESSING


class ReferenceLLMEngine:
    """Takes requests and returns their outputs, step by step."""

    def __init__(self, vllm_config: Any, *args: Any, **kwargs: Any) -> None:
        self.vllm_config = vllm_config
        self.model_config = vllm_config.model_config
        self.cache_config = vllm_config.cache_config
        self.scheduler_config = vllm_config.scheduler_config
        self.parallel_config = vllm_config.parallel_config
        self._outputs: Dict[str, RequestOutput] = {}
        if runs_core_in_process():
            site = "engine-core" if uses_v1() else "llm-engine"
            self.engine_core: Any = ReferenceCore(vllm_config, site=site)
        else:
            from vllm._reference.engine.process import RemoteCore

            load_general_plugins_at("llm-engine")
            self.engine_core = RemoteCore(vllm_config)

    @classmethod
    def from_engine_args(cls, engine_args: Any, usage_context: Any = None, **_: Any) -> Any:
        """Build configurations, then the engine."""
        return cls(engine_args.create_engine_config(usage_context))

    @classmethod
    def from_vllm_config(cls, vllm_config: Any, **_: Any) -> Any:
        """Build the engine."""
        return cls(vllm_config)

    def get_model_config(self) -> Any:
        """Return configuration of the model."""
        return self.model_config

    def add_request(self, request_id: str, prompt: Any, params: Any, *_: Any, **__: Any) -> None:
        """Queue a request after the platform has seen it (dimension `validate_request`)."""
        from vllm._reference.engine.multi_modal import processed_prompt

        text, tokens, multi_modal = processed_prompt(prompt, self.vllm_config)
        self._let_platform_validate(prompt, params, {"type": "token", "prompt_token_ids": tokens})
        self.engine_core.add_request(request_id, tokens, params, multi_modal)
        self._outputs[request_id] = RequestOutput(
            request_id, text, tokens, None, [CompletionOutput(0, "", [], None, None)], finished=False
        )

    def _let_platform_validate(self, prompt: Any, params: Any, processed: Any) -> None:
        """Call `Platform.validate_request` as the release does (`vllm/v1/engine/processor.py:207`, 0.8.4)."""
        form = value("validate_request")
        if not form:
            return
        from vllm.platforms import current_platform

        if form == "prompt-params":
            current_platform.validate_request(prompt=prompt, params=params)
        elif form == "prompt-params-processed":
            current_platform.validate_request(prompt=prompt, params=params, processed_inputs=processed)
        elif form == "processed-params-adapter":
            call_adapted_validate_request(current_platform, params, processed)
        else:
            current_platform.validate_request(processed, params)

    def has_unfinished_requests(self) -> bool:
        """Tell whether a step would do anything."""
        return any(not output.finished for output in self._outputs.values())

    def step(self) -> List[RequestOutput]:
        """Make one step; return the requests that it advanced."""
        advanced = []
        for request_id, (tokens, finished) in self.engine_core.step().items():
            output = self._outputs[request_id]
            completion = output.outputs[0]
            completion.token_ids = [*completion.token_ids, *tokens]
            if finished:
                completion.finish_reason = finished
                output.finished = True
                del self._outputs[request_id]
            advanced.append(output)
        return advanced

    def shutdown(self) -> None:
        """End the processes."""
        self.engine_core.shutdown()


def call_adapted_validate_request(platform: Any, params: Any, processed: Any) -> None:
    """0.17.x: a `validate_request` that still has `prompt` is called with it, and warned about."""
    from vllm._reference.engine.callables import supports_kw

    if supports_kw(platform.validate_request, "prompt"):
        logger.warning(
            "The signature of Platform.validate_request has changed from "
            "`(cls, prompt, params, processed_inputs) -> None` to "
            "`(cls, processed_inputs, params) -> None`. The old signature "
            "will no longer be supported starting from v0.18."
        )
        platform.validate_request(processed, params, processed)
    else:
        platform.validate_request(processed, params)


def not_generative(model_config: Any) -> Optional[str]:
    """Why `generate` cannot be called on this model, in the words of the release; None when it can."""
    if model_config.runner_type == "generate":
        return None
    if at_least("0.10.0"):
        return "LLM.generate() is only supported for generative models."
    return (
        "LLM.generate() is only supported for (conditional) generation models (XForCausalLM, "
        "XForConditionalGeneration)."
    )
