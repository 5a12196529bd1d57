"""Model loaders, at their home in this release (`vllm/model_executor/model_loader/default_loader.py`)."""

from __future__ import annotations

from vllm._reference import trim
from vllm._reference.engine.loaders import DefaultModelLoader

for _class in (DefaultModelLoader,):
    _class.__module__ = __name__

trim(globals())
