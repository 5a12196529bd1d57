"""Forms of a prompt."""

from __future__ import annotations

from typing import Any, List, TypedDict


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
