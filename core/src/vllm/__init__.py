"""vLLM, as far as plugins can see it: the reference engine of one release."""

from __future__ import annotations

import importlib as _importlib
from typing import Any as _Any

from vllm import _reference, envs, logger, version

__version__ = version.__version__
# Which of the two a release has differs, in both modules alike.
__version_tuple__ = vars(version)["__version_tuple__"]
__commit__ = vars(version)["__commit__"]

_CANDIDATES = {
    "AsyncEngineArgs": ("vllm.engine.arg_utils",),
    "AsyncLLMEngine": ("vllm.engine.async_llm_engine",),
    "ClassificationOutput": ("vllm.outputs",),
    "ClassificationRequestOutput": ("vllm.outputs",),
    "CompletionOutput": ("vllm.outputs",),
    "EmbeddingOutput": ("vllm.outputs",),
    "EmbeddingRequestOutput": ("vllm.outputs",),
    "EngineArgs": ("vllm.engine.arg_utils",),
    "LLM": ("vllm.entrypoints.llm",),
    "LLMEngine": ("vllm.engine.llm_engine",),
    "ModelRegistry": ("vllm.model_executor.models",),
    "PoolingOutput": ("vllm.outputs",),
    "PoolingParams": ("vllm.pooling_params",),
    "PoolingRequestOutput": ("vllm.outputs",),
    "PromptInputs": ("vllm.inputs",),
    "PromptType": ("vllm.inputs",),
    "RequestOutput": ("vllm.outputs",),
    "SamplingParams": ("vllm.sampling_params",),
    "ScoringOutput": ("vllm.outputs",),
    "ScoringRequestOutput": ("vllm.outputs",),
    "TextPrompt": ("vllm.inputs",),
    "TokensPrompt": ("vllm.inputs",),
    "initialize_ray_cluster": ("vllm.v1.executor.ray_utils", "vllm.executor.ray_utils"),
}
"""Public names and the modules that define them, imported when they are asked for."""

_ABSENT = frozenset(_reference.FACTS["removed_names"].get("vllm", ()))

__all__ = [  # noqa: PLE0604 (all are strings)
    "__commit__",
    "__version__",
    "__version_tuple__",
    *(name for name in _CANDIDATES if name not in _ABSENT),
]


def __getattr__(name: str) -> _Any:
    if name in _ABSENT or name not in _CANDIDATES:
        raise AttributeError(f"module 'vllm' has no attribute {name!r}")
    for module in _CANDIDATES[name]:
        if not _reference.real_module(module):
            continue
        return getattr(_importlib.import_module(module), name)
    raise AttributeError(f"module 'vllm' has no attribute {name!r}")


_reference.trim(globals())
