"""The interface of IO processors (`vllm/plugins/io_processors/interface.py`, 0.10.2).

From 0.17.0 `parse_request` and `validate_or_generate_params` have new names; until 0.28.0 the base bridges
the old ones.
"""

from __future__ import annotations

import warnings
from typing import Any, Generic, List, Optional, TypeVar

from vllm._reference import define_class, trim, value
from vllm.outputs import PoolingRequestOutput
from vllm.pooling_params import PoolingParams
from vllm.sampling_params import SamplingParams

IOProcessorInput = TypeVar("IOProcessorInput")
IOProcessorOutput = TypeVar("IOProcessorOutput")

_BRIDGES = value("io_processor") in ("renderer-adapter", "renderer-bridge")


def _init(self: Any, vllm_config: Any, renderer: Any = None) -> None:
    del renderer
    self.vllm_config = vllm_config


def _old(self: Any, name: str, message: str) -> Optional[Any]:
    found = getattr(self, name, None) if _BRIDGES else None
    if callable(found):
        warnings.warn(
            message + "Please update your IO Processor Plugin to use the new name. "
            "The old name will be removed in v0.19.",
            DeprecationWarning,
            stacklevel=4,
        )
        return found
    return None


def _parse_data(self: Any, data: Any) -> Any:
    parse = _old(self, "parse_request", "`parse_request` has been renamed to `parse_data`. ")
    if parse is None:
        raise NotImplementedError
    return parse(data)


_SPLIT = (
    "`validate_or_generate_params` has been split into `merge_sampling_params` and `merge_pooling_params`."
)


def _merge_sampling_params(self: Any, params: Any = None) -> Any:
    old = _old(self, "validate_or_generate_params", _SPLIT)
    return old(params) if old is not None else params or SamplingParams()


def _merge_pooling_params(self: Any, params: Any = None) -> Any:
    old = _old(self, "validate_or_generate_params", _SPLIT)
    return old(params) if old is not None else params or PoolingParams(task="plugin")


def _validate_or_generate_params(self: Any, params: Any = None) -> Any:
    del self
    return params or PoolingParams()


async def _pre_process_async(self: Any, prompt: Any, request_id: Any = None, **kwargs: Any) -> Any:
    return self.pre_process(prompt, request_id, **kwargs)


async def _post_process_async(self: Any, model_output: Any, request_id: Any = None, **kwargs: Any) -> Any:
    received: List[Any] = [(index, item) async for index, item in model_output]
    ordered = [item for _, item in sorted(received, key=lambda pair: pair[0])]
    return self.post_process(ordered, request_id=request_id, **kwargs)


IOProcessor = define_class(
    "IOProcessor",
    globals(),
    {
        "__init__": _init,
        "parse_data": _parse_data,
        "merge_sampling_params": _merge_sampling_params,
        "merge_pooling_params": _merge_pooling_params,
        "validate_or_generate_params": _validate_or_generate_params,
        "pre_process_async": _pre_process_async,
        "post_process_async": _post_process_async,
    },
    bases=(Generic[IOProcessorInput, IOProcessorOutput],),
    doc="Turns requests into prompts and outputs into answers.",
)

__all__ = ["IOProcessor", "IOProcessorInput", "IOProcessorOutput", "PoolingRequestOutput"]

trim(globals())
