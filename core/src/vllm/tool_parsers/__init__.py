"""Tool parsers (`vllm/tool_parsers/__init__.py`, 0.13.0)."""

from __future__ import annotations

from vllm._reference import trim
from vllm._reference.engine.tool_parsers import ToolParser, ToolParserManager

__all__ = ["ToolParser", "ToolParserManager"]

trim(globals())
