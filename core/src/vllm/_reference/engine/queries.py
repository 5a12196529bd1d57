"""The questions a registry answers about architectures, with the signatures of the release.

0.6.3: `(architectures)` and info alone; 0.6.5: info and architecture; 0.10.1: `(architectures,
model_config)`.
"""

from __future__ import annotations

from typing import Any, Iterator, List, Optional, Tuple

from vllm._reference import at_least, value
from vllm._reference.engine.unsupported import implementation_of, raise_for_no_module
from vllm.logger import init_logger

logger = init_logger("vllm.model_executor.models.registry")

# method, field of the model info, since, first release without it
_QUESTIONS = (
    ("is_text_generation_model", "is_text_generation_model", "0.6.3", ""),
    ("is_embedding_model", "is_embedding_model", "0.6.3", "0.6.5"),
    ("is_pooling_model", "is_pooling_model", "0.6.5", ""),
    ("is_cross_encoder_model", "supports_cross_encoding", "0.6.5", "0.18.0"),
    ("is_multimodal_model", "supports_multimodal", "0.6.3", ""),
    ("supports_multimodal_raw_input", "supports_multimodal_raw_input", "0.10.0", "0.10.2"),
    ("is_multimodal_raw_input_only_model", "supports_multimodal_raw_input_only", "0.10.2", ""),
    ("is_pp_supported_model", "supports_pp", "0.6.3", ""),
    ("is_hc_sp_supported_model", "supports_hc_sp", "0.32.0", ""),
    ("model_has_inner_state", "has_inner_state", "0.6.3", ""),
    ("is_attention_free_model", "is_attention_free", "0.6.3", ""),
    ("is_hybrid_model", "is_hybrid", "0.6.5", ""),
    ("is_noops_model", "has_noops", "0.8.3", ""),
    ("is_transcription_model", "supports_transcription", "0.7.3", ""),
    ("is_transcription_only_model", "supports_transcription_only", "0.10.0", ""),
)

# `_SUFFIX_TO_DEFAULTS`, `vllm/config/__init__.py`, 0.10.1
SUFFIXES = (
    "ForCausalLM",
    "ForConditionalGeneration",
    "ChatModel",
    "LMHeadModel",
    "ForTextEncoding",
    "EmbeddingModel",
    "ForSequenceClassification",
    "ForAudioClassification",
    "ForImageClassification",
    "ForVideoClassification",
    "ClassificationModel",
    "ForRewardModeling",
    "RewardModel",
    "Model",
)
GENERATIVE_SUFFIXES = SUFFIXES[:4]

# What an unknown architecture is inspected as (`_normalize_archs`, 0.7.2; the other name since 0.8.3)
TRANSFORMERS = "TransformersForCausalLM" if at_least("0.8.3") else "TransformersModel"


def _transformers_info() -> Any:
    """Return what is known of the Transformers backend, which the reference engine cannot import."""
    from vllm._reference.engine.model_info import model_info

    held = {"architecture": TRANSFORMERS, "supports_pp": True, "supports_v0_only": False}
    held.update(is_text_generation_model=True, is_pooling_model=True, default_pooling_type="LAST")
    made = model_info()
    return made(**{name: held.get(name, False) for name in made.__dataclass_fields__})


def _refuse_transformers(architectures: Any, model_config: Any) -> None:
    """Raise where a model of Transformers is asked for: there is none (`_try_resolve_transformers`)."""
    if architectures and implementation_of(model_config) == "transformers":
        raise_for_no_module(architectures if isinstance(architectures, str) else architectures[0])


class Queries:
    """Base of the registry: resolving and inspecting by architecture."""

    models: Any

    def _listed(self, architectures: Any) -> List[str]:
        """Architectures to try, in order (`_normalize_archs`, `_normalize_arch`)."""
        architectures = [architectures] if isinstance(architectures, str) else list(architectures or ())
        if not architectures:
            if at_least("0.10.1"):
                raise ValueError("No model architectures are specified")
            logger.warning("No model architectures are specified")
        if at_least("0.10.1"):
            return [self._convertible(arch) for arch in architectures]
        if not at_least("0.7.2"):
            return architectures
        known = [arch for arch in architectures if arch in self.models]
        if not at_least("0.8.3"):
            return [arch if arch in known else TRANSFORMERS for arch in architectures]
        return known if len(known) == len(architectures) else [*known, TRANSFORMERS]

    def _convertible(self, architecture: str) -> str:
        """Return the base architecture that one such as `XForSequenceClassification` is made from."""
        if architecture in self.models:
            return architecture
        suffix = next((suffix for suffix in SUFFIXES if architecture.endswith(suffix)), None)
        if suffix is not None:
            for other in SUFFIXES:
                base = architecture.replace(suffix, other)
                if base in self.models:
                    return base
        return architecture

    def _tried(self, architectures: Any) -> Iterator[Tuple[str, str]]:
        """Yield what to look up and the name to return with it: from 0.10.1 the one that was asked for."""
        listed = self._listed(architectures)
        given = [architectures] if isinstance(architectures, str) else list(architectures or ())
        return zip(listed, given if at_least("0.10.1") else listed)

    def _not_found(self, architectures: Any) -> Any:
        given = [architectures] if isinstance(architectures, str) else list(architectures or ())
        listed = given if at_least("0.10.1") else self._listed(given)
        return self._raise_for_unsupported(listed)  # type: ignore[attr-defined]

    def _inspected(self, architectures: Any) -> Any:
        for tried, named in self._tried(architectures):
            fallback = tried == TRANSFORMERS and not at_least("0.10.1")
            info = _transformers_info() if fallback else self._try_inspect_model_cls(tried)  # type: ignore[attr-defined]
            if info is not None:
                return info if not at_least("0.6.5") else (info, named)
        return self._not_found(architectures)

    def _resolved(self, architectures: Any) -> Any:
        for tried, named in self._tried(architectures):
            model_cls = self._try_load_model_cls(tried)  # type: ignore[attr-defined]
            if model_cls is not None:
                return (model_cls, named)
        return self._not_found(architectures)

    if value("registry_query_signature") == "architectures-model_config":

        def inspect_model_cls(self, architectures: Any, model_config: Any) -> Any:
            """Return (info, architecture) of the first one that can be inspected."""
            _refuse_transformers(architectures, model_config)
            return self._inspected(architectures)

        def resolve_model_cls(self, architectures: Any, model_config: Any) -> Any:
            """Return (class, architecture) of the first one that can be loaded."""
            _refuse_transformers(architectures, model_config)
            return self._resolved(architectures)

    else:

        def inspect_model_cls(self, architectures: Any) -> Any:  # type: ignore[misc]
            """Return the info (0.6.5: and architecture) of the first one that can be inspected."""
            return self._inspected(architectures)

        def resolve_model_cls(self, architectures: Any) -> Any:  # type: ignore[misc]
            """Return (class, architecture) of the first one that can be loaded."""
            return self._resolved(architectures)

    if at_least("0.8.0") and not at_least("0.11.1"):
        if at_least("0.10.1"):

            def is_v1_compatible(self, architectures: Any, model_config: Any) -> bool:
                """Tell whether V1 may run the model."""
                return not self._info(architectures).supports_v0_only

        else:

            def is_v1_compatible(self, architectures: Any) -> bool:  # type: ignore[misc]
                """Tell whether V1 may run the model."""
                return not self._info(architectures).supports_v0_only

    def _info(self, architectures: Any) -> Any:
        found = self._inspected(architectures)
        return found[0] if at_least("0.6.5") else found


def _question(method: str, field: str) -> Any:
    if value("registry_query_signature") == "architectures-model_config":

        def ask(self: Any, architectures: Any, model_config: Any) -> Any:
            return getattr(self.inspect_model_cls(architectures, model_config)[0], field)

    else:

        def ask(self: Any, architectures: Any) -> Any:  # type: ignore[misc]
            return getattr(self._info(architectures), field)

    ask.__name__ = method
    ask.__doc__ = f"Return `{field}` of the first architecture that can be inspected."
    return ask


def keep_only_this_release(registry: type, questions: Optional[Any] = None) -> None:
    """Give `registry` the questions of this release."""
    for method, field, since, gone in questions or _QUESTIONS:
        if at_least(since) and not (gone and at_least(gone)):
            setattr(registry, method, _question(method, field))
