"""`LLM`: the offline entry point (`vllm/entrypoints/llm.py`)."""

from __future__ import annotations

from typing import Any, List, Optional

from vllm._reference import at_least, trim, with_real_methods
from vllm._reference.engine.llm_engine import not_generative
from vllm._reference.engine.versions import uses_v1
from vllm.engine.arg_utils import EngineArgs
from vllm.sampling_params import SamplingParams


@with_real_methods
class LLM:
    """Generates text from a model given by a directory with a `config.json`, or by `hf_overrides`."""

    def __init__(self, model: str, tokenizer: Optional[str] = None, **kwargs: Any) -> None:
        kwargs.setdefault("disable_log_stats", True)
        if tokenizer is not None:
            kwargs["tokenizer"] = tokenizer
        engine_args = EngineArgs(model=model, **kwargs)
        config = engine_args.create_engine_config()
        if uses_v1():
            from vllm.v1.engine.llm_engine import LLMEngine
        else:
            from vllm.engine.llm_engine import LLMEngine
        self.llm_engine = LLMEngine(config)
        self.model_config = config.model_config
        self._counter = 0

    def generate(
        self,
        prompts: Any = None,
        sampling_params: Any = None,
        prompt_token_ids: Any = None,
        use_tqdm: Any = True,
        lora_request: Any = None,
        **_: Any,
    ) -> List[Any]:
        """Return one `RequestOutput` per prompt.

        A prompt is token ids, `{"prompt_token_ids": [...]}` or text; text is read byte by byte, because the
        reference engine has no tokenizer. Raises ValueError where the model is not run to generate.
        """
        reason = not_generative(self.llm_engine.model_config)
        if reason is not None:
            raise ValueError(reason)
        params = sampling_params if sampling_params is not None else self.get_default_sampling_params()
        listed = self._prompts(prompts, prompt_token_ids)
        several = params if isinstance(params, (list, tuple)) else [params] * len(listed)
        if len(several) != len(listed):
            raise ValueError("The lengths of prompts and params must be the same.")
        ids = []
        for prompt, one in zip(listed, several):
            ids.append(str(self._counter))
            self._counter += 1
            self.llm_engine.add_request(ids[-1], prompt, one)
        finished = {}
        while self.llm_engine.has_unfinished_requests():
            for output in self.llm_engine.step():
                if output.finished:
                    finished[output.request_id] = output
        return [finished[request_id] for request_id in ids]

    @staticmethod
    def _prompts(prompts: Any, prompt_token_ids: Any) -> List[Any]:
        if prompt_token_ids is not None:
            many = (
                prompt_token_ids
                if prompt_token_ids and isinstance(prompt_token_ids[0], list)
                else [prompt_token_ids]
            )
            return [{"prompt_token_ids": tokens} for tokens in many]
        if isinstance(prompts, (str, dict)):
            return [prompts]
        if prompts and isinstance(prompts[0], int):
            return [{"prompt_token_ids": list(prompts)}]
        return [{"prompt_token_ids": p} if isinstance(p, list) else p for p in prompts or ()]

    def get_default_sampling_params(self) -> Any:
        """Parameters used when none are given."""
        return SamplingParams()

    def get_tokenizer(self) -> None:
        """There is none."""
        return

    def shutdown(self) -> None:
        """End the engine's processes."""
        self.llm_engine.shutdown()


if at_least("0.11.0"):
    LLM.__doc__ = (LLM.__doc__ or "") + " The engine core is V1's."

trim(globals())
