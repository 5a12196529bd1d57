"""Turning generative models into pooling models (`vllm/model_executor/models/adapters.py`).

The classes are what the registry asks about; running a pooling model is not modelled.
"""

from __future__ import annotations

from typing import Any, TypeVar

from vllm._reference import at_least, trim
from vllm.model_executor.models.interfaces_base import is_pooling_model

_Model = TypeVar("_Model", bound=type)


def _converted(cls: Any, suffix: str) -> Any:
    """Return a subclass that counts as a pooling model; the class itself where it is one."""
    if is_pooling_model(cls):
        return cls

    def pooler(self: Any, hidden_states: Any, pooling_metadata: Any) -> Any:
        raise NotImplementedError("the reference engine does not run pooling models")

    members = {"is_pooling_model": True, "pooler": None} if at_least("0.10.0") else {"pooler": pooler}
    name = cls.__name__
    for generative in ("ForCausalLM", "ForConditionalGeneration", "ChatModel", "LMHeadModel"):
        name = name.removesuffix(generative)
    return type(name + suffix, (cls,), {**members, "__module__": cls.__module__})


def as_embedding_model(cls: _Model) -> _Model:
    """Return a class for embeddings (0.6.5)."""
    return _converted(cls, "ForEmbedding")


def as_classification_model(cls: _Model) -> _Model:
    """Return a class for classification (0.7.0 to 0.9.0)."""
    return _converted(cls, "ForClassification")


def as_seq_cls_model(cls: _Model) -> _Model:
    """Return a class for sequence classification (0.9.1)."""
    return _converted(cls, "ForSequenceClassification")


def as_reward_model(cls: _Model) -> _Model:
    """Return a class for reward models (0.7.0)."""
    return _converted(cls, "ForReward")


trim(globals())
