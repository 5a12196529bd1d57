"""What models are put together with (`vllm/model_executor/models/utils.py`)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

import torch
from torch import nn

from vllm._reference import at_least, trim
from vllm._reference.engine.model_parts import make_empty_intermediate_tensors_factory, maybe_prefix


def extract_layer_index(layer_name: str, *_: Any) -> int:
    """Return the one number in a dotted name; AssertionError for none or several."""
    numbers = [int(part) for part in layer_name.split(".") if part.isdigit()]
    if len(numbers) != 1:
        raise AssertionError(f"layer name {layer_name} should only contain one integer")
    return numbers[0]


class PPMissingLayer(nn.Identity):
    """Stands where another pipeline stage has a layer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()


if at_least("0.6.3"):

    def make_layers(
        num_hidden_layers: int, layer_fn: Callable[..., nn.Module], prefix: str
    ) -> Tuple[int, int, nn.ModuleList]:
        """Return (0, n, layers): one stage has every layer."""
        layers = [layer_fn(prefix=f"{prefix}.{index}") for index in range(num_hidden_layers)]
        return 0, num_hidden_layers, nn.ModuleList(layers)

else:

    def make_layers(
        num_hidden_layers: int, layer_fn: Callable[..., nn.Module]
    ) -> Tuple[int, int, nn.ModuleList]:  # type: ignore[misc]
        """Return (0, n, layers): one stage has every layer."""
        return 0, num_hidden_layers, nn.ModuleList([layer_fn() for _ in range(num_hidden_layers)])


def is_pp_missing_parameter(name: str, model: nn.Module) -> bool:
    """Tell whether another stage has the parameter: never, there is one stage."""
    del name, model
    return False


def init_vllm_registered_model(*args: Any, **kwargs: Any) -> nn.Module:
    """Build a part of a model by its own architecture.

    0.5.5 to 0.6.3: `(config, cache_config, quant_config, ...)`; later `(vllm_config, *, prefix,
    hf_config, architectures)`.
    """
    from vllm._reference.engine import construction

    if not at_least("0.6.4"):
        hf_config = args[0] if args else kwargs.pop("config")
        from vllm.model_executor.models import ModelRegistry

        model_class, _ = ModelRegistry.resolve_model_cls(hf_config.architectures)
        names = ("cache_config", "quant_config")
        given = dict(zip(names, args[1:]))
        return model_class(config=hf_config, **{n: given.get(n, kwargs.get(n)) for n in names})
    vllm_config = args[0] if args else kwargs.pop("vllm_config")
    hf_config, names = kwargs.get("hf_config"), kwargs.get("architectures")
    if hf_config is not None:
        vllm_config = vllm_config.with_hf_config(hf_config, names)
    model_class, _ = construction.architecture(vllm_config.model_config)
    return construction.construct(model_class, vllm_config, kwargs.get("prefix", ""))


@dataclass
class WeightsMapper:
    """Renames weights: by part, by prefix, by suffix."""

    orig_to_new_substr: Dict[str, Optional[str]] = field(default_factory=dict)
    orig_to_new_prefix: Dict[str, Optional[str]] = field(default_factory=dict)
    orig_to_new_suffix: Dict[str, Optional[str]] = field(default_factory=dict)

    def _map_name(self, key: str) -> Optional[str]:
        for old, new in self.orig_to_new_substr.items():
            if old in key:
                if new is None:
                    return None
                key = key.replace(old, new, 1)
        for old, new in self.orig_to_new_prefix.items():
            if key.startswith(old):
                if new is None:
                    return None
                key = key.replace(old, new, 1)
        for old, new in self.orig_to_new_suffix.items():
            if key.endswith(old):
                if new is None:
                    return None
                key = new.join(key.rsplit(old, 1))
        return key

    def apply(self, weights: Iterable[Tuple[str, Any]]) -> Iterable[Tuple[str, Any]]:
        """Yield renamed weights; those that map to None are left out."""
        return ((name, data) for old, data in weights if (name := self._map_name(old)) is not None)


class AutoWeightsLoader:
    """Hands weights to `load_weights` of the module they belong to, or copies them.

    ValueError for a stray one.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        skip_prefixes: Optional[List[str]] = None,
        skip_substrs: Optional[List[str]] = None,
        ignore_unexpected_prefixes: Optional[List[str]] = None,
        **_: Any,
    ) -> None:
        self.module = module
        self.skip_prefixes = skip_prefixes or []
        self.skip_substrs = skip_substrs or []
        self.ignore_unexpected_prefixes = ignore_unexpected_prefixes or []

    def _skipped(self, name: str) -> bool:
        return any(name.startswith(p) for p in self.skip_prefixes) or any(
            s in name for s in self.skip_substrs
        )

    def load_weights(
        self, weights: Iterable[Tuple[str, Any]], *, mapper: Optional[WeightsMapper] = None
    ) -> Set[str]:
        """Return the names of what was loaded."""
        if mapper is not None:
            weights = mapper.apply(weights)
        kept = [(name, data) for name, data in weights if not self._skipped(name)]
        return set(self._load("", self.module, kept))

    def _load(self, base: str, module: nn.Module, weights: List[Tuple[str, Any]]) -> Iterable[str]:
        from vllm._reference.engine.weights import default_weight_loader

        own = getattr(module, "load_weights", None)
        if module is not self.module and callable(own):
            for name in own(weights) or ():
                yield maybe_prefix(base, name)
            return
        children = dict(module.named_children())
        parameters = {
            **dict(module.named_buffers(recurse=False)),
            **dict(module.named_parameters(recurse=False)),
        }
        ordered = sorted(weights, key=lambda pair: pair[0].split(".", 1)[0])
        for head, group in itertools.groupby(ordered, key=lambda pair: pair[0].split(".", 1)[0]):
            listed = [(name.split(".", 1)[1] if "." in name else "", data) for name, data in group]
            full = maybe_prefix(base, head)
            if head in children:
                yield from self._load(full, children[head], listed)
            elif head in parameters:
                for _, data in listed:
                    getattr(parameters[head], "weight_loader", default_weight_loader)(parameters[head], data)
                    yield full
            elif not any(full.startswith(p) for p in self.ignore_unexpected_prefixes):
                raise ValueError(
                    f"There is no module or parameter named {full!r} in {type(self.module).__name__}"
                )


def merge_multimodal_embeddings(
    input_ids: Any, inputs_embeds: Any, multimodal_embeddings: Any, placeholder: Any
) -> Any:
    """Put embeddings of other modalities where the placeholder tokens are, in place (until 0.11.2)."""
    ids = placeholder if isinstance(placeholder, list) else [placeholder]
    mask = torch.isin(input_ids, torch.tensor(ids, device=input_ids.device))
    return _merge_multimodal_embeddings(inputs_embeds, multimodal_embeddings, mask)


def _merge_multimodal_embeddings(inputs_embeds: Any, multimodal_embeddings: Any, is_multimodal: Any) -> Any:
    """Put embeddings of other modalities where the mask is set, in place."""
    rows = (
        list(multimodal_embeddings)
        if not isinstance(multimodal_embeddings, torch.Tensor)
        else [multimodal_embeddings]
    )
    flat = torch.cat([part.reshape(-1, inputs_embeds.shape[-1]) for part in rows])
    if flat.shape[0] != int(is_multimodal.sum()):
        raise ValueError(
            f"Attempted to assign {flat.shape[0]} multimodal tokens to {int(is_multimodal.sum())} "
            "placeholders"
        )
    inputs_embeds[is_multimodal] = flat.to(inputs_embeds.dtype)
    return inputs_embeds


def flatten_bn(x: Any, *, concat: bool = False) -> Any:
    """Flatten batch and item dimensions."""
    if isinstance(x, torch.Tensor):
        return x.flatten(0, 1)
    return torch.cat(list(x)) if concat else [item for part in x for item in part]


__all__ = [
    "AutoWeightsLoader",
    "PPMissingLayer",
    "WeightsMapper",
    "extract_layer_index",
    "flatten_bn",
    "init_vllm_registered_model",
    "is_pp_missing_parameter",
    "make_empty_intermediate_tensors_factory",
    "make_layers",
    "maybe_prefix",
    "merge_multimodal_embeddings",
]

trim(globals())
