"""`ModelConfig` as far as plugins and the small engine use it."""

from __future__ import annotations

from typing import Any

from vllm._reference import at_least
from vllm._reference.engine.model_description import read_description
from vllm._reference.engine.task import resolve_task


class ModelConfigBase:
    """Configuration of the model."""

    def __post_init__(self) -> None:
        """Read the description and settle what the model is run for."""
        self.hf_config = read_description(self.model or "", getattr(self, "hf_overrides", None))
        self.hf_text_config = self.hf_config.get_text_config()
        self.original_max_model_len = getattr(self, "max_model_len", None)
        limit = int(getattr(self.hf_text_config, "max_position_embeddings", 256))
        self.max_model_len = self.max_model_len or limit
        if not getattr(self, "tokenizer", None):
            self.tokenizer = self.model
        self.served_model_name = getattr(self, "served_model_name", None) or self.model
        self.hf_image_processor_config: Any = {}
        self.encoder_config: Any = None
        self.pooler_config = getattr(self, "pooler_config", None)
        self.multimodal_config = getattr(self, "multimodal_config", None)
        wanted = getattr(self, "runner", "auto") if at_least("0.10.1") else getattr(self, "task", "auto")
        self.runner_type, resolved = resolve_task(self.architectures, wanted or "auto", self)
        self.supported_runner_types = {self.runner_type}
        self.embedding_mode = self.runner_type == "pooling"
        if not at_least("0.10.1"):
            self.task = resolved
        self.convert_type = "none" if self.runner_type == "generate" else "embed"

    @property
    def architectures(self) -> Any:
        """Architectures that the description names."""
        return getattr(self.hf_config, "architectures", None) or []

    @property
    def registry(self) -> Any:
        """The model registry."""
        from vllm.model_executor.models import ModelRegistry

        return ModelRegistry

    @property
    def architecture(self) -> str:
        """Name of the architecture."""
        return self.architectures[0]

    @property
    def is_multimodal_model(self) -> bool:
        """Tell whether the class takes other modalities."""
        from vllm._reference.engine.task import _ask

        if not at_least("0.6.3"):
            return any(self.registry.is_multimodal_model(arch) for arch in self.architectures)
        return _ask("is_multimodal_model", self.architectures, self)

    @property
    def is_attention_free(self) -> bool:
        """Tell whether the description says that there is no attention."""
        return bool(getattr(self.hf_config, "is_attention_free", False))

    @property
    def is_encoder_decoder(self) -> bool:
        """Tell whether the description says so."""
        return bool(getattr(self.hf_config, "is_encoder_decoder", False))

    @property
    def is_hybrid(self) -> bool:
        """Tell whether the description says so."""
        return bool(getattr(self.hf_config, "is_hybrid", False))

    @property
    def is_deepseek_mla(self) -> bool:
        """Never: the small engine has no latent attention."""
        return False

    use_mla = is_deepseek_mla

    @property
    def uses_mrope(self) -> bool:
        """Never: positions are one row."""
        return False

    def get_hf_config_sliding_window(self) -> Any:
        """Window of the description, or None."""
        return getattr(self.hf_text_config, "sliding_window", None)

    get_sliding_window = get_hf_config_sliding_window

    def get_vocab_size(self) -> int:
        """Return number of tokens."""
        return int(self.hf_text_config.vocab_size)

    def get_hidden_size(self) -> int:
        """Width of the hidden states."""
        return int(self.hf_text_config.hidden_size)

    get_inputs_embeds_size = get_hidden_size

    def get_head_size(self) -> int:
        """Width of one attention head."""
        text = self.hf_text_config
        return int(getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads)

    def get_total_num_kv_heads(self) -> int:
        """Return number of key-value heads of the whole model."""
        text = self.hf_text_config
        return int(getattr(text, "num_key_value_heads", None) or text.num_attention_heads)

    def get_num_kv_heads(self, parallel_config: Any) -> int:
        """Return number of key-value heads of one rank."""
        return max(1, self.get_total_num_kv_heads() // (parallel_config.tensor_parallel_size or 1))

    def get_num_attention_heads(self, parallel_config: Any) -> int:
        """Return number of attention heads of one rank."""
        return int(self.hf_text_config.num_attention_heads) // (parallel_config.tensor_parallel_size or 1)

    def get_total_num_hidden_layers(self) -> int:
        """Return number of layers of the whole model."""
        return int(self.hf_text_config.num_hidden_layers)

    def get_num_layers(self, parallel_config: Any) -> int:
        """Return number of layers of one pipeline stage."""
        return self.get_total_num_hidden_layers()

    def verify_with_parallel_config(self, parallel_config: Any) -> None:
        """Raise ValueError when the heads cannot be shared out."""
        heads = int(getattr(self.hf_text_config, "num_attention_heads", 0))
        ranks = parallel_config.tensor_parallel_size or 1
        if heads % ranks != 0:
            raise ValueError(
                f"Total number of attention heads ({heads}) must be divisible by tensor parallel size "
                f"({ranks})."
            )

    def verify_async_output_proc(
        self, parallel_config: Any, speculative_config: Any, device_config: Any
    ) -> None:
        """Ask the platform, as 0.6.5 to 0.10.2 do.

        A platform that does not answer raises NotImplementedError.
        """
        if not at_least("0.6.5") or not getattr(self, "use_async_output_proc", False):
            return
        from vllm.platforms import current_platform

        if not current_platform.is_async_output_supported(self.enforce_eager):
            self.use_async_output_proc = False

    @property
    def attn_type(self) -> str:
        """Kind of attention."""
        return "decoder"
