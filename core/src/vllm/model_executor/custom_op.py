"""Custom operators and layers that platforms may replace (`vllm/model_executor/custom_op.py`).

`CustomOp.register` since 0.6.4, `CustomOp.register_oot` since 0.9.2, `PluggableLayer` since 0.15.0, when
both began to share one registry of replacements. A second registration under a name is an AssertionError in
every release.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

import torch

from vllm._reference import at_least, trim
from vllm.logger import init_logger

logger = init_logger(__name__)

op_registry: Dict[str, Any] = {}
op_registry_oot: Dict[str, Any] = {}


def _replacement(cls: Any) -> Any:
    """Return the out-of-tree class registered for `cls`, or `cls`."""
    return op_registry_oot.get(cls.__name__, cls)


class PluggableLayer(torch.nn.Module):
    """A layer that a platform may replace as a whole (0.15.0)."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make the replacement where one is registered."""
        return super().__new__(_replacement(cls))

    @classmethod
    def register(cls, name: str) -> Callable[[Any], Any]:
        """Decorate: register a layer under `name`."""
        return _register(name)

    @classmethod
    def register_oot(cls, _decorated_layer_cls: Any = None, name: Optional[str] = None) -> Any:
        """Decorate: register a replacement for the layer class `name`."""
        return _register_oot(cls, _decorated_layer_cls, name, "layer")


def _register(name: str) -> Callable[[Any], Any]:
    def decorate(registered: Any) -> Any:
        if name in op_registry:
            raise AssertionError(f"Duplicate op name: {name}")
        registered.name = name
        op_registry[name] = registered
        return registered

    return decorate


def _register_oot(cls: Any, decorated: Any, name: Optional[str], kind: str) -> Any:
    def decorate(replacement: Any) -> Any:
        registered = name if name is not None else cls.__name__
        if registered in op_registry_oot:
            raise AssertionError(f"Duplicate {kind} name: {registered}")
        replacement.name = registered
        op_registry_oot[registered] = replacement
        return replacement

    if decorated is None:
        return decorate
    if isinstance(decorated, type):
        return decorate(decorated)
    raise TypeError("Decorator can only be applied to classes.")


class CustomOp(torch.nn.Module):
    """An operator with one implementation per kind of device."""

    op_registry: Dict[str, Any] = op_registry
    op_registry_oot: Dict[str, Any] = op_registry_oot

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make the replacement where one is registered (0.9.2)."""
        chosen = _replacement(cls) if at_least("0.9.2") else cls
        return super().__new__(chosen)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self._forward_method = self.dispatch_forward()

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Run the implementation chosen at construction."""
        return self._forward_method(*args, **kwargs)

    def forward_native(self, *args: Any, **kwargs: Any) -> Any:
        """Plain torch."""
        raise NotImplementedError

    def forward_cuda(self, *args: Any, **kwargs: Any) -> Any:
        """CUDA."""
        raise NotImplementedError

    def forward_hip(self, *args: Any, **kwargs: Any) -> Any:
        """ROCm: CUDA's."""
        return self.forward_cuda(*args, **kwargs)

    def forward_xpu(self, *args: Any, **kwargs: Any) -> Any:
        """XPU: plain torch."""
        return self.forward_native(*args, **kwargs)

    def forward_cpu(self, *args: Any, **kwargs: Any) -> Any:
        """CPU: CUDA's up to 0.9.2, plain torch later."""
        return self.forward_native(*args, **kwargs)

    def forward_tpu(self, *args: Any, **kwargs: Any) -> Any:
        """TPU: plain torch."""
        return self.forward_native(*args, **kwargs)

    def forward_hpu(self, *args: Any, **kwargs: Any) -> Any:
        """HPU: plain torch."""
        return self.forward_native(*args, **kwargs)

    def forward_neuron(self, *args: Any, **kwargs: Any) -> Any:
        """Neuron: plain torch."""
        return self.forward_native(*args, **kwargs)

    def forward_oot(self, *args: Any, **kwargs: Any) -> Any:
        """Return an out-of-tree platform: plain torch unless overridden (0.7.0)."""
        return self.forward_native(*args, **kwargs)

    def dispatch_forward(self, *args: Any, **kwargs: Any) -> Any:
        """Choose by platform: an out-of-tree one gets `forward_oot`, every other plain torch.

        For there are no kernels.
        """
        from vllm.platforms import current_platform

        if at_least("0.7.0") and current_platform.is_out_of_tree():
            return self.forward_oot
        return self.forward_native

    @classmethod
    def enabled(cls) -> bool:
        """Tell whether the configuration enables the operator."""
        return cls.default_on()

    @staticmethod
    def default_on() -> bool:
        """On, because nothing is compiled."""
        return True

    if at_least("0.17.0"):

        @classmethod
        def register(cls, name: str, dynamic_arg_dims: Any = None) -> Callable[[Any], Any]:
            """Decorate: register an operator under `name`; the dimensions are for compiling."""
            return _register(name)

    else:

        @classmethod
        def register(cls, name: str) -> Callable[[Any], Any]:  # type: ignore[misc]
            """Decorate: register an operator under `name`."""
            return _register(name)

    @classmethod
    def register_oot(cls, _decorated_op_cls: Any = None, name: Optional[str] = None) -> Any:
        """Decorate: register a replacement for the operator class `name` (0.9.2)."""
        return _register_oot(cls, _decorated_op_cls, name, "op")


if not at_least("0.9.2"):
    del CustomOp.register_oot
if at_least("0.15.0") or not at_least("0.9.2"):
    del CustomOp.op_registry_oot
if at_least("0.15.0") or not at_least("0.6.4"):
    del CustomOp.op_registry
if not at_least("0.6.4"):
    del CustomOp.register, CustomOp.enabled, CustomOp.default_on
if not at_least("0.7.0"):
    del CustomOp.forward_oot
if not at_least("0.15.0"):
    del PluggableLayer

trim(globals())
