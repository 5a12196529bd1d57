"""Forms of a prompt."""

from __future__ import annotations

from typing import Any, Dict, List, TypedDict, Union


class TextPrompt(TypedDict, total=False):
    """Text, and data of other modalities."""

    prompt: str
    multi_modal_data: Any
    mm_processor_kwargs: Any


class TokensPrompt(TypedDict, total=False):
    """Token ids, and data of other modalities."""

    prompt_token_ids: List[int]
    prompt: str
    multi_modal_data: Any
    mm_processor_kwargs: Any


for _form in (TextPrompt, TokensPrompt):
    _form.__module__ = "vllm.inputs"

PromptType = Union[str, TextPrompt, TokensPrompt]
SingletonPrompt = PromptType
PromptInputs = PromptType
ProcessorInputs = Dict[str, Any]
DecoderOnlyInputs = Dict[str, Any]
LLMInputs = Dict[str, Any]


def token_inputs(prompt_token_ids: List[int], **more: Any) -> Dict[str, Any]:
    """Return processed input of token ids."""
    return {"type": "token", "prompt_token_ids": prompt_token_ids, **more}
