"""Interfaces of attention (`vllm/attention/backends/abstract.py`; 0.14.0: `vllm/v1/attention/backend.py`)."""

from __future__ import annotations

import enum as _enum
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Dict, Generic, Protocol, TypeVar

from vllm._reference import at_least as _at_least
from vllm._reference import define_class as _define_class
from vllm._reference import trim as _trim

T = TypeVar("T")
M = TypeVar("M")

if _at_least("0.18.0"):

    class AttentionType(str, _enum.Enum):
        """What attends to what."""

        DECODER = "decoder"
        ENCODER = "encoder"
        ENCODER_ONLY = "encoder_only"
        ENCODER_DECODER = "encoder_decoder"

else:

    class AttentionType:  # type: ignore[no-redef]
        """What attends to what."""

        DECODER = "decoder"
        ENCODER = "encoder"
        ENCODER_ONLY = "encoder_only"
        ENCODER_DECODER = "encoder_decoder"


@dataclass(frozen=True)
class MultipleOf:
    """Block sizes that are multiples of `base`."""

    base: int


def _supports_listed(listed: Any, value: Any) -> bool:
    return not listed or value in listed


def _supports_kv_cache_dtype(cls: Any, kv_cache_dtype: Any) -> bool:
    return kv_cache_dtype is None or _supports_listed(cls.supported_kv_cache_dtypes, kv_cache_dtype)


def _supports_block_size(cls: Any, block_size: Any) -> bool:
    sizes = cls.get_supported_kernel_block_sizes() if _at_least("0.12.0") else []
    if block_size is None or not sizes:
        return True
    return any(block_size % (size.base if isinstance(size, MultipleOf) else size) == 0 for size in sizes)


def _get_preferred_block_size(cls: Any, default_block_size: int) -> int:
    sizes = cls.get_supported_kernel_block_sizes()
    if not sizes or cls.supports_block_size(default_block_size):
        return default_block_size
    return min(size.base if isinstance(size, MultipleOf) else size for size in sizes)


_BODIES: Dict[str, Any] = {
    "get_preferred_block_size": _get_preferred_block_size,
    "supports_attn_type": lambda _cls, attn_type: attn_type == AttentionType.DECODER,
    "supports_block_size": _supports_block_size,
    "supports_head_size": lambda cls, size: _supports_listed(cls.get_supported_head_sizes(), size),
    "supports_kv_cache_dtype": _supports_kv_cache_dtype,
}

AttentionBackend = _define_class("AttentionBackend", globals(), _BODIES, bases=(ABC,))


@dataclass
class AttentionMetadata:
    """What a forward pass tells its attention layers; releases and backends add to it."""


class AttentionState(ABC, Generic[T]):
    """State that a backend keeps across captured graphs."""


class AttentionMetadataBuilder(ABC, Generic[M]):
    """Builds the metadata of a batch."""


class AttentionLayer(Protocol):
    """What an implementation reads of its layer."""

    _k_scale: Any
    _v_scale: Any

    def forward(self, query: Any, key: Any, value: Any, kv_cache: Any, attn_metadata: Any) -> Any:
        """Attend."""


class AttentionImplBase(ABC, Generic[T]):
    """Base of implementations since 0.17.0."""


class AttentionImpl(AttentionImplBase[T], Generic[T]):
    """The computation of a backend."""

    @abstractmethod
    def forward(self, *arguments: Any, **keywords: Any) -> Any:
        """Attend."""
        raise NotImplementedError


class MLAAttentionImpl(AttentionImplBase[T], Generic[T]):
    """The computation of a backend for multi-head latent attention."""


class AttentionCGSupport(_enum.Enum):
    """How far a backend can be captured in a graph."""

    ALWAYS = 3
    UNIFORM_BATCH = 2
    UNIFORM_SINGLE_TOKEN_DECODE = 1
    NEVER = 0


def is_quantized_kv_cache(kv_cache_dtype: str) -> bool:
    """Tell whether the type is a quantized one."""
    return kv_cache_dtype != "auto" and kv_cache_dtype.startswith("fp8")


if _at_least("0.14.0"):
    from vllm._reference.engine import attention_metadata as _metadata

    AttentionCGSupport = _metadata.AttentionCGSupport  # type: ignore[misc,assignment]
    AttentionCGSupport.__module__ = __name__
    AttentionMetadataBuilder = _metadata.metadata_builder(globals())  # type: ignore[misc]
    CommonAttentionMetadata = _metadata.common_metadata(globals())

_trim(globals())
