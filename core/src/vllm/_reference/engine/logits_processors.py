"""Loading and applying logits processors, on V1 and on model runner V2."""

from __future__ import annotations

from typing import Any, List

from vllm._reference import at_least
from vllm._reference.engine.batch import Sequence
from vllm._reference.engine.versions import uses_v2_runner


class LogitsProcessors:
    """The plugins' processors of one engine; loading one that fails ends the engine (RuntimeError).

    Only a runner that uses the V2 interface (0.31.0) wants the other base class: a processor of the V1
    interface is a ValueError there, and from 0.22.0 to 0.30.0 its presence means the V1 runner.
    """

    def __init__(self, vllm_config: Any, device: Any) -> None:
        named = getattr(vllm_config.model_config, "logits_processors", None)
        self.v2 = at_least("0.31.0") and uses_v2_runner()
        self._known: List[str] = []
        if self.v2:
            from vllm.v1.worker.gpu.sample.logits_processor.loader import _load_v2_logitsprocs

            state = _request_state(vllm_config, device)
            self.processors = [made(vllm_config, state) for made in _load_v2_logitsprocs(named)]
        else:
            from vllm.v1.sample.logits_processor import _load_custom_logitsprocs

            pinned = False
            self.processors = [made(vllm_config, device, pinned) for made in _load_custom_logitsprocs(named)]

    def apply(self, logits: Any, sequences: List[Sequence], step: Any) -> Any:
        """Tell the processors what changed in the batch, then let each change the logits."""
        if not self.processors:
            return logits
        ids = [sequence.request_id for sequence in sequences]
        changed, before, self._known = ids != self._known, len(self._known), ids
        if self.v2:
            return self._apply_v2(logits, sequences, step, changed=changed)
        from vllm.v1.sample.logits_processor.interface import BatchUpdate

        update = None
        if changed:
            added = [(i, s.params, s.tokens[: s.prompt_length], s.output) for i, s in enumerate(sequences)]
            update = BatchUpdate(len(ids), list(range(len(ids), before)), added, [])
        for processor in self.processors:
            processor.update_state(update)
            logits = processor.apply(logits)
        return logits

    def _apply_v2(self, logits: Any, sequences: List[Sequence], step: Any, *, changed: bool) -> Any:
        import torch

        from vllm.v1.worker.gpu.sample.logits_processor.interface import LogitsContext

        rows = torch.arange(len(sequences), device=logits.device)
        context = LogitsContext(
            expanded_idx_mapping=rows,
            idx_mapping=rows,
            idx_mapping_np=rows.cpu().numpy() if _has_numpy() else list(range(len(sequences))),
            expanded_local_pos=torch.zeros_like(rows),
            input_ids=step.input_ids[step.last],
            pos=step.positions[step.last],
            seq_lens_upper_bound_np=[len(sequence.tokens) for sequence in sequences],
        )
        for processor in self.processors:
            if changed:
                for index, sequence in enumerate(sequences):
                    processor.add_request(index, sequence.params)
            processor.apply_staged_writes()
            logits = processor.apply(logits, context)
        return logits


def _has_numpy() -> bool:
    from importlib.util import find_spec

    return find_spec("numpy") is not None


def _request_state(vllm_config: Any, device: Any) -> Any:
    """Buffers of the size the configuration gives; the small engine leaves their content at zero."""
    import torch

    from vllm.v1.worker.gpu.sample.logits_processor.interface import LogitsProcRequestState

    requests = vllm_config.scheduler_config.max_num_seqs
    model = vllm_config.model_config
    lengths = torch.zeros(requests, dtype=torch.int32, device=device)
    return LogitsProcRequestState(
        device=device,
        max_num_reqs=requests,
        vocab_size=model.get_vocab_size(),
        all_token_ids=torch.zeros((requests, model.max_model_len), dtype=torch.int32, device=device),
        prompt_len=lengths,
        prefill_len=lengths.clone(),
        total_len=lengths.clone(),
    )
