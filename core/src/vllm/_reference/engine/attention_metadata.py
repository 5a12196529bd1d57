"""What V1's attention backends are told of a batch, and the base of what builds their own form of it.

`vllm/v1/attention/backends/utils.py` up to 0.13.0, `vllm/v1/attention/backend.py` from 0.14.0.
"""

from __future__ import annotations

import enum
from typing import Any, Dict, Generic, TypeVar

from vllm._reference import define_class, has_class
from vllm._reference.data_class import define_data_class

M = TypeVar("M")


class AttentionCGSupport(enum.Enum):
    """For which batches a backend runs in a captured graph (0.10.1)."""

    ALWAYS = 3
    UNIFORM_BATCH = 2
    UNIFORM_SINGLE_TOKEN_DECODE = 1
    NEVER = 0


def _construct(builder: Any, kv_cache_spec: Any, *parts: Any) -> None:
    """Keep what the release hands over: from 0.10.1 with the names of the layers."""
    names = ("layer_names", "vllm_config", "device") if len(parts) > 2 else ("vllm_config", "device")
    builder.kv_cache_spec = kv_cache_spec
    for name, part in zip(names, parts):
        setattr(builder, name, part)


def metadata_builder(module_globals: Dict[str, Any]) -> Any:
    """Make `AttentionMetadataBuilder` in the module that asks; None where the release has none."""
    if not has_class("AttentionMetadataBuilder"):
        return None
    return define_class(
        "AttentionMetadataBuilder",
        module_globals,
        {
            "__init__": _construct,
            "cudagraph_support": AttentionCGSupport.NEVER,
            "_cudagraph_support": AttentionCGSupport.NEVER,
            "get_cudagraph_support": lambda cls, *_: cls._cudagraph_support,
            "build_for_cudagraph_capture": lambda builder, metadata: builder.build(0, metadata),
            "build_for_drafting": lambda builder, metadata, _index: builder.build(
                0, metadata, fast_build=True
            ),
        },
        bases=(Generic[M],),
        doc="Builds a backend's metadata from the batch's.",
    )


def common_metadata(module_globals: Dict[str, Any]) -> Any:
    """Make `CommonAttentionMetadata` in the module that asks; None where the release has none."""
    return define_data_class("CommonAttentionMetadata", module_globals)
