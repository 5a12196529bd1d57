"""The model registry of 0.6.3 and later (`vllm/model_executor/models/registry.py`).

Before 0.6.3 the registry is a class of static methods in `vllm.model_executor.models`.
"""

from __future__ import annotations

import functools
import importlib
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Dict, List

from vllm._reference import at_least, trim, value
from vllm._reference.engine import queries
from vllm._reference.engine.callables import is_module_class
from vllm._reference.engine.model_info import model_info
from vllm._reference.engine.tables import table
from vllm._reference.engine.unsupported import raise_for_unsupported
from vllm.logger import init_logger

logger = init_logger("vllm.model_executor.models.registry")

_SUBPROCESS_COMMAND = [sys.executable, "-m", "vllm.model_executor.models.registry"]
_VLLM_MODELS = {arch: tuple(place) for arch, place in table("architectures")["models"].items()}
_PREVIOUSLY_SUPPORTED_MODELS = table("architectures").get("previous", {})
_OOT_SUPPORTED_MODELS = table("architectures").get("plugin", {})


def __getattr__(name: str) -> Any:
    if name != "_ModelInfo":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = made = model_info()
    return made


def _info_class() -> Any:
    """Return `_ModelInfo` as this module has it: a plugin may have put another there."""
    return globals().get("_ModelInfo") or __getattr__("_ModelInfo")


class _BaseRegisteredModel(ABC):
    @abstractmethod
    def inspect_model_cls(self) -> Any:
        raise NotImplementedError

    @abstractmethod
    def load_model_cls(self) -> Any:
        raise NotImplementedError


@dataclass(frozen=True)
class _RegisteredModel(_BaseRegisteredModel):
    """A model that was imported in this process."""

    interfaces: Any
    model_cls: Any

    @staticmethod
    def from_model_cls(model_cls: Any) -> _RegisteredModel:
        return _RegisteredModel(interfaces=_info_class().from_model_cls(model_cls), model_cls=model_cls)

    def inspect_model_cls(self) -> Any:
        return self.interfaces

    def load_model_cls(self) -> Any:
        return self.model_cls


@dataclass(frozen=True)
class _LazyRegisteredModel(_BaseRegisteredModel):
    """A model that has not been imported in this process."""

    module_name: str
    class_name: str

    def inspect_model_cls(self) -> Any:
        from vllm._reference.engine import inspection  # only here, to keep registering cheap

        module_hash = None
        if inspection.uses_cache():
            path = inspection.hashed_file(self.module_name, Path(__file__).parent)
            if path is not None:
                module_hash = inspection.content_hash(path)
                cached = inspection.load_cached(self.module_name, self.class_name, module_hash)
                if cached is not None:
                    return cached
        info = _run_in_subprocess(functools.partial(_inspect, self.module_name, self.class_name))
        if module_hash is not None:
            inspection.save_cached(info, self.module_name, self.class_name, module_hash)
        return info

    def load_model_cls(self) -> Any:
        return getattr(importlib.import_module(self.module_name), self.class_name)


def _inspect(module_name: str, class_name: str) -> Any:
    return _info_class().from_model_cls(_LazyRegisteredModel(module_name, class_name).load_model_cls())


@lru_cache(maxsize=128)
def _try_load_model_cls(model_arch: str, model: _BaseRegisteredModel) -> Any:
    if at_least("0.7.0"):
        from vllm.platforms import current_platform

        current_platform.verify_model_arch(model_arch)
    try:
        return model.load_model_cls()
    except Exception:
        logger.exception("Error in loading model architecture '%s'", model_arch)
        return None


@lru_cache(maxsize=128)
def _try_inspect_model_cls(model_arch: str, model: _BaseRegisteredModel) -> Any:
    try:
        return model.inspect_model_cls()
    except Exception:
        logger.exception("Error in inspecting model architecture '%s'", model_arch)
        return None


@dataclass
class _ModelRegistry(queries.Queries):
    models: Dict[str, Any] = field(default_factory=dict)

    def get_supported_archs(self) -> Any:
        if value("get_supported_archs") == "list":
            return list(self.models.keys())
        return self.models.keys()

    def register_model(self, model_arch: str, model_cls: Any) -> None:
        """Register an out-of-tree model: a class, or "<module>:<class>" to be imported when needed."""
        checks_types = at_least("0.8.0")
        if checks_types and not isinstance(model_arch, str):
            raise TypeError(f"`model_arch` should be a string, not a {type(model_arch)}")
        if model_arch in self.models:
            log = logger.debug if at_least("0.23.0") else logger.warning
            log(
                "Model architecture %s is already registered, and will be overwritten by the new "
                "model class %s.",
                model_arch,
                model_cls,
            )
        if isinstance(model_cls, str):
            parts = model_cls.split(":")
            if len(parts) != 2:
                raise ValueError("Expected a string in the format `<module>:<class>`")
            model: _BaseRegisteredModel = _LazyRegisteredModel(*parts)
        elif not checks_types or is_module_class(model_cls):
            model = _RegisteredModel.from_model_cls(model_cls)
        else:
            named = model_cls if at_least("0.27.0") else model_arch
            raise TypeError(f"`model_cls` should be a string or PyTorch model class, not a {type(named)}")
        self.models[model_arch] = model

    def _raise_for_unsupported(self, architectures: List[str]) -> None:
        raise_for_unsupported(architectures, self.get_supported_archs())

    def _try_load_model_cls(self, model_arch: str) -> Any:
        if model_arch not in self.models:
            return None
        return _try_load_model_cls(model_arch, self.models[model_arch])

    def _try_inspect_model_cls(self, model_arch: str) -> Any:
        if model_arch not in self.models:
            return None
        return _try_inspect_model_cls(model_arch, self.models[model_arch])


queries.keep_only_this_release(_ModelRegistry)


def _resolve_module_name(mod_relname: str) -> str:
    return mod_relname if mod_relname.startswith("vllm.") else f"vllm.model_executor.models.{mod_relname}"


ModelRegistry = _ModelRegistry(
    {
        arch: _LazyRegisteredModel(module_name=_resolve_module_name(module), class_name=name)
        for arch, (module, name) in _VLLM_MODELS.items()
    }
)


def _run_in_subprocess(fn: Callable[[], Any]) -> Any:
    from vllm._reference.engine import inspection

    return inspection.run_in_subprocess(fn, _SUBPROCESS_COMMAND)


def _run() -> None:
    from vllm._reference.engine import inspection

    inspection.serve_subprocess()


trim(globals())

if __name__ == "__main__":
    _run()
