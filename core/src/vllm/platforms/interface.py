"""The platform interface (`vllm/platforms/interface.py`): its members and signatures are this release's.

The bodies here are those that do something; what they do is the same in every release that has them, unless a
dimension of the history says otherwise.
"""

from __future__ import annotations

import enum
import functools as _functools
import importlib as _importlib
import importlib.util as _importlib_util
import os
import platform
import random
from typing import Any, Dict, List, NamedTuple, Optional

from vllm._reference import at_least as _at_least
from vllm._reference import define_class as _define_class
from vllm._reference import define_enum as _define_enum
from vllm._reference import trim as _trim
from vllm._reference import value as _value
from vllm.logger import init_logger

if _at_least("0.14.0"):
    from vllm.v1.attention.backends.registry import AttentionBackendEnum
elif _at_least("0.11.1"):
    from vllm.attention.backends.registry import AttentionBackendEnum

logger = init_logger(__name__)
_log = logger

PlatformEnum = _define_enum("PlatformEnum", globals())
CpuArchEnum = _define_enum("CpuArchEnum", globals())
_Arch = CpuArchEnum
if _at_least("0.6.5"):
    _Backend = _define_enum("_Backend", globals())
_VIT_BACKENDS = globals().get("AttentionBackendEnum") or globals().get("_Backend")
_assigned_physical_gpu_ids: Optional[List[int]] = None


def in_wsl() -> bool:
    """Tell whether this is Linux inside Windows."""
    return "microsoft" in " ".join(platform.uname()).lower()


_in_wsl = in_wsl


def set_assigned_physical_gpu_ids(ids: List[int]) -> None:
    """Fix the physical devices of this worker; RuntimeError when others were fixed before."""
    global _assigned_physical_gpu_ids
    if _assigned_physical_gpu_ids is not None and _assigned_physical_gpu_ids != ids:
        raise RuntimeError(
            "set_assigned_physical_gpu_ids called with conflicting values: "
            f"existing={_assigned_physical_gpu_ids}, new={ids}"
        )
    _assigned_physical_gpu_ids = ids


def get_assigned_physical_gpu_ids() -> Optional[List[int]]:
    """Return the fixed devices."""
    return _assigned_physical_gpu_ids


class DeviceCapability(NamedTuple):
    """Compute capability, for example 9.0."""

    major: int
    minor: int

    def as_version_str(self) -> str:
        """Return `major.minor`."""
        return f"{self.major}.{self.minor}"

    def to_int(self) -> int:
        """Return `major * 10 + minor`."""
        if not 0 <= self.minor < 10:
            raise AssertionError
        return self.major * 10 + self.minor


def _compare(compare: Any, cls: Any, capability: Any, device_id: int) -> bool:
    current = cls.get_device_capability(device_id=device_id)
    if current is None:
        return False
    if isinstance(capability, tuple):
        return bool(compare(tuple(current), tuple(capability)))
    return bool(compare(current.to_int(), capability))


def _has_device_capability(cls: Any, capability: Any, device_id: int = 0) -> bool:
    return _compare(lambda current, wanted: current >= wanted, cls, capability, device_id)


def _is_device_capability(cls: Any, capability: Any, device_id: int = 0) -> bool:
    return _compare(lambda current, wanted: current == wanted, cls, capability, device_id)


def _is_device_capability_family(cls: Any, capability: int, device_id: int = 0) -> bool:
    current = cls.get_device_capability(device_id=device_id)
    return current is not None and current.to_int() // 10 == capability // 10


def _seed_everything(_cls: Any, seed: Optional[int] = None) -> None:
    if seed is None and _at_least("0.7.3"):
        return
    random.seed(seed)
    _importlib.import_module("torch").manual_seed(seed)


def _set_cuda_device(_cls: Any, device: Any) -> None:
    _importlib.import_module("torch").cuda.set_device(device)


def _verify_quantization(cls: Any, quant: str) -> None:
    if cls.supported_quantization and quant not in cls.supported_quantization:
        raise ValueError(f"{quant} quantization is currently not supported in {cls.device_name}.")


def _get_cpu_architecture(_cls: Any) -> Any:
    machine = platform.machine().lower()
    if machine in ("x86_64", "amd64", "i386", "i686"):
        return _Arch.X86
    for prefixes, name in (
        (("arm", "aarch"), "ARM"),
        (("ppc",), "POWERPC"),
        (("s390x",), "S390X"),
        (("riscv",), "RISCV"),
    ):
        if machine.startswith(prefixes) and hasattr(_Arch, name):
            return getattr(_Arch, name)
    return _Arch.OTHER if machine else _Arch.UNKNOWN


def _is_pin_memory_available(_cls: Any) -> bool:
    if _in_wsl():
        _log.warning("Using 'pin_memory=False' as WSL is detected. This may slow down the performance.")
        return False
    return True


def _physical_device(cls: Any, device_id: int) -> Any:
    if _assigned_physical_gpu_ids is not None:
        return _assigned_physical_gpu_ids[device_id]
    visible = os.environ.get(cls.device_control_env_var, "")
    if not visible:
        return device_id
    entry = visible.split(",")[device_id]
    return cls.device_control_id_to_physical_device_id(entry) if _at_least("0.24.0") else int(entry)


def _physical_device_of_entry(cls: Any, device_id: str) -> int:
    try:
        return int(device_id)
    except ValueError as error:
        raise ValueError(
            f"Non-integer device ID {device_id!r} is not supported by {cls.device_name}."
        ) from error


def _visible_device_of_logical(cls: Any, device_id: int) -> Any:
    physical = cls.device_id_to_physical_device_id(device_id)
    entries = os.environ.get(cls.device_control_env_var, "")
    if not entries:
        return physical
    visible = [cls.device_control_id_to_physical_device_id(entry) for entry in entries.split(",")]
    if physical not in visible:
        raise RuntimeError(
            f"Physical device {physical} for logical device {device_id} is not visible in "
            f"{cls.device_control_env_var}={entries}"
        )
    return visible.index(physical)


def _physical_device_of_visible(cls: Any, device_id: int) -> Any:
    entries = os.environ.get(cls.device_control_env_var, "")
    if not entries:
        return device_id
    visible = entries.split(",")
    if device_id >= len(visible):
        raise IndexError(
            f"visible device ordinal {device_id} is out of range for {cls.device_control_env_var}={entries}"
        )
    return cls.device_control_id_to_physical_device_id(visible[device_id])


def _get_supported_vit_attn_backends(_cls: Any) -> List[Any]:
    return [_VIT_BACKENDS.TORCH_SDPA]


def _get_vit_attn_backend(cls: Any, *_arguments: Any) -> Any:
    backend = _arguments[2] if len(_arguments) > 2 else None
    if backend is not None and backend not in cls.get_supported_vit_attn_backends():
        raise AssertionError(
            f"Backend {backend} is not supported for vit attention"
            f"Supported backends are: {cls.get_supported_vit_attn_backends()}"
        )
    return backend or _VIT_BACKENDS.TORCH_SDPA


def _get_global_graph_pool(self: Any) -> Any:
    cls = self.__class__
    if cls._global_graph_pool is None:
        cls._global_graph_pool = self.graph_pool_handle()
    return cls._global_graph_pool


def _make_synced_weight_loader(_cls: Any, original_weight_loader: Any) -> Any:
    return original_weight_loader


def _validate_environ(_cls: Any, hard_fail: bool) -> None:
    from vllm import envs

    for name in os.environ:
        if name.startswith("VLLM_") and name not in envs.environment_variables:
            if hard_fail:
                raise ValueError(f"Unknown vLLM environment variable detected: {name}")
            _log.warning("Unknown vLLM environment variable detected: %s", name)


@_functools.cache
def _torch() -> Any:
    """Return torch, None where it is not installed."""
    return _importlib.import_module("torch") if _importlib_util.find_spec("torch") else None


def _getattr(self: Any, key: str) -> Any:
    """Answer unknown attributes by this release's rule, so that hasattr is always true (P7)."""
    rule = _value("platform_getattr_fallback")
    if rule == "torch-device_type-no-dunder" and key.startswith("__") and key.endswith("__"):
        raise AttributeError(key)
    device_name = self.device_name if rule == "torch-device_name" else self.device_type
    device = getattr(_torch(), device_name, None)
    if device is not None and getattr(device, key, None) is not None:
        return getattr(device, key)
    warn = _log.warning_once if _at_least("0.11.1") else _log.warning
    warn("Current platform %s does not have '%s' attribute.", device_name, key)
    return None


def _nothing(*_arguments: Any) -> None:
    """Stand in for bodies that prepare things this engine does not have."""


def _no(*_arguments: Any) -> bool:
    return False


def _yes(*_arguments: Any) -> bool:
    return True


_BODIES: Dict[str, Any] = {
    "__getattr__": _getattr,
    "_align_heterogeneous_kv_block_size": _nothing,
    "_align_hybrid_block_size": _nothing,
    "_check_aligned_block_size": _nothing,
    "_find_non_ssm_backend": _nothing,
    "_find_non_ssm_backends": lambda *_arguments: [],
    "device_control_id_to_physical_device_id": _physical_device_of_entry,
    "device_id_to_physical_device_id": _physical_device,
    "get_cpu_architecture": _get_cpu_architecture,
    "get_global_graph_pool": _get_global_graph_pool,
    "get_supported_vit_attn_backends": _get_supported_vit_attn_backends,
    "get_vit_attn_backend": _get_vit_attn_backend,
    "has_device_capability": _has_device_capability,
    "import_ir_kernels": _nothing,
    "import_kernels": _nothing,
    "is_cumem_allocator_available": _no,
    "is_device_capability": _is_device_capability,
    "is_device_capability_family": _is_device_capability_family,
    "is_pin_memory_available": _is_pin_memory_available,
    "logical_device_id_to_visible_device_id": _visible_device_of_logical,
    "make_synced_weight_loader": _make_synced_weight_loader,
    "seed_everything": _seed_everything,
    "update_block_size_for_backend": _nothing,
    "use_all_gather": _yes,
    "validate_environ": _validate_environ,
    "verify_quantization": _verify_quantization,
    "visible_device_id_to_physical_device_id": _physical_device_of_visible,
}
if _value("set_device") == "base":
    _BODIES["set_device"] = _set_cuda_device

Platform = _define_class("Platform", globals(), _BODIES)


class UnspecifiedPlatform(Platform):  # type: ignore[misc,valid-type]
    """What is left when no platform is found."""

    _enum = PlatformEnum.UNSPECIFIED
    if _at_least("0.6.5"):
        device_type = ""


_trim(globals())
