"""Optional abilities of models: a flag on the class and, for some, methods.

`vllm/model_executor/models/interfaces.py`.

`SupportsMultiModal` and `SupportsPP` have the members of the release; the others have their flag.
"""

from __future__ import annotations

from typing import Any, Callable, ClassVar, Dict, Protocol, runtime_checkable

from vllm._reference import at_least, define_class, trim
from vllm._reference.engine.callables import supports_kw
from vllm._reference.engine.model_mixins import (
    DiarizedTranscriptionSegment,
    EagleModelMixin,
    LocalArgmaxMixin,
    StreamingTranscriptionPostProcessor,
)
from vllm.logger import init_logger

logger = init_logger(__name__)

MultiModalEmbeddings = Any
NestedTensors = Any
MULTIMODAL_MODELS_KEY = "supports_multimodal"


def _as_protocol(name: str) -> Any:
    """Return the class of the data, and its flag.

    A plain class, so that a model may inherit and override anything.
    """
    made = define_class(name, globals())
    made.__module__ = __name__
    return made


def _stub(*names: str) -> Dict[str, Any]:
    def do_nothing(self: Any, *args: Any, **kwargs: Any) -> None:
        return None

    return dict.fromkeys(names, do_nothing)


_EAGLE3_LAYERS = [
    name
    for name, holds in (
        ("get_eagle3_aux_hidden_state_layers", not at_least("0.18.0")),
        ("get_eagle3_default_aux_hidden_state_layers", at_least("0.18.0")),
    )
    if holds
]


def _flagged(name: str, flag: str, doc: str, **attributes: Any) -> Any:
    return type(name, (), {flag: True, "__module__": __name__, "__doc__": doc, **attributes})


SupportsMultiModal = _as_protocol("SupportsMultiModal")
SupportsLoRA = _flagged(
    "SupportsLoRA",
    "supports_lora",
    "The model can take LoRA adapters.",
    **({} if at_least("0.30.0") else {"embedding_modules": {}}),
)
HasInnerState = _flagged(
    "HasInnerState", "has_inner_state", "The model keeps state of its own, as Mamba does."
)
if at_least("0.6.3"):
    SupportsPP = _as_protocol("SupportsPP")
    IsAttentionFree = _flagged("IsAttentionFree", "is_attention_free", "The model has no attention layers.")
IsHybrid = _flagged("IsHybrid", "is_hybrid", "The model mixes attention and state-space layers.")
HasNoOps = _flagged("HasNoOps", "has_noops", "Some layers of the model do nothing.")
SupportsCrossEncoding = _flagged(
    "SupportsCrossEncoding", "supports_cross_encoding", "The model scores pairs."
)
if at_least("0.18.0"):
    SupportsCrossEncoding.score_type = "cross-encoder"
SupportsLateInteraction = _flagged(
    "SupportsLateInteraction",
    "supports_late_interaction",
    "The model scores token by token.",
    score_type="late-interaction",
)
SupportsTranscription = _flagged(
    "SupportsTranscription",
    "supports_transcription",
    "The model transcribes speech.",
    supports_transcription_only=False,
    supported_languages={},
)
SupportsV0Only = _flagged(
    "SupportsV0Only", "supports_v0_only", "The model does not run on V1 (0.8.0 to 0.11.0)."
)
SupportsMRoPE = _flagged(
    "SupportsMRoPE", "supports_mrope", "Positions have three rows.", **_stub("get_mrope_input_positions")
)
_DRAFT = {"has_own_lm_head": False, "has_own_embed_tokens": False} if at_least("0.11.1") else {}
SupportsEagleBase = type(
    "SupportsEagleBase", (), {"__module__": __name__, "__doc__": "What every EAGLE target has.", **_DRAFT}
)
SupportsEagle = _flagged(
    "SupportsEagle", "supports_eagle", "The model can be a target of EAGLE drafting.", **_DRAFT
)
SupportsEagle3 = _flagged(
    "SupportsEagle3",
    "supports_eagle3",
    "The model can be a target of EAGLE-3 drafting.",
    **_stub("set_aux_hidden_state_layers", *_EAGLE3_LAYERS),
    **_DRAFT,
)
SupportsMultiModalPruning = _flagged(
    "SupportsMultiModalPruning", "supports_multimodal_pruning", "Multi-modal tokens can be pruned."
)
SupportsScoreTemplate = _flagged(
    "SupportsScoreTemplate", "supports_score_template", "Pairs go through a template."
)
SupportsRealtime = _flagged(
    "SupportsRealtime", "supports_realtime", "The model transcribes while speech goes on."
)
SupportsMambaPrefixCaching = _flagged(
    "SupportsMambaPrefixCaching",
    "supports_mamba_prefix_caching",
    "State-space layers may be cached by prefix.",
)
SupportsReplaySSM = _flagged("SupportsReplaySSM", "supports_replayssm", "State-space layers can be replayed.")
SupportsHCSP = _flagged("SupportsHCSP", "supports_hc_sp", "Sequence-parallel hyper connections.")
SupportsKVCacheGrouping = _flagged(
    "SupportsKVCacheGrouping", "supports_kv_cache_grouping", "KV caches are grouped by the model."
)
SupportsEncoderCudaGraph = _flagged(
    "SupportsEncoderCudaGraph", "supports_encoder_cudagraph", "The encoder can be captured."
)
SupportsMultiModalEmbeddings = _flagged(
    "SupportsMultiModalEmbeddings", "supports_multimodal_embeddings", "Embeddings of other modalities go in."
)
SupportsXDRoPE = _flagged(
    "SupportsXDRoPE", "supports_xdrope", "Positions have four rows.", **_stub("get_xdrope_input_positions")
)
if at_least("0.10.0"):

    class SupportsMultiModalWithRawInput(SupportsMultiModal):  # type: ignore[misc,valid-type]
        """Raw multi-modal input goes to the model (0.10.0 to 0.10.1)."""

        supports_multimodal_raw_input = True


@runtime_checkable
class MixtureOfExperts(Protocol):
    """What a mixture-of-experts model shows (0.10.0)."""

    expert_weights: Any
    num_moe_layers: int
    num_expert_groups: int
    num_logical_experts: int
    num_physical_experts: int
    num_local_physical_experts: int
    num_routed_experts: int
    num_shared_experts: int
    num_redundant_experts: int


class SupportsQuant:
    """Carries the quantization config's view of packed modules (0.7.3)."""

    packed_modules_mapping: ClassVar[Dict[str, Any]] = {}
    quant_config: Any = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Find the quantization config among the arguments and tell it the packed modules."""
        instance = super().__new__(cls)
        values = list(args) + list(kwargs.values())
        quant_config = next(
            (
                getattr(v, "quant_config", None)
                for v in values
                if getattr(v, "quant_config", None) is not None
            ),
            None,
        )
        if quant_config is not None:
            instance.quant_config = quant_config
            getattr(quant_config, "packed_modules_mapping", {}).update(cls.packed_modules_mapping)
        return instance


def _has_flag(model: Any, flag: str) -> bool:
    return bool(getattr(model, flag, False))


def supports_multimodal(model: Any) -> bool:
    """Tell whether the model takes other modalities than text."""
    return _has_flag(model, "supports_multimodal")


def supports_lora(model: Any) -> bool:
    """Tell whether the model takes LoRA adapters; a half-declared one is warned about."""
    needed = (
        ["packed_modules_mapping", "embedding_modules"]
        if at_least("0.8.0")
        else [
            "packed_modules_mapping",
            "supported_lora_modules",
            "embedding_modules",
            "embedding_padding_modules",
        ]
    )
    missing = tuple(name for name in needed if not hasattr(model, name))
    flagged = _has_flag(model, "supports_lora")
    if flagged and missing:
        logger.warning(
            "The model (%s) sets `supports_lora=True`, but is missing LoRA-specific attributes: %s",
            model,
            missing,
        )
    elif not flagged and not missing:
        logger.warning(
            "The model (%s) contains all LoRA-specific attributes, but does not set `supports_lora=True`.",
            model,
        )
    return flagged and not missing


def supports_pp(model: Any) -> bool:
    """Tell whether the model can be cut into pipeline stages; a half-declared one is warned about."""
    missing = tuple(name for name in ("make_empty_intermediate_tensors",) if not hasattr(model, name))
    flagged = _has_flag(model, "supports_pp")
    has_attributes = flagged and not missing
    forward = getattr(model, "forward", None)
    accepts = callable(forward) and supports_kw(forward, "intermediate_tensors")
    if has_attributes and not accepts:
        logger.warning(
            "The model (%s) sets `supports_pp=True`, but does not accept `intermediate_tensors` in "
            "its `forward` method",
            model,
        )
    if flagged and missing:
        logger.warning(
            "The model (%s) sets `supports_pp=True`, but is missing PP-specific attributes: %s",
            model,
            missing,
        )
    if not flagged and not missing:
        logger.warning(
            "The model (%s) contains all PP-specific attributes, but does not set `supports_pp=True`.", model
        )
    return has_attributes and accepts


def has_inner_state(model: Any) -> bool:
    """Tell whether the model keeps state of its own."""
    return _has_flag(model, "has_inner_state")


def is_attention_free(model: Any) -> bool:
    """Tell whether the model has no attention."""
    return _has_flag(model, "is_attention_free")


def is_hybrid(model: Any) -> bool:
    """Tell whether the model mixes attention and state-space layers."""
    return _has_flag(model, "is_hybrid")


def has_noops(model: Any) -> bool:
    """Tell whether some layers do nothing."""
    return _has_flag(model, "has_noops")


def supports_cross_encoding(model: Any) -> bool:
    """Tell whether the model scores pairs."""
    return _has_flag(model, "supports_cross_encoding")


def supports_transcription(model: Any) -> bool:
    """Tell whether the model transcribes."""
    return _has_flag(model, "supports_transcription")


def supports_v0_only(model: Any) -> bool:
    """Tell whether V1 must refuse the model."""
    return _has_flag(model, "supports_v0_only")


def supports_mrope(model: Any) -> bool:
    """Tell whether positions have three rows."""
    return _has_flag(model, "supports_mrope")


def supports_eagle3(model: Any) -> bool:
    """Tell whether the model can be a target of EAGLE-3 drafting."""
    return _has_flag(model, "supports_eagle3")


def supports_multimodal_raw_input(model: Any) -> bool:
    """Tell whether raw multi-modal input goes to the model (0.10.0 to 0.10.1)."""
    return _has_flag(model, "supports_multimodal_raw_input")


def supports_multimodal_raw_input_only(model: Any) -> bool:
    """Tell whether only raw multi-modal input goes to the model (0.10.2)."""
    return _has_flag(model, "supports_multimodal_raw_input_only")


def supports_multimodal_encoder_tp_data(model: Any) -> bool:
    """Tell whether the encoder can be data-parallel."""
    return _has_flag(model, "supports_encoder_tp_data")


def is_mixture_of_experts(model: Any) -> bool:
    """Tell whether the model shows experts."""
    return isinstance(model, MixtureOfExperts)


for _mixin in (
    DiarizedTranscriptionSegment,
    EagleModelMixin,
    LocalArgmaxMixin,
    StreamingTranscriptionPostProcessor,
):
    _mixin.__module__ = __name__


def get_mixture_of_experts_model(model: Any) -> Any:
    """Return the model, or its language model, that shows experts; None when neither does (0.28.0)."""
    for found in (model, getattr(model, "language_model", None)):
        if is_mixture_of_experts(found):
            return found
    return None


def has_step_pooler(model: Any) -> bool:
    """Tell whether a module pools by step (0.9.2)."""
    return any(type(module).__name__ == "StepPool" for module in model.modules())


def default_pooling_type(pooling_type: str) -> Callable[[Any], Any]:
    """Decorate: set `default_pooling_type` (0.10.1; later in `interfaces_base`)."""

    def decorate(model: Any) -> Any:
        model.default_pooling_type = pooling_type
        return model

    return decorate


def get_default_pooling_type(model: Any) -> str:
    """Return the default pooling type (0.10.1)."""
    return getattr(model, "default_pooling_type", "LAST")


def supports_any_eagle(model: Any) -> bool:
    """Tell whether the model can be a target of any EAGLE drafting (0.11.1)."""
    return _has_flag(model, "supports_eagle") or _has_flag(model, "supports_eagle3")


def _question(name: str, flag: str) -> Callable[[Any], bool]:
    def ask(model: Any) -> bool:
        return _has_flag(model, flag)

    ask.__name__ = ask.__qualname__ = name
    ask.__doc__ = f"Tell whether the model sets `{flag}`."
    return ask


for _flag in (
    "requires_raw_input_tokens",
    "supports_eagle",
    "supports_encoder_cudagraph",
    "supports_hc_sp",
    "supports_kv_cache_grouping",
    "supports_late_interaction",
    "supports_mamba_prefix_caching",
    "supports_multimodal_embeddings",
    "supports_multimodal_pruning",
    "supports_realtime",
    "supports_replayssm",
    "supports_score_template",
    "supports_xdrope",
):
    globals()[_flag] = _question(_flag, _flag)
supports_mm_encoder_only = _question("supports_mm_encoder_only", "is_mm_encoder_only_model")

trim(globals())
