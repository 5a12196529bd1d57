"""What every model must be: the class checks of the release.

`vllm/model_executor/models/interfaces_base.py`.

| since | constructor | `forward`: `input_ids`, `positions` | also |
|---|---|---|---|
| 0.6.3 | `cache_config`, `quant_config` | and `kv_caches`, `attn_metadata` | `compute_logits`, `sample` |
| 0.6.4 | `vllm_config` | the same | the same |
| 0.8.0 | `vllm_config` | | the same |
| 0.8.5 | `vllm_config` | | `compute_logits` |
| 0.11.1 | `vllm_config` | | `embed_input_ids`; aliased too late |
| 0.12.0 | `vllm_config` | | `embed_input_ids` or its old name |
| 0.13.0 | `vllm_config` | | `embed_input_ids` |
"""

from __future__ import annotations

from typing import Any, Callable, ClassVar, Protocol, TypeVar, runtime_checkable

from vllm._reference import at_least, trim
from vllm._reference.engine.callables import is_module_class, supports_kw
from vllm.logger import init_logger

logger = init_logger(__name__)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
C_co = TypeVar("C_co", covariant=True)
_Model = TypeVar("_Model", bound=type)

_RENAMED = (
    "`get_input_embeddings` for vLLM models is deprecated and will be "
    "removed in v0.13.0 or v1.0.0, whichever is earlier. Please rename "
    "this method to `embed_input_ids`."
)

if at_least("0.8.0"):
    _FORWARD_KEYWORDS = ("input_ids", "positions")
else:
    _FORWARD_KEYWORDS = ("input_ids", "positions", "kv_caches", "attn_metadata")


if at_least("0.11.1"):

    @runtime_checkable
    class VllmModel(Protocol[T_co]):
        """The interface required for all models in vLLM."""

        def __init__(self, vllm_config: Any, prefix: str = "") -> None: ...

        def embed_input_ids(self, input_ids: Any) -> Any:
            """Apply token embeddings to `input_ids`."""
            if not at_least("0.13.0") and hasattr(self, "get_input_embeddings"):
                logger.warning(_RENAMED)
                return self.get_input_embeddings(input_ids)
            return None

        def forward(self, input_ids: Any, positions: Any) -> T_co: ...

        if at_least("0.33.0"):

            def is_unused_checkpoint_weight(self, name: str) -> bool:
                """Tell whether this model does not load the checkpoint weight `name`."""
                return False

elif at_least("0.8.0"):

    @runtime_checkable
    class VllmModel(Protocol[T_co]):  # type: ignore[no-redef]
        """The interface required for all models in vLLM."""

        def __init__(self, vllm_config: Any, prefix: str = "") -> None: ...

        def forward(self, input_ids: Any, positions: Any) -> T_co: ...

elif at_least("0.6.4"):

    @runtime_checkable
    class VllmModel(Protocol[C_co, T_co]):  # type: ignore[no-redef]
        """The interface required for all models in vLLM."""

        def __init__(self, vllm_config: Any, prefix: str = "") -> None: ...

        def forward(self, input_ids: Any, positions: Any, kv_caches: Any, attn_metadata: Any) -> T_co: ...

else:

    @runtime_checkable
    class VllmModel(Protocol[C_co, T_co]):  # type: ignore[no-redef]
        """The interface required for all models in vLLM."""

        def __init__(self, config: C_co, *, cache_config: Any, quant_config: Any) -> None: ...

        def forward(self, input_ids: Any, positions: Any, kv_caches: Any, attn_metadata: Any) -> T_co: ...


def _check_vllm_model_init(model: Any) -> bool:
    model_init = model.__init__
    if at_least("0.6.4"):
        return supports_kw(model_init, "vllm_config")
    missing = tuple(kw for kw in ("cache_config", "quant_config") if not supports_kw(model_init, kw))
    if missing and is_module_class(model):
        logger.warning(
            "The model (%s) is missing vLLM-specific keywords from its initializer: %s", model, missing
        )
    return not missing


def _check_vllm_model_embed_input_ids(model: Any) -> bool:
    if callable(getattr(model, "embed_input_ids", None)):
        return True
    if not at_least("0.13.0"):
        old = getattr(model, "get_input_embeddings", None)
        if callable(old):
            logger.warning(_RENAMED)
            model.embed_input_ids = old
            if at_least("0.12.0"):
                return True
    logger.warning("The model (%s) is missing the `embed_input_ids` method.", model)
    return False


def _check_vllm_model_forward(model: Any) -> bool:
    forward = getattr(model, "forward", None)
    if not callable(forward):
        return False
    missing = tuple(kw for kw in _FORWARD_KEYWORDS if not supports_kw(forward, kw))
    if missing and is_module_class(model):
        text = "The model (%s) is missing vLLM-specific keywords from its initializer: %s"
        if at_least("0.6.5"):
            text = "The model (%s) is missing vLLM-specific keywords from its `forward` method: %s"
        logger.warning(text, model, missing)
    return not missing


def is_vllm_model(model: Any) -> bool:
    """Tell whether a class or an object meets the release's base interface."""
    return (
        _check_vllm_model_init(model)
        and (not at_least("0.11.1") or _check_vllm_model_embed_input_ids(model))
        and _check_vllm_model_forward(model)
    )


if at_least("0.8.0"):
    _Base, _Parameters = VllmModel[T_co], Protocol[T_co]
else:
    _Base, _Parameters = VllmModel[C_co, T_co], Protocol[C_co, T_co]


@runtime_checkable
class VllmModelForTextGeneration(_Base, _Parameters):  # type: ignore[misc, valid-type]
    """The interface required for all generative models in vLLM."""

    if at_least("0.11.0"):

        def compute_logits(self, hidden_states: Any) -> Any:
            """Logits, or None if the tensor-parallel rank is not 0."""

    else:

        def compute_logits(self, hidden_states: Any, sampling_metadata: Any) -> Any:  # type: ignore[misc]
            """Logits, or None if the tensor-parallel rank is not 0."""

    if not at_least("0.8.5"):

        def sample(self, logits: Any, sampling_metadata: Any) -> Any:
            """Only called on tensor-parallel rank 0."""


def is_text_generation_model(model: Any) -> bool:
    """Tell whether a class or an object is generative in this release."""
    if not is_vllm_model(model):
        return False
    if at_least("0.33.0"):
        return callable(getattr(model, "compute_logits", None))
    return isinstance(model, VllmModelForTextGeneration)


@runtime_checkable
class VllmModelForPooling(_Base, _Parameters):  # type: ignore[misc, valid-type]
    """The interface required for all pooling models in vLLM (`VllmModelForEmbedding` before 0.6.5)."""

    if at_least("0.10.0"):
        is_pooling_model: ClassVar[bool] = True
        pooler: Any
    else:

        def pooler(self, hidden_states: Any, pooling_metadata: Any) -> Any:  # type: ignore[misc]
            """Only called on tensor-parallel rank 0."""

    if at_least("0.14.0"):
        default_seq_pooling_type: ClassVar[str] = "LAST"
        default_tok_pooling_type: ClassVar[str] = "ALL"
    elif at_least("0.10.2"):
        default_pooling_type: ClassVar[str] = "LAST"
    if at_least("0.12.0"):
        attn_type: ClassVar[str] = "decoder"
    if at_least("0.18.0"):
        score_type: ClassVar[str] = "bi-encoder"


def is_pooling_model(model: Any) -> bool:
    """Tell whether a class or an object pools in this release.

    By its `pooler` method, from 0.10.0 by its flag.
    """
    if not is_vllm_model(model):
        return False
    if at_least("0.10.0"):
        return bool(getattr(model, "is_pooling_model", False))
    return isinstance(model, VllmModelForPooling)


VllmModelForEmbedding = VllmModelForPooling
is_embedding_model = is_pooling_model
if not at_least("0.6.5"):
    VllmModelForPooling.__name__ = VllmModelForPooling.__qualname__ = "VllmModelForEmbedding"
    is_pooling_model.__name__ = is_pooling_model.__qualname__ = "is_embedding_model"


if at_least("0.14.0"):

    def default_pooling_type(
        *, seq_pooling_type: str = "LAST", tok_pooling_type: str = "ALL"
    ) -> Callable[[_Model], _Model]:
        """Decorate: set both default pooling types."""

        def decorate(model: _Model) -> _Model:
            model.default_seq_pooling_type = seq_pooling_type  # type: ignore[attr-defined]
            model.default_tok_pooling_type = tok_pooling_type  # type: ignore[attr-defined]
            return model

        return decorate

else:

    def default_pooling_type(pooling_type: str) -> Callable[[_Model], _Model]:  # type: ignore[misc]
        """Decorate: set `VllmModelForPooling.default_pooling_type`."""

        def decorate(model: _Model) -> _Model:
            model.default_pooling_type = pooling_type  # type: ignore[attr-defined]
            return model

        return decorate


def get_default_pooling_type(model: Any) -> str:
    """Default pooling type (0.10.2 to 0.13.0)."""
    return getattr(model, "default_pooling_type", "LAST")


def get_default_seq_pooling_type(model: Any) -> str:
    """Default pooling type of sequences (0.14.0)."""
    return getattr(model, "default_seq_pooling_type", "LAST")


def get_default_tok_pooling_type(model: Any) -> str:
    """Default pooling type of tokens (0.14.0)."""
    return getattr(model, "default_tok_pooling_type", "ALL")


def attn_type(attn_type: str) -> Callable[[_Model], _Model]:
    """Decorate: set `VllmModelForPooling.attn_type` (0.12.0)."""

    def decorate(model: _Model) -> _Model:
        model.attn_type = attn_type  # type: ignore[attr-defined]
        return model

    return decorate


def get_attn_type(model: Any) -> str:
    """Kind of attention (0.12.0)."""
    return getattr(model, "attn_type", "decoder")


def get_score_type(model: Any) -> str:
    """How a model scores pairs (0.18.0): the one value in its bases that is not the default."""
    bases = (model if isinstance(model, type) else type(model)).__mro__
    found = {getattr(base, "score_type", "bi-encoder") for base in bases} - {"bi-encoder"}
    if len(found) > 1:
        raise AssertionError
    return next(iter(found), "bi-encoder")


trim(globals())
