"""vLLM's registries, by dotted path, described as text.

Each release has some of them; a path that is not there, or whose module nothing has imported, is
passed over. Nothing is imported here.
"""

from __future__ import annotations

import sys
from collections import Counter
from functools import partial
from types import FunctionType
from typing import Any, NamedTuple

from .sameness import holds_the_same
from .text import attribute, bounded, qualified

REGISTRY = "registry"
OVERRIDES = "overrides"
MODELS = "models"


class _Place(NamedTuple):
    kind: str
    label: str
    paths: tuple[str, ...]
    """`module:attribute[.attribute]`; the first that exists counts."""


_PLACES = (
    _Place(
        REGISTRY,
        MODELS,
        (
            "vllm.model_executor.models.registry:ModelRegistry.models",
            "vllm.model_executor.models.registry:_OOT_MODELS",
            "vllm.model_executor.models:_OOT_MODELS",
        ),
    ),
    _Place(
        REGISTRY, "quantization methods", ("vllm.model_executor.layers.quantization:QUANTIZATION_METHODS",)
    ),
    _Place(
        REGISTRY,
        "quantization configs",
        ("vllm.model_executor.layers.quantization:_CUSTOMIZED_METHOD_TO_QUANT_CONFIG",),
    ),
    _Place(
        REGISTRY,
        "custom ops",
        (
            "vllm.model_executor.custom_op:op_registry",
            "vllm.model_executor.custom_op:CustomOp.op_registry",
        ),
    ),
    _Place(
        OVERRIDES,
        "out-of-tree ops",
        (
            "vllm.model_executor.custom_op:op_registry_oot",
            "vllm.model_executor.custom_op:CustomOp.op_registry_oot",
        ),
    ),
    _Place(
        OVERRIDES,
        "attention backends",
        (
            "vllm.v1.attention.backends.registry:_ATTN_OVERRIDES",
            "vllm.attention.backends.registry:_ATTN_OVERRIDES",
            "vllm.attention.backends.registry:_OVERRIDES",
        ),
    ),
    _Place(
        OVERRIDES,
        "mamba backends",
        (
            "vllm.v1.attention.backends.registry:_MAMBA_ATTN_OVERRIDES",
            "vllm.attention.backends.registry:_MAMBA_ATTN_OVERRIDES",
        ),
    ),
    _Place(REGISTRY, "model loaders", ("vllm.model_executor.model_loader:_LOAD_FORMAT_TO_MODEL_LOADER",)),
    _Place(REGISTRY, "configs", ("vllm.transformers_utils.config:_CONFIG_REGISTRY",)),
    _Place(REGISTRY, "LoRA resolvers", ("vllm.lora.resolver:LoRAResolverRegistry.resolvers",)),
    _Place(
        REGISTRY,
        "tool parsers",
        (
            "vllm.tool_parsers.abstract_tool_parser:ToolParserManager.tool_parsers",
            "vllm.entrypoints.openai.tool_parsers.abstract_tool_parser:ToolParserManager.tool_parsers",
            "vllm.entrypoints.openai.tool_parsers:ToolParserManager.tool_parsers",
        ),
    ),
    _Place(
        REGISTRY,
        "lazy tool parsers",
        (
            "vllm.tool_parsers.abstract_tool_parser:ToolParserManager.lazy_parsers",
            "vllm.entrypoints.openai.tool_parsers.abstract_tool_parser:ToolParserManager.lazy_parsers",
        ),
    ),
    _Place(
        REGISTRY,
        "reasoning parsers",
        (
            "vllm.reasoning.abs_reasoning_parsers:ReasoningParserManager.reasoning_parsers",
            "vllm.reasoning:ReasoningParserManager.reasoning_parsers",
        ),
    ),
    _Place(
        REGISTRY,
        "lazy reasoning parsers",
        ("vllm.reasoning.abs_reasoning_parsers:ReasoningParserManager.lazy_parsers",),
    ),
    _Place(
        REGISTRY,
        "tokenizers",
        (
            "vllm.tokenizers.registry:TokenizerRegistry.tokenizers",
            "vllm.transformers_utils.tokenizer_base:TokenizerRegistry.REGISTRY",
        ),
    ),
    _Place(
        REGISTRY,
        "KV connectors",
        ("vllm.distributed.kv_transfer.kv_connector.factory:KVConnectorFactory._registry",),
    ),
    _Place(
        REGISTRY,
        "EC connectors",
        ("vllm.distributed.ec_transfer.ec_connector.factory:ECConnectorFactory._registry",),
    ),
    _Place(
        REGISTRY,
        "weight transfer",
        ("vllm.distributed.weight_transfer.factory:WeightTransferEngineFactory._registry",),
    ),
    _Place(REGISTRY, "offloading", ("vllm.v1.kv_offload.factory:OffloadingSpecFactory._registry",)),
    _Place(REGISTRY, "event publishers", ("vllm.distributed.kv_events:EventPublisherFactory._registry",)),
    _Place(REGISTRY, "environment variables", ("vllm.envs:environment_variables",)),
)


class Registries:
    """The registries of this process; those imported when this is made are known from the beginning.

    A registry that holds what it held the last time is not described again.
    """

    def __init__(self) -> None:
        self._known = frozenset(place.label for place in _PLACES if _find(place) is not None)
        self._last: dict[str, _Description] = {}

    def describe(self) -> dict[str, dict[str, str]]:
        """Return kind -> {`label: key`: value}.

        Of a registry whose module was not imported at the beginning, entries of vLLM's own are left
        out: they came with the import, not with the plugin.
        """
        found: dict[str, dict[str, str]] = {REGISTRY: {}, OVERRIDES: {}}
        for place in _PLACES:
            registry = _find(place)
            if registry is None:
                continue
            last = self._last.get(place.label)
            if last is None or not last.holds_for(registry):
                last = self._last[place.label] = _Description(place, registry, late=self._is_late(place))
            found[place.kind].update(last.texts)
        return found

    def _is_late(self, place: _Place) -> bool:
        return place.label not in self._known


class _Description:
    """What was said of a registry, and what it held then if that cannot change by itself."""

    def __init__(self, place: _Place, registry: Any, *, late: bool) -> None:
        held = dict(registry) if type(registry) is dict else None
        self._held = held if held is not None and all(map(_lasts, held.values())) else None
        self.texts: dict[str, str] = {}
        for key, value in _content(registry).items():
            if late and _of_engine(key, value):
                continue
            subject = key if place.label == MODELS else f"{place.label}: {key}"
            self.texts[bounded(subject, 500)] = bounded(value, 500)

    def holds_for(self, registry: Any) -> bool:
        """Tell whether the registry holds the same objects, by identity."""
        return self._held is not None and type(registry) is dict and holds_the_same(registry, self._held)


def _lasts(value: object) -> bool:
    """Tell whether a value of a registry is described in the same way for as long as it lives."""
    if isinstance(value, (str, type, FunctionType, partial)):
        return True
    if type(value) is tuple:
        return all(type(part) is str for part in value)
    parameters = getattr(type(value), "__dataclass_params__", None)
    return getattr(parameters, "frozen", False) is True


def models() -> dict[Any, Any]:
    """Return architecture -> what the registry holds for it now."""
    registry = _find(_PLACES[0])
    return dict(registry) if isinstance(registry, dict) else {}


def models_since(known: dict[Any, Any]) -> list[tuple[str, str, str | None]]:
    """Return architecture, `module:Class` now and before, None for nothing, where they differ from `known`.

    There are hundreds, of which a plugin registers a few: what holds the same object is not described.
    """
    found = []
    for key, value in models().items():
        if known.get(key) is value:
            continue
        target, before = _value(value), _value(known[key]) if key in known else None
        if target != before:
            found.append((_key(key), target, before))
    return sorted(found, key=lambda model: model[0])


def model_is_lazy(architecture: str) -> bool:
    """Tell whether an architecture was registered as `module:Class`, so nothing is imported yet."""
    registry = _find(_PLACES[0])
    return isinstance(registry, dict) and hasattr(registry.get(architecture), "module_name")


def _find(place: _Place) -> Any:
    for path in place.paths:
        module_name, _, attributes = path.partition(":")
        value: Any = sys.modules.get(module_name)
        for name in attributes.split("."):
            value = attribute(value, name)
        if isinstance(value, (dict, list, set, tuple)):
            return value
    return None


def _content(registry: Any) -> dict[str, str]:
    if isinstance(registry, dict):
        return {_key(key): _value(value) for key, value in list(registry.items())}
    counted = Counter(_key(item) for item in list(registry))
    return {item: str(count) for item, count in counted.items()}


def _key(key: object) -> str:
    if isinstance(key, str):
        return bounded(key, 300)
    name = attribute(key, "name")
    return bounded(name, 300) if isinstance(name, str) else qualified(key)


def _value(value: object) -> str:
    if isinstance(value, str):
        return bounded(value, 300)
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, str) for part in value):  # noqa: PLR2004 - (module, class)
        return bounded(f"{value[0]}:{value[1]}", 300)
    module, name = attribute(value, "module_name"), attribute(value, "class_name")
    if isinstance(module, str) and isinstance(name, str):
        return bounded(f"{module}:{name}", 300)
    model = attribute(value, "model_cls")
    target = model if isinstance(model, type) else value
    if isinstance(target, type):
        return bounded(f"{target.__module__}:{target.__qualname__}", 300)
    return qualified(target)


def _of_engine(key: str, value: str) -> bool:
    if value.isdigit():  # a list of names: whose they are cannot be told
        return True
    return value.startswith(("vllm.", "vllm:")) or key.startswith("vllm.")
