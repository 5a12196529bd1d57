"""Prompts with more than text, as far as the small engine goes: what a model asks for by keyword."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from vllm._reference.engine.batch import Sequence, StepInput


def processed_prompt(prompt: Any, vllm_config: Any) -> Tuple[Optional[str], List[int], Any]:
    """Return (text, token ids, multi-modal data). Text is read byte by byte, modulo the vocabulary."""
    if isinstance(prompt, str):
        size = vllm_config.model_config.get_vocab_size()
        return prompt, [byte % size for byte in prompt.encode()], None
    data = prompt.get("multi_modal_data")
    if "prompt_token_ids" in prompt:
        return prompt.get("prompt"), list(prompt["prompt_token_ids"]), data
    text, tokens, _ = processed_prompt(prompt["prompt"], vllm_config)
    return text, tokens, data


def merged_embeddings(model: Any, step: StepInput, sequences: List[Sequence]) -> Any:
    """Embeddings of text and images together, None where no prompt has an image."""
    if not any(sequence.multi_modal for sequence in sequences):
        return None
    embed = getattr(model, "embed_multimodal", None) or getattr(model, "get_multimodal_embeddings", None)
    join = getattr(model, "embed_input_ids", None) or getattr(model, "get_input_embeddings", None)
    if embed is None or join is None:
        return None
    return join(step.input_ids, embed(**_keywords(sequences, step.input_ids.device)))


def forward_keywords(sequences: List[Sequence], device: Any) -> Dict[str, Any]:
    """Keywords of `forward` on V0."""
    return _keywords(sequences, device) if any(sequence.multi_modal for sequence in sequences) else {}


def _keywords(sequences: List[Sequence], device: Any) -> Dict[str, Any]:
    """Tensors given as multi-modal data, by the name the model takes them under."""
    import torch

    names = {"image": "pixel_values"}
    gathered: Dict[str, List[Any]] = {}
    for sequence in sequences:
        for kind, value in (sequence.multi_modal or {}).items():
            gathered.setdefault(names.get(kind, kind), []).append(torch.as_tensor(value).to(device))
    return {name: torch.stack(values) for name, values in gathered.items()}
