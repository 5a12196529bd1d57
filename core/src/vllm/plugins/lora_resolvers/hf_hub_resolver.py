"""The resolver for repositories of the Hugging Face hub (`vllm/plugins/lora_resolvers`, 0.16.0).

The reference engine registers it as vLLM does and never fetches anything.
"""

from __future__ import annotations

from typing import Any, Dict, List, Set

from vllm import envs as _envs
from vllm._reference import record as _record
from vllm._reference import trim as _trim
from vllm.logger import init_logger
from vllm.lora.resolver import LoRAResolverRegistry
from vllm.plugins.lora_resolvers.filesystem_resolver import FilesystemResolver

logger = init_logger(__name__)


class HfHubResolver(FilesystemResolver):
    """Knows its repositories; resolving is not modelled."""

    def __init__(self, repo_list: List[str]) -> None:
        logger.warning(
            "LoRA is allowing resolution from the following repositories on HF Hub: %s please note that "
            "allowing remote downloads is not secure, and that this plugin is not intended for use in "
            "production environments.",
            repo_list,
        )
        self.repo_list = repo_list
        self.adapter_dirs: Dict[str, Set[str]] = {}

    async def resolve_lora(self, base_model_name: str, lora_name: str) -> Any:
        """Refuse: this would fetch from the network."""
        _record("vllm.plugins.lora_resolvers.hf_hub_resolver.HfHubResolver.resolve_lora")
        raise NotImplementedError("the reference engine fetches nothing from a hub")


def register_hf_hub_resolver() -> None:
    """Register when repositories are listed and VLLM_PLUGINS names this plugin; else warn or do nothing."""
    repositories = _envs.VLLM_LORA_RESOLVER_HF_REPO_LIST
    enabled = _envs.VLLM_PLUGINS is not None and "lora_hf_hub_resolver" in _envs.VLLM_PLUGINS
    if not repositories:
        return
    if not enabled:
        logger.warning(
            "It appears that VLLM_LORA_RESOLVER_HF_REPO_LIST is set, but lora_hf_hub_resolver is not enabled "
            "in VLLM_PLUGINS; you must enable this resolver directly in VLLM_PLUGINS to use it because it "
            "allows remote downloads."
        )
        return
    LoRAResolverRegistry.register_resolver("Hf Hub Resolver", HfHubResolver(repositories.split(",")))


_trim(globals())
