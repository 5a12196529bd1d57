"""The attention selector."""

from importlib import import_module
from typing import NamedTuple


class AttentionSelectorConfig(NamedTuple):
    """What the backend depends on."""

    head_size: int
    dtype: object
    kv_cache_dtype: str
    block_size: int
    use_mla: bool = False


def get_attn_backend(head_size, dtype, kv_cache_dtype, use_mla=False, num_heads=None):
    """Ask the platform."""
    from vllm.platforms import current_platform

    config = AttentionSelectorConfig(head_size, dtype, kv_cache_dtype, None, use_mla)
    name = current_platform.get_attn_backend_cls(None, attn_selector_config=config, num_heads=num_heads)
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)
