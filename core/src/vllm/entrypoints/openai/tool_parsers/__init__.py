"""Tool parsers, at their home until 0.13.0 (`vllm/entrypoints/openai/tool_parsers/__init__.py`)."""

from __future__ import annotations

from vllm._reference import trim
from vllm._reference.engine.tool_parsers import ToolParser, ToolParserManager

__all__ = ["ToolParser", "ToolParserManager"]

trim(globals())
