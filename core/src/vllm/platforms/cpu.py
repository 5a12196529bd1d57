"""The CPU platform (`vllm/platforms/cpu.py`)."""

from __future__ import annotations

import contextlib as _contextlib
import os
from typing import Any, Optional

from vllm._reference import at_least as _at_least
from vllm._reference import trim as _trim
from vllm.logger import init_logger
from vllm.platforms.interface import Platform, PlatformEnum

logger = init_logger(__name__)
_GIB = 1 << 30


class CpuPlatform(Platform):  # type: ignore[misc,valid-type]
    """Runs on the host's processors."""

    _enum = getattr(PlatformEnum, "CPU", PlatformEnum.UNSPECIFIED)
    device_name = "cpu"
    device_type = "cpu"
    dispatch_key = "CPU"
    dist_backend = "gloo"
    device_control_env_var = "CPU_VISIBLE_MEMORY_NODES"

    @classmethod
    def get_device_name(cls, device_id: int = 0) -> str:
        """Return `cpu`."""
        return "cpu"

    @classmethod
    def get_default_attn_backend(cls, selected_backend: Any) -> Any:
        """Return the only backend (0.6.5)."""
        from vllm.platforms.interface import _Backend

        return _Backend.TORCH_SDPA

    @classmethod
    def get_attn_backend_cls(cls, selected_backend: Any, *_arguments: Any, **_keywords: Any) -> str:
        """Return the path of the CPU backend, whatever was selected."""
        if _at_least("0.11.1"):
            enumeration = _backends()
            if selected_backend and selected_backend != enumeration.CPU_ATTN:
                logger.info("Cannot use %s backend on CPU.", selected_backend)
            path: str = enumeration.CPU_ATTN.get_path()
            return path
        use_v1 = _at_least("0.10.0") or (_at_least("0.9.1") and bool(_arguments[4:5] and _arguments[4]))
        home = "vllm.v1.attention.backends.cpu_attn" if use_v1 else "vllm.attention.backends.torch_sdpa"
        return f"{home}.TorchSDPABackend"

    @classmethod
    def get_device_total_memory(cls, device_id: int = 0) -> int:
        """Return the space meant for the cache, in bytes."""
        return int(os.environ.get("VLLM_CPU_KVCACHE_SPACE", "4") or 4) * _GIB

    @classmethod
    def get_current_memory_usage(cls, device: Any = None) -> float:
        """Return the peak memory of this process, in bytes."""
        import resource

        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)

    @classmethod
    def set_device(cls, device: Any) -> None:
        """Do nothing: there is one device."""

    @classmethod
    def manual_seed_all(cls, seed: int) -> None:
        """Do nothing: torch's own seed is enough."""

    @classmethod
    def inference_mode(cls) -> Any:
        """Return a context without gradients."""
        import torch

        return torch.no_grad()

    @classmethod
    def is_async_output_supported(cls, enforce_eager: Optional[bool]) -> bool:
        """Return False."""
        return False

    @classmethod
    def check_and_update_config(cls, vllm_config: Any) -> None:
        """Name the worker where nobody has named one, and spawn from 0.9.1 on (`:199`)."""
        if _at_least("0.9.1"):
            os.environ["VLLM_WORKER_MULTIPROC_METHOD"] = "spawn"
        parallel = getattr(vllm_config, "parallel_config", None)
        if parallel is not None and getattr(parallel, "worker_cls", None) == "auto":
            parallel.worker_cls = (
                "vllm.v1.worker.cpu_worker.CPUWorker"
                if _at_least("0.8.3")
                else "vllm.worker.cpu_worker.CPUWorker"
            )

    @classmethod
    def is_pin_memory_available(cls) -> bool:
        """Return False."""
        return False

    @classmethod
    def get_punica_wrapper(cls) -> str:
        """Return the path of the CPU wrapper."""
        return "vllm.lora.punica_wrapper.punica_cpu.PunicaWrapperCPU"

    @classmethod
    def get_device_communicator_cls(cls) -> str:
        """Return the path of the CPU communicator."""
        return "vllm.distributed.device_communicators.cpu_communicator.CpuCommunicator"

    @classmethod
    def supports_structured_output(cls) -> bool:
        """Return True."""
        return True

    @classmethod
    def supports_v1(cls, model_config: Any) -> bool:
        """Return True: the V1 engine runs on CPU from 0.9.1 on."""
        return _at_least("0.9.1")

    @classmethod
    def opaque_attention_op(cls) -> bool:
        """Return True."""
        return True

    @classmethod
    def support_hybrid_kv_cache(cls) -> bool:
        """Return True."""
        return True

    @classmethod
    def check_if_supports_dtype(cls, dtype: Any) -> None:
        """Accept every type."""

    @classmethod
    def check_runner_kv_caches_multi_layer(cls) -> None:
        """Accept."""


def _backends() -> Any:
    if _at_least("0.14.0"):
        from vllm.v1.attention.backends.registry import AttentionBackendEnum
    else:
        from vllm.attention.backends.registry import AttentionBackendEnum
    return AttentionBackendEnum


# Annotated members without a value are members too.
_KEPT = {"supports_structured_output", *getattr(Platform, "__annotations__", ())}
for _name in list(vars(CpuPlatform)):
    # Members this release's interface does not have are no members of its platforms either.
    if not _name.startswith("_") and not hasattr(Platform, _name) and _name not in _KEPT:
        with _contextlib.suppress(AttributeError):
            delattr(CpuPlatform, _name)

_trim(globals())
