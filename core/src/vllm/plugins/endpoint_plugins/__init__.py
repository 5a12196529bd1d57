"""Endpoint plugins: HTTP routes of plugins (0.26.0)."""

from __future__ import annotations

from vllm._reference import trim
from vllm.plugins.endpoint_plugins.interface import EndpointPlugin

__all__ = ["EndpointPlugin"]

trim(globals())
