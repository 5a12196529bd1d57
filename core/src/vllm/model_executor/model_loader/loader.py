"""Model loaders, at their home in this release (`vllm/model_executor/model_loader/loader.py`)."""

from __future__ import annotations

from vllm._reference import trim
from vllm._reference.engine.loaders import BaseModelLoader, DefaultModelLoader, DummyModelLoader

for _class in (
    BaseModelLoader,
    DefaultModelLoader,
    DummyModelLoader,
):
    _class.__module__ = __name__

trim(globals())
