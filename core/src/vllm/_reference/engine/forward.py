"""What layers may ask for while the model runs (`vllm/forward_context.py`, since 0.6.3).

Until 0.6.4.post1 the context is whatever the runner sets; from 0.6.5 an object with the attention metadata.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, Optional

from vllm._reference import at_least


@dataclass
class ForwardContext:
    """Context of one forward call."""

    attn_layers: Dict[str, Any] = field(default_factory=dict)
    attn_metadata: Any = None
    virtual_engine: int = 0
    dp_metadata: Any = None
    cudagraph_runtime_mode: Any = None
    batch_descriptor: Any = None

    @property
    def no_compile_layers(self) -> Dict[str, Any]:
        """Layers that registered themselves while the model was built."""
        return self.attn_layers


_forward_context: Optional[Any] = None


def get_forward_context() -> Any:
    """Return the current context; AssertionError outside of a forward call (0.6.5)."""
    if _forward_context is None and at_least("0.6.5"):
        raise AssertionError(
            "Forward context is not set. Please use `set_forward_context` to set the forward context."
        )
    return _forward_context


def is_forward_context_available() -> bool:
    """Tell whether a forward call is going on."""
    return _forward_context is not None


@contextmanager
def override_forward_context(forward_context: Any) -> Iterator[None]:
    """Replace the context for a while."""
    global _forward_context
    previous = _forward_context
    _forward_context = forward_context
    try:
        yield
    finally:
        _forward_context = previous


if at_least("0.6.5"):

    @contextmanager
    def set_forward_context(
        attn_metadata: Any, vllm_config: Any, virtual_engine: int = 0, **options: Any
    ) -> Iterator[None]:
        """Make the attention metadata available to layers during one forward call."""
        layers = vllm_config.compilation_config.static_forward_context if vllm_config is not None else {}
        known = {k: v for k, v in options.items() if k in ForwardContext.__dataclass_fields__}
        with override_forward_context(ForwardContext(layers, attn_metadata, virtual_engine, **known)):
            yield

else:

    @contextmanager
    def set_forward_context(context: Any) -> Iterator[None]:  # type: ignore[misc]
        """Make `context` available to layers during one forward call."""
        with override_forward_context(context):
            yield
