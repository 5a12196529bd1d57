"""The resolver for a directory of adapters (`vllm/plugins/lora_resolvers`, 0.9.0)."""

from __future__ import annotations

import json
import os
from typing import Any

from vllm import envs as _envs
from vllm._reference import trim as _trim
from vllm.lora.request import LoRARequest
from vllm.lora.resolver import LoRAResolver, LoRAResolverRegistry


class FilesystemResolver(LoRAResolver):  # type: ignore[misc,valid-type]
    """Finds an adapter in the directory of its name."""

    def __init__(self, lora_cache_dir: str) -> None:
        self.lora_cache_dir = lora_cache_dir

    async def resolve_lora(self, base_model_name: str, lora_name: str) -> Any:
        """Return the adapter `lora_name`, None where there is none for that base model."""
        return await self._get_lora_req_from_path(
            lora_name, os.path.join(self.lora_cache_dir, lora_name), base_model_name
        )

    async def _get_lora_req_from_path(self, lora_name: str, lora_path: str, base_model_name: str) -> Any:
        config_path = os.path.join(lora_path, "adapter_config.json")
        if not os.path.exists(config_path):
            return None
        with open(config_path, encoding="utf-8") as file:
            config = json.load(file)
        if config["peft_type"] != "LORA" or config["base_model_name_or_path"] != base_model_name:
            return None
        return LoRARequest(lora_name=lora_name, lora_int_id=abs(hash(lora_name)), lora_path=lora_path)


def register_filesystem_resolver() -> None:
    """Register where VLLM_LORA_RESOLVER_CACHE_DIR names a directory; ValueError for anything else."""
    directory = _envs.VLLM_LORA_RESOLVER_CACHE_DIR
    if not directory:
        return
    if not os.path.isdir(directory):
        raise ValueError(
            "VLLM_LORA_RESOLVER_CACHE_DIR must be set to a valid directory "
            "for Filesystem Resolver plugin to function"
        )
    LoRAResolverRegistry.register_resolver("Filesystem Resolver", FilesystemResolver(directory))


_trim(globals())
