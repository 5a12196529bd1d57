"""The CUDA platform (`vllm/platforms/cuda.py`), as far as a model on one device needs it.

torch is imported when a device is asked about, never before.
"""

from __future__ import annotations

import importlib as _importlib
from typing import Any, Optional

from vllm._reference import at_least as _at_least
from vllm._reference import trim as _trim
from vllm.platforms import interface as _interface
from vllm.platforms.interface import Platform, PlatformEnum


def _torch() -> Any:
    return _importlib.import_module("torch")


class CudaPlatformBase(Platform):  # type: ignore[misc,valid-type]
    """Runs on NVIDIA devices."""

    _enum = PlatformEnum.CUDA
    device_name = "cuda"
    device_type = "cuda"
    dispatch_key = "CUDA"
    ray_device_key = "GPU"
    dist_backend = "nccl"
    device_control_env_var = "CUDA_VISIBLE_DEVICES"

    @classmethod
    def get_device_capability(cls, device_id: int = 0) -> Any:
        """Ask torch."""
        major, minor = _torch().cuda.get_device_capability(device_id)
        # Before 0.6.2 there is no such class and capabilities are plain tuples.
        return vars(_interface)["DeviceCapability"](major, minor)

    @classmethod
    def get_device_name(cls, device_id: int = 0) -> str:
        """Ask torch."""
        return str(_torch().cuda.get_device_name(device_id))

    @classmethod
    def get_device_total_memory(cls, device_id: int = 0) -> int:
        """Ask torch; bytes."""
        return int(_torch().cuda.get_device_properties(device_id).total_memory)

    @classmethod
    def set_device(cls, device: Any) -> None:
        """Make the device current."""
        _torch().cuda.set_device(device)

    @classmethod
    def manual_seed_all(cls, seed: int) -> None:
        """Seed every device."""
        _torch().cuda.manual_seed_all(seed)

    @classmethod
    def is_async_output_supported(cls, enforce_eager: Optional[bool]) -> bool:
        """Return whether graphs are captured."""
        return not enforce_eager

    @classmethod
    def get_attn_backend_cls(cls, selected_backend: Any, *_arguments: Any, **_keywords: Any) -> str:
        """Return the path of FlashAttention."""
        if _at_least("0.8.0"):
            return "vllm.v1.attention.backends.flash_attn.FlashAttentionBackend"
        return "vllm.attention.backends.flash_attn.FlashAttentionBackend"

    @classmethod
    def supports_v1(cls, model_config: Any) -> bool:
        """Return True."""
        return True

    @classmethod
    def check_if_supports_dtype(cls, dtype: Any) -> None:
        """Accept every type."""


class NvmlCudaPlatform(CudaPlatformBase):
    """The usual one."""


CudaPlatform = NvmlCudaPlatform

_trim(globals())
