"""vLLM, as far as plugins can see it: the reference engine of one release."""

from __future__ import annotations

from vllm._version import __version__, version

__all__ = ["__version__", "version"]
