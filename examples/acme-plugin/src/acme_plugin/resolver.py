"""The resolver itself."""

import os
import zlib
from pathlib import Path

from vllm.lora.request import LoRARequest
from vllm.lora.resolver import LoRAResolver


class AcmeResolver(LoRAResolver):
    """Finds an adapter as a directory of its name below ACME_ADAPTERS."""

    async def resolve_lora(self, base_model_name: str, lora_name: str) -> LoRARequest | None:
        """Return the adapter, or None where there is none of that name."""
        path = Path(os.environ.get("ACME_ADAPTERS", "/srv/adapters")) / Path(lora_name).name
        if not path.is_dir():
            return None
        return LoRARequest(
            lora_name=lora_name, lora_int_id=zlib.crc32(lora_name.encode()), lora_path=str(path)
        )
