"""Configuration of an engine (`vllm/config.py`, from 0.10.1 the package `vllm.config`)."""

from __future__ import annotations

import copy
import enum
from contextlib import contextmanager
from typing import Any, Dict, Iterator, Optional

from vllm._reference import at_least, trim
from vllm._reference.engine.config_class import config_class
from vllm._reference.engine.model_config import ModelConfigBase
from vllm._reference.engine.tables import table
from vllm.logger import init_logger

logger = init_logger(__name__)


class ModelImpl(str, enum.Enum):
    """Which implementation of a model to use."""

    AUTO = "auto"
    VLLM = "vllm"
    TRANSFORMERS = "transformers"


class LoadFormat(str, enum.Enum):
    """Where weights come from; the small engine has "dummy" alone and treats the others like it."""

    AUTO = "auto"
    DUMMY = "dummy"
    SAFETENSORS = "safetensors"
    PT = "pt"


class CompilationLevel:
    """How far a model is compiled (0.6.5 to 0.11.0); the small engine compiles nothing."""

    NO_COMPILATION = 0
    DYNAMO_AS_IS = 1
    DYNAMO_ONCE = 2
    PIECEWISE = 3


class CompilationMode(enum.IntEnum):
    """How a model is compiled (0.11.1); the small engine compiles nothing."""

    NONE = 0
    STOCK_TORCH_COMPILE = 1
    DYNAMO_TRACE_ONCE = 2
    VLLM_COMPILE = 3


class CUDAGraphMode(enum.Enum):
    """What is captured in CUDA graphs (0.10.1); the small engine captures nothing."""

    NONE = 0
    PIECEWISE = 1
    FULL = 2
    FULL_DECODE_ONLY = (2, 0)
    FULL_AND_PIECEWISE = (2, 1)


class _DeviceConfigBase:
    """Device the engine runs on."""

    def __post_init__(self) -> None:
        """Take the platform's device type; `device` "auto" means that too."""
        from vllm.platforms import current_platform

        named = getattr(self, "device", None)
        self.device_type = (
            str(named)
            if named not in (None, "auto")
            else (getattr(current_platform, "device_type", "") or "cpu")
        )
        self.device = self.device_type


class _CompilationConfigBase:
    """Configuration of compilation: read, never acted upon."""

    def __post_init__(self) -> None:
        """Give the dictionaries that layers register themselves in."""
        self.static_forward_context: Dict[str, Any] = {}
        self.enabled_custom_ops: Any = None
        self.disabled_custom_ops: Any = None
        if not isinstance(getattr(self, "custom_ops", None), list):
            self.custom_ops = []


class _ParallelConfigBase:
    """Configuration of parallel execution: one rank."""

    def __post_init__(self) -> None:
        """Compute the number of ranks."""
        self.world_size = (self.pipeline_parallel_size or 1) * (self.tensor_parallel_size or 1)
        self.rank = getattr(self, "rank", 0) or 0
        self.world_size_across_dp = self.world_size

    @property
    def use_ray(self) -> bool:
        """Never."""
        return False


class _LoRAConfigBase:
    """Configuration of LoRA adapters: read, never acted upon."""


ModelConfig = config_class("ModelConfig", globals(), ModelConfigBase)
CacheConfig = config_class("CacheConfig", globals())
ParallelConfig = config_class("ParallelConfig", globals(), _ParallelConfigBase)
SchedulerConfig = config_class("SchedulerConfig", globals())
DeviceConfig = config_class("DeviceConfig", globals(), _DeviceConfigBase)
LoadConfig = config_class("LoadConfig", globals())
LoRAConfig = config_class("LoRAConfig", globals(), _LoRAConfigBase)
SpeculativeConfig = config_class("SpeculativeConfig", globals())
DecodingConfig = config_class("DecodingConfig", globals())
ObservabilityConfig = config_class("ObservabilityConfig", globals())
PromptAdapterConfig = config_class("PromptAdapterConfig", globals())
MultiModalConfig = config_class("MultiModalConfig", globals())
PoolerConfig = config_class("PoolerConfig", globals())
PassConfig = config_class("PassConfig", globals())
CompilationConfig = config_class("CompilationConfig", globals(), _CompilationConfigBase)
KVTransferConfig = config_class("KVTransferConfig", globals())
KVEventsConfig = config_class("KVEventsConfig", globals())
StructuredOutputsConfig = config_class("StructuredOutputsConfig", globals())
AttentionConfig = config_class("AttentionConfig", globals())
KernelConfig = config_class("KernelConfig", globals())
ProfilerConfig = config_class("ProfilerConfig", globals())
ECTransferConfig = config_class("ECTransferConfig", globals())
EPLBConfig = config_class("EPLBConfig", globals())
WeightTransferConfig = config_class("WeightTransferConfig", globals())
OffloadConfig = config_class("OffloadConfig", globals())
SpeechToTextConfig = config_class("SpeechToTextConfig", globals())


class _VllmConfigBase:
    """All configurations of one engine."""

    def __post_init__(self) -> None:
        """Fill what is missing and let the platform check and update (0.6.5)."""
        if getattr(self, "compilation_config", None) is None and at_least("0.6.5"):
            self.compilation_config = CompilationConfig()
        if self.model_config is not None and self.parallel_config is not None:
            self.model_config.verify_async_output_proc(self.parallel_config, None, self.device_config)
            self.model_config.verify_with_parallel_config(self.parallel_config)
        if at_least("0.6.5"):
            from vllm.platforms import current_platform

            current_platform.check_and_update_config(self)

    def with_hf_config(self, hf_config: Any, architectures: Optional[Any] = None) -> Any:
        """Return a copy for a part of the model that has a description of its own."""
        model_config = copy.copy(self.model_config)
        if architectures is not None:
            hf_config = copy.copy(hf_config)
            hf_config.architectures = architectures
        model_config.hf_config = hf_config
        model_config.hf_text_config = hf_config.get_text_config()
        changed = copy.copy(self)
        changed.model_config = model_config
        return changed

    def compute_hash(self) -> str:
        """Hash of what would change a compiled graph; nothing is compiled here."""
        return "0" * 10


VllmConfig = config_class("VllmConfig" if at_least("0.6.4") else "EngineConfig", globals(), _VllmConfigBase)
_AllConfigs = EngineConfig = VllmConfig

_current: Optional[Any] = None
_prefix: str = ""


@contextmanager
def set_current_vllm_config(
    vllm_config: Any, check_compile: bool = False, prefix: Optional[str] = None
) -> Iterator[None]:
    """Make `vllm_config` the current one while a model is built (0.6.5)."""
    global _current
    previous = _current
    _current = vllm_config
    try:
        yield
    finally:
        _current = previous


def get_current_vllm_config() -> Any:
    """Return the current configuration.

    A default one, with a warning, where none is set (AssertionError from 0.14.0).
    """
    if _current is None:
        if at_least("0.14.0"):
            raise AssertionError(
                "Current vLLM config is not set. This typically means get_current_vllm_config() was "
                "called outside of "
                "a set_current_vllm_config() context."
            )
        logger.warning("Current vLLM config is not set.")
        return _AllConfigs()
    return _current


def get_current_vllm_config_or_none() -> Any:
    """Return the current configuration, or None."""
    return _current


def get_layers_from_vllm_config(
    vllm_config: Any, layer_type: Any, layer_names: Optional[Any] = None
) -> Dict[str, Any]:
    """Return the layers of a type that registered themselves while the model was built."""
    layers = vllm_config.compilation_config.static_forward_context
    chosen = layers.keys() if layer_names is None else layer_names
    return {name: layers[name] for name in chosen if name in layers and isinstance(layers[name], layer_type)}


for _name in [name for name in list(globals()) if name.endswith("Config") and not name.startswith("_")]:
    if _name not in table("configs"):
        del globals()[_name]
trim(globals())
