"""What a resolver returns (`vllm/lora/request.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from vllm._reference import trim as _trim


@dataclass
class LoRARequest:
    """An adapter by name, number and path; the number begins at 1."""

    lora_name: str
    lora_int_id: int
    lora_path: str = ""
    lora_local_path: Optional[str] = None
    long_lora_max_len: Optional[int] = None
    base_model_name: Optional[str] = None
    tensorizer_config_dict: Any = None

    def __post_init__(self) -> None:
        if self.lora_int_id < 1:
            raise ValueError(f"id must be > 0, got {self.lora_int_id}")

    @property
    def adapter_id(self) -> int:
        """The number."""
        return self.lora_int_id

    @property
    def name(self) -> str:
        """The name."""
        return self.lora_name

    @property
    def path(self) -> str:
        """The path."""
        return self.lora_path


_trim(globals())
