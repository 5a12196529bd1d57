"""Registering operators with torch, in vLLM's library `vllm` or in the caller's."""

from __future__ import annotations

from typing import Any, Callable

_library: Any = None


def _vllm_library() -> Any:
    global _library
    if _library is None:
        from torch.library import Library

        _library = Library("vllm", "FRAGMENT")
    return _library


def direct_register_custom_op(
    op_name: str,
    op_func: Callable[..., Any],
    mutates_args: Any = None,
    fake_impl: Any = None,
    target_lib: Any = None,
    dispatch_key: Any = None,
    **_tags: Any,
) -> None:
    """Register `torch.ops.vllm.<op_name>`; a name that is taken raises RuntimeError, as torch says."""
    import torch

    schema = torch.library.infer_schema(op_func, mutates_args=mutates_args or [])
    library = target_lib or _vllm_library()
    library.define(op_name + schema)
    library.impl(op_name, op_func, dispatch_key=dispatch_key or _platform_key())
    if fake_impl is not None:
        library._register_fake(op_name, fake_impl)  # noqa: SLF001 (as vLLM does)


def _platform_key() -> str:
    from vllm.platforms import current_platform

    key: str = getattr(current_platform, "dispatch_key", "") or "CUDA"
    return key
