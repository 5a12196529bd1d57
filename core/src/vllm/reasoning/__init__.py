"""Reasoning parsers and their registry (`vllm/reasoning/__init__.py`, 0.8.3)."""

from __future__ import annotations

from typing import Any, ClassVar, Dict

from vllm._reference import trim
from vllm._reference.engine.parser_registry import ParserRegistry


class ReasoningParser:
    """Finds the reasoning in an answer."""

    def __init__(self, tokenizer: Any = None, *_: Any, **__: Any) -> None:
        self.model_tokenizer = tokenizer


class ReasoningParserManager(ParserRegistry):
    """Reasoning parsers by name."""

    kind = "reasoning helper"
    reasoning_parsers: ClassVar[Dict[str, Any]] = {}
    parsers = reasoning_parsers
    get_reasoning_parser = ParserRegistry.get


__all__ = ["ReasoningParser", "ReasoningParserManager"]

trim(globals())
