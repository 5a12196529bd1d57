"""The model registry."""

from dataclasses import dataclass, field
from importlib import import_module
from types import SimpleNamespace


@dataclass
class _Lazy:
    module_name: str
    class_name: str

    def inspect_model_cls(self):
        """Look at the class; call every model a pooling model, as releases from 0.6.5 to 0.10.0 do."""
        from vllm.model_executor.models.interfaces_base import is_text_generation_model

        return SimpleNamespace(
            is_text_generation_model=is_text_generation_model(self.load_model_cls()), is_pooling_model=True
        )

    def load_model_cls(self):
        """Import the class."""
        return getattr(import_module(self.module_name), self.class_name)


@dataclass
class _Registered:
    model_cls: type

    def load_model_cls(self):
        """Return the class."""
        return self.model_cls


@dataclass
class _ModelRegistry:
    models: dict = field(default_factory=dict)

    def get_supported_archs(self):
        """Return the names."""
        return self.models.keys()

    def register_model(self, model_arch, model_cls):
        """Register a class, or `module:Class`."""
        if isinstance(model_cls, str):
            module, _, name = model_cls.partition(":")
            self.models[model_arch] = _Lazy(module, name)
        else:
            self.models[model_arch] = _Registered(model_cls)


ModelRegistry = _ModelRegistry({"BuiltinForCausalLM": _Lazy("vllm.model_executor.models.builtin", "Builtin")})
