"""What each release asks of a model class that a plugin registers, read off the interface history.

vLLM's runners call models through objects of no known type, so the index shows none of this. The values of
the history's dimensions say what is done, with the file and line of each.
"""

from collections.abc import Iterator

import msgspec

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model.signature import Kind, Shape, Signature, unbindable
from plugin_matrix.model.version_set import Mask, ReleaseAxis

_FORWARD_OF_V0 = ("input_ids", "positions", "kv_caches", "attn_metadata")
_FORWARD = ("input_ids", "positions")
EVER_PASSED = frozenset({*_FORWARD_OF_V0, "intermediate_tensors", "inputs_embeds"})
"""What `forward` is passed on some release, whatever the model."""
_EXTRAS = ("lora_config", "multimodal_config", "scheduler_config")
"""What constructors before 0.6.4 are given besides, when the model has the interface for it."""
_GUESSED = ("prefix", "config", "cache_config", "quant_config", "lora_config", "scheduler_config")
"""What a constructor is given by name that does not take `vllm_config` and `prefix`."""


class Check(msgspec.Struct, frozen=True):
    """What `is_text_generation_model` asks of a class (`vllm/model_executor/models/interfaces_base.py`)."""

    constructor: tuple[str, ...]
    """Keywords that the constructor must take."""
    forward: tuple[str, ...]
    """Keywords that `forward` must take."""
    members: tuple[tuple[str, ...], ...] = (("compute_logits",),)
    """Members there must be; of alternatives one is enough."""


_EMBEDDING = (("compute_logits",), ("embed_input_ids",))
_CHECKS: dict[str, Check | None] = {
    "": None,
    "cache_config-forward4-sample": Check(
        ("cache_config", "quant_config"), _FORWARD_OF_V0, (("compute_logits",), ("sample",))
    ),
    "vllm_config-forward4-sample": Check(
        ("vllm_config",), _FORWARD_OF_V0, (("compute_logits",), ("sample",))
    ),
    "forward2-sample": Check(("vllm_config",), _FORWARD, (("compute_logits",), ("sample",))),
    "forward2": Check(("vllm_config",), _FORWARD),
    "embed_input_ids-broken-alias": Check(("vllm_config",), _FORWARD, _EMBEDDING),
    "embed_input_ids-alias": Check(
        ("vllm_config",), _FORWARD, (("compute_logits",), ("embed_input_ids", "get_input_embeddings"))
    ),
    "embed_input_ids": Check(("vllm_config",), _FORWARD, _EMBEDDING),
    "embed_input_ids-callable": Check(("vllm_config",), _FORWARD, _EMBEDDING),
}
_REFUSED = {"stop-iteration", "pooling-task", "value-error"}
"""Outcomes of a failed check after which the model does not generate."""
_POOLS_WITHOUT_CHECK = {"all-poolable", "flag-all-poolable"}
_CHECKS_TYPES = {"checks-types", "override-debug", "type-in-message"}


class ModelInterface(msgspec.Struct, frozen=True):
    """The values of the history's dimensions on some releases."""

    register_model: str
    text_generation_check: str
    failed_check_outcome: str
    pooling_check: str
    model_init_contract: str
    model_forward_call: str
    compute_logits_call: str
    model_runner_default: str

    @property
    def takes_names(self) -> bool:
        """Whether a model may be registered as `module:Class`."""
        return self.register_model != "class-only"

    @property
    def takes_modules_only(self) -> bool:
        """Whether registering a class that is none of torch's modules raises TypeError."""
        return self.register_model in _CHECKS_TYPES

    @property
    def check(self) -> Check | None:
        """What a class must have to generate; None where a class that has it not is taken all the same."""
        return _CHECKS[self.text_generation_check] if self.failed_check_outcome in _REFUSED else None

    @property
    def pools_whatever_it_is(self) -> bool:
        """Whether a class that fails the check serves for pooling still."""
        return self.pooling_check in _POOLS_WITHOUT_CHECK

    def refuses_constructor(self, own: Signature) -> str | None:
        """Return why a model whose constructor takes `own` (bound) cannot be made; None when it can."""
        names = {p.name: p.kind for p in own.parameters}
        match self.model_init_contract:
            case "config-keywords":
                extras = tuple(name for name in _EXTRAS if name in names)
                return unbindable(own, Shape(0, ("config", "cache_config", "quant_config", *extras)))
            case "vllm_config-keyword-only":
                if any(names.get(name) is not Kind.KEYWORD_ONLY for name in ("vllm_config", "prefix")):
                    return "vllm_config and prefix have to be keyword-only"
                return unbindable(own, Shape(0, ("vllm_config", "prefix")))
            case _:
                if "vllm_config" in names and "prefix" in names:
                    return unbindable(own, Shape(0, ("vllm_config", "prefix")))
                guessed = tuple(name for name in _GUESSED if name in names)
                if not guessed and names:
                    return "vllm_config and prefix are not both named, so vLLM guesses and passes nothing"
                return unbindable(own, Shape(0, guessed))

    def forward_calls(self) -> tuple[Shape, ...]:
        """Return the calls of `forward`, that of the default runner first; any of them may be made."""
        if self.model_forward_call == "kv_caches-attn_metadata":
            return (Shape(0, (*_FORWARD_OF_V0, "intermediate_tensors")),)
        v1 = Shape(0, (*_FORWARD, "intermediate_tensors", "inputs_embeds"))
        if self.model_runner_default == "v1":  # V0 on request, which passed no embeddings at first
            return v1, Shape(0, (*_FORWARD, "intermediate_tensors"))
        return (v1,)

    def logits_call(self) -> Shape:
        """Return the call of `compute_logits`."""
        return Shape(1 if self.compute_logits_call == "hidden" else 2)


def model_interfaces(axis: ReleaseAxis, history: InterfaceHistory) -> Iterator[tuple[Mask, ModelInterface]]:
    """Yield what releases ask of models, each with those that ask just that."""
    found: dict[ModelInterface, Mask] = {}
    for position, release in enumerate(axis.releases):
        known = history.stand_in(release)
        interface = ModelInterface(*(history.value(known, name) for name in ModelInterface.__struct_fields__))
        found[interface] = found.get(interface, 0) | 1 << position
    for interface, mask in found.items():
        yield mask, interface
