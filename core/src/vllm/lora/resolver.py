"""LoRA resolvers and their registry (`vllm/lora/resolver.py`, 0.8.5)."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, field
from typing import AbstractSet, Any, Dict

from vllm._reference import define_class as _define_class
from vllm._reference import trim as _trim
from vllm.logger import init_logger

logger = init_logger(__name__)


async def _resolves_nothing(_self: Any, _base_model_name: str, _lora_name: str) -> None:
    return None


LoRAResolver = _define_class("LoRAResolver", globals(), {"resolve_lora": _resolves_nothing}, bases=(ABC,))


@dataclass
class _LoRAResolverRegistry:
    resolvers: Dict[str, Any] = field(default_factory=dict)

    def get_supported_resolvers(self) -> AbstractSet[str]:
        """Return the registered names."""
        return self.resolvers.keys()

    def register_resolver(self, resolver_name: str, resolver: Any) -> None:
        """Register, with a warning when the name is taken."""
        if resolver_name in self.resolvers:
            logger.warning(
                "LoRA resolver %s is already registered, and will be overwritten by "
                "the new resolver instance %s.",
                resolver_name,
                resolver,
            )
        self.resolvers[resolver_name] = resolver

    def get_resolver(self, resolver_name: str) -> Any:
        """Return the resolver; KeyError for a name that is not registered."""
        if resolver_name not in self.resolvers:
            raise KeyError(
                f"LoRA resolver '{resolver_name}' not found. "
                f"Available resolvers: {list(self.resolvers.keys())}"
            )
        return self.resolvers[resolver_name]


LoRAResolverRegistry = _LoRAResolverRegistry()

_trim(globals())
