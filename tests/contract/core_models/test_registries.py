"""What the registries beside the models' hold, accept and refuse, by release."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., str]

HEAD = """
import json, logging, sys, types
torch = types.ModuleType("torch"); torch.nn = types.ModuleType("torch.nn")
class Module:
    def __init__(self, *args, **kwargs): ...
torch.nn.Module = Module; torch.Tensor = type("Tensor", (), {})
sys.modules["torch"], sys.modules["torch.nn"] = torch, torch.nn
records = []
class Kept(logging.Handler):
    def emit(self, record): records.append((record.levelname, record.getMessage()))
root = logging.getLogger("vllm"); root.handlers = [Kept()]; root.setLevel("DEBUG"); root.propagate = False
found = {}
def attempt(name, do):
    records.clear()
    try:
        result = do()
    except Exception as error:
        result = f"{type(error).__name__}: {error}"
    else:
        said = [level for level, text in records if "already" in text]
        result = said[0] if said else result if isinstance(result, (str, bool, int, list)) else "done"
    found[name] = result
"""
TAIL = "\nprint(json.dumps(found))\n"


def seen(run: Run, release: str, program: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(release, HEAD + program + TAIL).splitlines()[-1])
    return found


def held(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The part of `found` that is expected."""
    return {key: found.get(key) for key in expected}


CUSTOM_OP = """
from vllm.model_executor import custom_op as module
from vllm.model_executor.custom_op import CustomOp
class Op(CustomOp):
    def forward_native(self): return "native"
    def dispatch_forward(self, *args, **kwargs): return self.forward_native
class Mine(Op):
    def forward_native(self): return "mine"
class Layer(Module): ...
attempt("register", lambda: CustomOp.register("op")(Op))
attempt("register twice", lambda: CustomOp.register("op")(Op))
attempt("dimensions", lambda: CustomOp.register("op2", dynamic_arg_dims=None)(Op))
attempt("replace", lambda: CustomOp.register_oot(name="Op")(Mine))
attempt("replace twice", lambda: CustomOp.register_oot(name="Op")(Mine))
attempt("replace by class", lambda: CustomOp.register_oot(Mine))
attempt("replace by text", lambda: CustomOp.register_oot("Op"))
attempt("made", lambda: type(Op()).__name__)
attempt("registries", lambda: ["module" if hasattr(module, n) else "class" if hasattr(CustomOp, n) else "none"
                               for n in ("op_registry", "op_registry_oot")])
attempt("layer", lambda: module.PluggableLayer.register_oot(name="Layer")(Layer))
attempt("layer twice", lambda: module.PluggableLayer.register_oot(name="Layer")(Layer))
attempt("layer like an op", lambda: module.PluggableLayer.register_oot(name="Op")(Layer))
attempt("layer name", lambda: module.PluggableLayer.register("op")(Layer))
"""
NO_OOT = "AttributeError: type object 'CustomOp' has no attribute 'register_oot'"
NO_LAYER = "AttributeError: module 'vllm.model_executor.custom_op' has no attribute 'PluggableLayer'"
NO_DIMENSIONS = "TypeError: CustomOp.register() got an unexpected keyword argument 'dynamic_arg_dims'"


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        (
            "0.6.4",
            {
                "register": "done",
                "register twice": "AssertionError: Duplicate op name: op",
                "replace": NO_OOT,
                "made": "Op",
                "registries": ["class", "none"],
                "layer": NO_LAYER,
            },
        ),
        ("0.9.1", {"replace": NO_OOT, "registries": ["class", "none"], "made": "Op"}),
        (
            "0.9.2",
            {
                "replace": "done",
                "replace twice": "AssertionError: Duplicate op name: Op",
                "replace by class": "done",
                "replace by text": "TypeError: Decorator can only be applied to classes.",
                "made": "Mine",
                "registries": ["class", "class"],
                "layer": NO_LAYER,
            },
        ),
        (
            "0.14.0",
            {"layer": NO_LAYER, "replace twice": "AssertionError: Duplicate op name: Op", "made": "Mine"},
        ),
        (
            "0.15.0",
            {
                "register twice": "AssertionError: Duplicate op name: op",
                "dimensions": NO_DIMENSIONS,
                "replace twice": "AssertionError: Duplicate op name: Op",
                "registries": ["module", "module"],
                "layer": "done",
                "layer twice": "AssertionError: Duplicate layer name: Layer",
                "layer like an op": "AssertionError: Duplicate layer name: Op",
                "layer name": "AssertionError: Duplicate op name: op",
            },
        ),
        ("0.17.0", {"dimensions": "done", "made": "Mine"}),
        ("0.33.0", {"dimensions": "done", "layer twice": "AssertionError: Duplicate layer name: Layer"}),
    ],
)
def test_custom_operators_and_layers_are_registered_once(
    release: str, expected: dict[str, Any], run: Run
) -> None:
    assert held(seen(run, release, CUSTOM_OP), expected) == expected


QUANTIZATION = """
from vllm.model_executor.layers import quantization as module
from vllm.model_executor.layers.quantization.base_config import QuantizationConfig
import vllm.platforms
class Mine(QuantizationConfig): ...
class Platform(vllm.platforms.Platform):
    supported_quantization = ["fp8"]
vllm.platforms.current_platform = Platform()
register = getattr(module, "register_quantization_config", None)
attempt("new", lambda: register("mine")(Mine))
attempt("known", lambda: module.get_quantization_config("mine") is Mine)
attempt("twice", lambda: register("mine")(Mine))
attempt("gguf", lambda: register("gguf")(Mine))
attempt("no config", lambda: register("other")(object))
attempt("platform", lambda: Platform.supported_quantization)
attempt("unknown", lambda: module.get_quantization_config("nothing"))
attempt("kind", lambda: type(module.QUANTIZATION_METHODS).__name__)
"""
NO_CONFIG = "ValueError: The quantization config must be a subclass of `QuantizationConfig`."


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        (
            "0.6.4",
            {"new": "TypeError: 'NoneType' object is not callable", "kind": "dict", "platform": ["fp8"]},
        ),
        (
            "0.7.0",
            {
                "new": "done",
                "known": True,
                "twice": "ValueError: The quantization method `mine` is already exists.",
                "gguf": "ValueError: The quantization method `gguf` is already exists.",
                "no config": NO_CONFIG,
                "platform": ["fp8"],
                "unknown": "ValueError: Invalid quantization method: nothing",
                "kind": "list",
            },
        ),
        ("0.11.0", {"twice": "ValueError: The quantization method `mine` is already exists."}),
        (
            "0.11.1",
            {
                "new": "done",
                "twice": "WARNING",
                "gguf": "WARNING",
                "no config": NO_CONFIG,
                "platform": ["fp8"],
            },
        ),
        ("0.13.0", {"twice": "WARNING", "platform": ["fp8"]}),
        ("0.14.0", {"twice": "WARNING", "platform": ["fp8", "mine", "other"], "no config": NO_CONFIG}),
        ("0.22.1", {"twice": "WARNING"}),
        ("0.23.0", {"twice": "DEBUG", "gguf": "DEBUG", "platform": ["fp8", "mine", "other"]}),
        ("0.24.0", {"twice": "DEBUG", "gguf": "done", "platform": ["fp8", "mine", "gguf", "other"]}),
        ("0.33.0", {"new": "done", "known": True, "twice": "DEBUG", "gguf": "done"}),
    ],
)
def test_a_quantization_method_may_be_registered_twice_or_not(
    release: str, expected: dict[str, Any], run: Run
) -> None:
    assert held(seen(run, release, QUANTIZATION), expected) == expected


LOADERS = """
from vllm.model_executor import model_loader as module
from vllm.model_executor.model_loader.base_loader import BaseModelLoader
class Mine(BaseModelLoader):
    def download_model(self, model_config): ...
    def load_weights(self, model, model_config): ...
def made(load_format):
    return type(module.get_model_loader(types.SimpleNamespace(load_format=load_format))).__name__
attempt("new", lambda: module.register_model_loader("mine")(Mine))
attempt("made", lambda: made("mine"))
attempt("twice", lambda: module.register_model_loader("mine")(Mine))
attempt("gguf", lambda: module.register_model_loader("gguf")(Mine))
attempt("no loader", lambda: module.register_model_loader("mine")(object))
attempt("unknown", lambda: made("nothing"))
"""
NO_LOADER = "ValueError: The model loader must be a subclass of `BaseModelLoader`."


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        (
            "0.10.0",
            {
                "new": "AttributeError: module 'vllm.model_executor.model_loader' has no attribute "
                "'register_model_loader'"
            },
        ),
        (
            "0.10.1",
            {
                "new": "done",
                "made": "Mine",
                "twice": "WARNING",
                "gguf": "WARNING",
                "no loader": NO_LOADER,
                "unknown": "ValueError: Load format `nothing` is not supported",
            },
        ),
        ("0.24.0", {"twice": "WARNING", "gguf": "done"}),
        ("0.33.0", {"new": "done", "made": "Mine", "twice": "WARNING", "gguf": "done"}),
    ],
)
def test_a_load_format_may_be_registered_over_another(
    release: str, expected: dict[str, Any], run: Run
) -> None:
    assert held(seen(run, release, LOADERS), expected) == expected


CONNECTORS = """
from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory as Factory
class Old:
    def __init__(self, vllm_config, role): self.given = 2
class New:
    def __init__(self, vllm_config, role, kv_cache_config): self.given = 3
mine = types.ModuleType("mine"); mine.Old, mine.New = Old, New
sys.modules["mine"] = mine
def made(name, path=None):
    transfer = types.SimpleNamespace(kv_connector=name, kv_connector_module_path=path)
    return Factory.create_connector(types.SimpleNamespace(kv_transfer_config=transfer), "role").given
attempt("new", lambda: Factory.register_connector("Mine", "mine", "New"))
def again(name):
    try:
        Factory.register_connector(name, "mine", "New")
    except ValueError as error:
        return str(error)
attempt("twice", lambda: again("Mine"))
attempt("Nixl", lambda: again("NixlConnector"))
attempt("by name", lambda: made("Mine"))
attempt("by module", lambda: made("New", "mine"))
attempt("old", lambda: made("Old", "mine"))
attempt("unknown", lambda: made("Nothing"))
attempt("members", lambda: sorted(name for name in vars(Factory) if not name.startswith("_")))
"""
TAKEN = "Connector '{}' is already registered."
REFUSED = (
    "ValueError: Connector Old uses deprecated 2-argument constructor signature. External v1 KV connectors "
    "must accept kv_cache_config as the third constructor argument and pass it to super().__init__()."
)


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("0.6.5", {"members": ["create_connector"]}),
        (
            "0.7.0",
            {
                "new": "done",
                "twice": TAKEN.format("Mine"),
                "members": ["create_connector", "register_connector"],
            },
        ),
        ("0.8.5", {"members": ["create_connector_v0", "create_connector_v1", "register_connector"]}),
        (
            "0.10.1",
            {
                "twice": TAKEN.format("Mine"),
                "Nixl": TAKEN.format("NixlConnector"),
                "old": 2,
                "by module": "TypeError: New.__init__() missing 1 required positional argument: "
                "'kv_cache_config'",
                "unknown": "ValueError: Unsupported connector type: Nothing",
            },
        ),
        ("0.11.1", {"by name": 3, "by module": 3, "old": 2}),
        ("0.20.2", {"by name": 3, "by module": 3, "old": 2}),
        (
            "0.21.0",
            {"by module": 3, "old": REFUSED, "unknown": "ValueError: Unsupported connector type: Nothing"},
        ),
        ("0.33.0", {"by name": 3, "Nixl": TAKEN.format("NixlConnector"), "old": REFUSED}),
    ],
)
def test_kv_connectors_are_registered_once_and_made_as_in_the_release(
    release: str, expected: dict[str, Any], run: Run
) -> None:
    assert held(seen(run, release, CONNECTORS), expected) == expected


POOLING = """
from vllm.model_executor.models import interfaces_base as module
class Model: ...
decorate = getattr(module, "default_pooling_type", None)
attempt("positional", lambda: module.default_pooling_type("CLS")(Model))
attempt("keyword", lambda: module.default_pooling_type(seq_pooling_type="CLS")(Model))
attempt("set", lambda: sorted(name for name in vars(Model) if name.startswith("default")))
try:
    from vllm.model_executor.models import adapters
except ImportError:
    adapters = None
attempt("adapters", lambda: [name for name in ("as_classification_model", "as_embedding_model",
                             "as_reward_model", "as_seq_cls_model") if hasattr(adapters, name)])
"""
NO_DECORATOR = (
    "AttributeError: module 'vllm.model_executor.models.interfaces_base' has no attribute "
    "'default_pooling_type'"
)


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("0.6.4", {"adapters": [], "positional": NO_DECORATOR}),
        ("0.6.5", {"adapters": ["as_embedding_model"]}),
        ("0.7.0", {"adapters": ["as_classification_model", "as_embedding_model", "as_reward_model"]}),
        ("0.10.1", {"positional": NO_DECORATOR}),
        (
            "0.10.2",
            {
                "positional": "done",
                "keyword": "TypeError: default_pooling_type() got an unexpected keyword argument "
                "'seq_pooling_type'",
                "set": ["default_pooling_type"],
                "adapters": ["as_embedding_model", "as_reward_model", "as_seq_cls_model"],
            },
        ),
        ("0.13.0", {"positional": "done"}),
        (
            "0.14.0",
            {
                "positional": "TypeError: default_pooling_type() takes 0 positional arguments but 1 "
                "was given",
                "keyword": "done",
                "set": ["default_seq_pooling_type", "default_tok_pooling_type"],
            },
        ),
        ("0.33.0", {"keyword": "done", "adapters": ["as_embedding_model", "as_seq_cls_model"]}),
    ],
)
def test_pooling_defaults_and_adapters_are_the_releases(
    release: str, expected: dict[str, Any], run: Run
) -> None:
    assert held(seen(run, release, POOLING), expected) == expected


QUERIES = """
from vllm import ModelRegistry
import inspect
queries = ("inspect_model_cls", "resolve_model_cls", "is_text_generation_model", "is_pooling_model",
           "is_multimodal_model", "is_pp_supported_model")
names = [name for name in queries if hasattr(ModelRegistry, name)]
attempt("parameters", lambda: sorted({",".join(inspect.signature(getattr(ModelRegistry, name)).parameters)
                                      for name in names}))
attempt("archs", lambda: type(ModelRegistry.get_supported_archs()).__name__)
"""


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("0.6.2", {"archs": "list"}),
        ("0.6.3.post1", {"archs": "list", "parameters": ["architectures"]}),
        ("0.6.4", {"archs": "dict_keys", "parameters": ["architectures"]}),
        ("0.10.0", {"parameters": ["architectures"]}),
        ("0.10.1", {"parameters": ["architectures,model_config"]}),
        ("0.33.0", {"archs": "dict_keys", "parameters": ["architectures,model_config"]}),
    ],
)
def test_queries_of_the_registry_take_what_the_release_takes(
    release: str, expected: dict[str, Any], run: Run
) -> None:
    assert held(seen(run, release, QUERIES), expected) == expected
