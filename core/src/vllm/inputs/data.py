"""Prompts, at their home until 0.18.1 (`vllm/inputs/data.py`)."""

from __future__ import annotations

from vllm._reference import trim
from vllm._reference.engine.prompts import PromptType, TextPrompt, TokensPrompt, token_inputs

__all__ = ["PromptType", "TextPrompt", "TokensPrompt", "token_inputs"]

trim(globals())
