"""Model loaders, at their home in this release (`vllm/model_executor/model_loader/base_loader.py`)."""

from __future__ import annotations

from vllm._reference import trim
from vllm._reference.engine.loaders import BaseModelLoader

for _class in (BaseModelLoader,):
    _class.__module__ = __name__

trim(globals())
