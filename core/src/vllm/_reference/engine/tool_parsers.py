"""Tool parsers and their registry."""

from __future__ import annotations

from typing import Any, ClassVar, Dict

from vllm._reference.engine.parser_registry import ParserRegistry


class ToolParser:
    """Finds tool calls in an answer."""

    def __init__(self, tokenizer: Any = None, *_: Any) -> None:
        self.model_tokenizer = tokenizer

    def adjust_request(self, request: Any) -> Any:
        """Return the request."""
        return request

    def extract_tool_calls(self, model_output: str, request: Any) -> Any:
        """Find the calls."""
        raise NotImplementedError


class ToolParserManager(ParserRegistry):
    """Tool parsers by name."""

    kind = "tool helper"
    tool_parsers: ClassVar[Dict[str, Any]] = {}
    parsers = tool_parsers
    get_tool_parser = ParserRegistry.get
