"""Runs the model exactly as the release's model runner calls it.

`forward`: with `kv_caches` and `attn_metadata` before 0.8.0 (V1 of that time passes `attn_metadata=None`),
without them later (`vllm/worker/model_runner.py`, `vllm/v1/worker/gpu_model_runner.py`). `compute_logits`:
with the sampling metadata (V0), with None in its place (V1 before 0.11.0), alone from 0.11.0. Sampling:
`model.sample` up to 0.8.4, the engine's own sampler later.
"""

from __future__ import annotations

from typing import Any, List

from vllm._reference import at_least
from vllm._reference.engine.batch import Sequence, StepInput, step_input
from vllm._reference.engine.forward import set_forward_context
from vllm._reference.engine.logits_processors import LogitsProcessors
from vllm._reference.engine.versions import uses_v1


class ReferenceModelRunner:
    """Holds the model and makes one step at a time, greedily."""

    def __init__(self, vllm_config: Any, device: Any) -> None:
        self.vllm_config = vllm_config
        self.model_config = vllm_config.model_config
        self.device = device
        self.model: Any = None
        self.kv_caches: List[Any] = []
        self.v1 = uses_v1()
        self.sampler: Any = None
        self.logits_processors: Any = None

    def load_model(self) -> None:
        """Build the model with weights drawn from the engine's seed; no file is read."""
        import torch

        from vllm.model_executor.model_loader import get_model

        self.model = (
            get_model(vllm_config=self.vllm_config)
            if at_least("0.6.4")
            else get_model(
                model_config=self.model_config,
                load_config=self.vllm_config.load_config,
                device_config=self.vllm_config.device_config,
                parallel_config=self.vllm_config.parallel_config,
                scheduler_config=self.vllm_config.scheduler_config,
                lora_config=None,
                cache_config=self.vllm_config.cache_config,
            )
        )
        if isinstance(self.model, torch.nn.Module):
            self.model.to(self.device)
        layers = self.model_config.get_total_num_hidden_layers()
        self.kv_caches = [torch.empty(0, device=self.device) for _ in range(layers)]
        if at_least("0.10.1") and self.v1:
            self.logits_processors = LogitsProcessors(self.vllm_config, self.device)

    def step(self, sequences: List[Sequence]) -> List[int]:
        """Return the next token of each sequence."""
        import torch

        step = step_input(sequences, self.device)
        with torch.inference_mode(), set_forward_context(*self._context(step)):
            hidden = self._forward(step, sequences)
            logits, metadata = self._logits(hidden, step, sequences)
            if self.logits_processors is not None:
                logits = self.logits_processors.apply(logits, sequences, step)
            return self._sample(logits, metadata)

    def _context(self, step: StepInput) -> Any:
        return (step.attention, self.vllm_config) if at_least("0.6.5") else (step.attention,)

    def _forward(self, step: StepInput, sequences: List[Sequence]) -> Any:
        keywords: Any = {"input_ids": step.input_ids, "positions": step.positions}
        if not at_least("0.8.0"):
            keywords["kv_caches"] = self.kv_caches
            keywords["attn_metadata"] = None if self.v1 else step.attention
        if not self.v1 or at_least("0.7.3"):
            keywords["intermediate_tensors"] = None
        if self.v1 or at_least("0.10.0"):
            keywords["inputs_embeds"] = self._embeddings(step, sequences)
            if keywords["inputs_embeds"] is not None:
                keywords["input_ids"] = None
        return self.model(**keywords, **self._multi_modal(sequences))

    def _embeddings(self, step: StepInput, sequences: List[Sequence]) -> Any:
        """Embeddings of text and other modalities, where there are any others (V1)."""
        from vllm._reference.engine.multi_modal import merged_embeddings

        return merged_embeddings(self.model, step, sequences) if self.v1 else None

    def _multi_modal(self, sequences: List[Sequence]) -> Any:
        """Return processed inputs of other modalities as keywords of `forward` (V0)."""
        if self.v1:
            return {}
        from vllm._reference.engine.multi_modal import forward_keywords

        return forward_keywords(sequences, self.device)

    def _logits(self, hidden: Any, step: StepInput, sequences: List[Sequence]) -> Any:
        if self.v1:
            from vllm._reference.engine.sampling import v1_metadata

            metadata = v1_metadata(sequences, self.device)
            chosen = hidden[step.last]
            if at_least("0.11.0"):
                return self.model.compute_logits(chosen), metadata
            return self.model.compute_logits(chosen, None), metadata
        from vllm._reference.engine.sampling import v0_metadata

        metadata = v0_metadata(sequences, step.last)
        return self.model.compute_logits(hidden, metadata), metadata

    def _sample(self, logits: Any, metadata: Any) -> List[int]:
        from vllm._reference.engine.sampling import own_sampler, token_ids

        if not at_least("0.8.5"):
            return token_ids(self.model.sample(logits=logits, sampling_metadata=metadata))
        if self.sampler is None:
            self.sampler = own_sampler(v1=self.v1)
        return token_ids(self.sampler(logits=logits, sampling_metadata=metadata))
