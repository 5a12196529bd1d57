"""What V1's attention backends share (`vllm/v1/attention/backends/utils.py`); computes nothing."""

from __future__ import annotations

from vllm._reference import at_least as _at_least
from vllm._reference import trim as _trim
from vllm._reference.engine import attention_metadata as _metadata

PAD_SLOT_ID = -1

if _at_least("0.14.0"):
    from vllm.v1.attention.backend import (
        AttentionCGSupport,
        AttentionMetadataBuilder,
        CommonAttentionMetadata,
    )
else:
    AttentionCGSupport = _metadata.AttentionCGSupport
    AttentionMetadataBuilder = _metadata.metadata_builder(globals())
    CommonAttentionMetadata = _metadata.common_metadata(globals())
    AttentionCGSupport.__module__ = __name__

_trim(globals())
