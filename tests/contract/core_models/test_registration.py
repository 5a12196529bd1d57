"""Registering models: what each release accepts, refuses and says."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]

REGISTER = """
import json, logging, sys, types
torch = types.ModuleType("torch"); torch.nn = types.ModuleType("torch.nn")
torch.nn.Module = type("Module", (), {}); torch.Tensor = type("Tensor", (), {})
sys.modules["torch"], sys.modules["torch.nn"] = torch, torch.nn
from vllm import ModelRegistry
records = []
class Kept(logging.Handler):
    def emit(self, record): records.append((record.levelname, record.getMessage()))
root = logging.getLogger("vllm"); root.handlers = [Kept()]; root.setLevel("DEBUG"); root.propagate = False
class Model(torch.nn.Module):
    def __init__(self, *, vllm_config, prefix=""): ...
def attempt(arch, model):
    try:
        ModelRegistry.register_model(arch, model)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "registered"
found = {
    "class": attempt("A", Model), "lazy": attempt("B", "m:C"), "no colon": attempt("C", "m.C"),
    "two colons": attempt("D", "m:C:x"), "no module": attempt("E", object()), "number": attempt(3, Model),
}
records.clear()
attempt("OPTForCausalLM", Model)
found["override"] = next(level for level, text in records if "already registered" in text)
found["type"] = type(ModelRegistry.get_supported_archs()).__name__
print(json.dumps(found))
"""

FORMAT = "ValueError: Expected a string in the format `<module>:<class>`"
NO_STRING = "TypeError: `model_arch` should be a string, not a <class 'int'>"


def object_type_error(named: str) -> str:
    return f"TypeError: `model_cls` should be a string or PyTorch model class, not a <class '{named}'>"


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        (
            "0.5.5",
            {"lazy": "registered", "no colon": "registered", "number": "registered", "override": "WARNING"},
        ),
        ("0.6.3", {"lazy": "registered", "no colon": FORMAT, "two colons": FORMAT, "number": "registered"}),
        ("0.7.3", {"number": "registered", "override": "WARNING", "type": "dict_keys"}),
        ("0.8.0", {"no module": object_type_error("str"), "number": NO_STRING, "override": "WARNING"}),
        ("0.22.1", {"no module": object_type_error("str"), "override": "WARNING"}),
        ("0.23.0", {"no module": object_type_error("str"), "override": "DEBUG"}),
        ("0.26.0", {"no module": object_type_error("str")}),
        ("0.27.0", {"no module": object_type_error("object"), "class": "registered", "override": "DEBUG"}),
        ("0.33.0", {"no module": object_type_error("object"), "lazy": "registered", "two colons": FORMAT}),
    ],
)
def test_register_model_accepts_and_refuses_as_the_release_does(
    release: str, expected: dict[str, str], run: Run
) -> None:
    found = json.loads(run(release, REGISTER))
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("release", "kind"), [("0.5.5", "list"), ("0.6.3.post1", "list"), ("0.6.4", "dict_keys")]
)
def test_supported_architectures_come_as_a_list_and_then_as_a_view(release: str, kind: str, run: Run) -> None:
    assert json.loads(run(release, REGISTER))["type"] == kind


@pytest.mark.parametrize("release", ["0.6.3", "0.10.2", "0.33.0"])
def test_registering_lazily_imports_neither_torch_nor_the_model(release: str, run: Run) -> None:
    program = """
import sys
from vllm import ModelRegistry
ModelRegistry.register_model("Acme", "acme.model:Acme")
print("torch" in sys.modules, "acme" in sys.modules)
"""
    assert run(release, program).split() == ["False", "False"]


INSPECT = """
import sys
from vllm import ModelRegistry
ModelRegistry.register_model("Acme", sys.argv[1] if len(sys.argv) > 1 else "nowhere:Acme")
class Config: model_impl = "vllm"; convert_type = "none"
arguments = (["{arch}"],) if {old} else (["{arch}"], Config())
try:
    ModelRegistry.inspect_model_cls(*arguments)
except ValueError as error:
    print(str(error)[:90])
"""


@pytest.mark.parametrize(
    ("release", "arch", "says"),
    [
        ("0.6.3", "Acme", "not supported for now"),
        ("0.6.4", "Acme", "failed to be inspected"),
        ("0.33.0", "Acme", "failed to be inspected"),
        ("0.10.1", "Other", "not supported for now"),
        ("0.10.1", "Phi3SmallForCausalLM", "was supported in vLLM until v0.9.2"),
        ("0.11.0", "Phi3SmallForCausalLM", "was supported in vLLM until v0.9.2"),
        ("0.18.1", "BartForConditionalGeneration", "was supported in vLLM until v0.10.2"),
        ("0.19.0", "BartForConditionalGeneration", "is not supported in-tree anymore"),
    ],
)
def test_an_architecture_that_cannot_be_used_is_explained_in_the_words_of_the_release(
    release: str, arch: str, says: str, run: Run
) -> None:
    old = release in {"0.6.3", "0.6.4", "0.10.0"}
    assert says in run(release, INSPECT.format(arch=arch, old=old))


UNKNOWN = """
import json, os, sys
from vllm.engine.arg_utils import EngineArgs
from vllm.model_executor.model_loader.utils import get_model_architecture
for options in ({}, {"model_impl": "transformers"}):
    try:
        config = EngineArgs(model=os.environ["MODEL"], **options).create_model_config()
        get_model_architecture(config)
    except (TypeError, ValueError) as error:
        print("TypeError" if isinstance(error, TypeError) else str(error).split(" Supported arch")[0])
"""
UNSUPPORTED = "Model architectures ['Odd'] are not supported for now."
NO_OPTION = "TypeError"
NO_IMPLEMENTATION = (
    "Odd has no vLLM implementation and the Transformers implementation is not compatible with vLLM."
)
NOT_COMPATIBLE = "The Transformers implementation of Odd is not compatible with vLLM."
NO_MODULE = (
    "Cannot find model module. 'Odd' is not a registered model in the Transformers library (only relevant "
    "if the model is meant to be in Transformers) and 'AutoModel' is not present in the model config's "
    "'auto_map' (relevant if the model is custom)."
)


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("0.6.4", [UNSUPPORTED, "TypeError"]),
        ("0.7.1", [UNSUPPORTED, "TypeError"]),
        ("0.7.2", [NO_IMPLEMENTATION, NOT_COMPATIBLE]),
        ("0.7.3", [NO_IMPLEMENTATION, NOT_COMPATIBLE]),
        ("0.8.0", [f"{NO_IMPLEMENTATION} Try setting VLLM_USE_V1=0.", NOT_COMPATIBLE]),
        ("0.8.4", [f"{NO_IMPLEMENTATION} Try setting VLLM_USE_V1=0.", NOT_COMPATIBLE]),
        ("0.8.5", [NO_MODULE, NO_MODULE]),
        ("0.9.2", [NO_MODULE, NO_MODULE]),
        ("0.10.0", [NO_MODULE, NO_MODULE]),
        ("0.10.1", [UNSUPPORTED, NO_MODULE]),
        ("0.19.0", [UNSUPPORTED, NO_MODULE]),
        ("0.33.0", [UNSUPPORTED, NO_MODULE]),
    ],
)
def test_an_unknown_architecture_is_refused_in_the_words_of_the_release(
    release: str, expected: list[str], run: Run, tmp_path: Path
) -> None:
    """Without and with `model_impl="transformers"`, an option since 0.7.2."""
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["Odd"]}))
    said = run(release, UNKNOWN, MODEL=str(tmp_path), VLLM_TARGET_DEVICE="cpu").splitlines()
    assert [line for line in said if not line.startswith(("INFO", "WARNING"))] == expected


CACHED = """
import json, os, pathlib, sys
from vllm import ModelRegistry
from vllm.model_executor.models import registry
ran = []
registry._run_in_subprocess = lambda function: ran.append(1) or registry._ModelInfo(
    **{name: False for name in registry._ModelInfo.__dataclass_fields__})
entry = registry._LazyRegisteredModel(sys.argv[1] if len(sys.argv) > 1 else os.environ["TARGET"], "Acme")
entry.inspect_model_cls()
entry.inspect_model_cls()
first = len(ran)
pathlib.Path(os.environ["EDITED"]).write_text("# changed")
entry.inspect_model_cls()
print(json.dumps([first, len(ran), "acme" in sys.modules]))
"""


@pytest.mark.parametrize(
    ("release", "target", "edited", "expected"),
    [
        ("0.10.2", "acme.model", "acme/model.py", [2, 3, False]),
        ("0.11.0", "acme.model", "acme/model.py", [2, 3, False]),
        ("0.11.0", "acme.llama", "acme/llama.py", [1, 1, False]),
        ("0.22.0", "acme.model", "acme/model.py", [1, 2, True]),
        ("0.24.0", "acme", "acme/model.py", [1, 1, False]),
        ("0.25.0", "acme", "acme/model.py", [1, 2, False]),
        ("0.33.0", "acme.llama", "acme/llama.py", [1, 2, True]),
    ],
)
def test_what_is_found_by_inspection_is_cached_by_the_rule_of_the_release(
    release: str,
    target: str,
    edited: str,
    expected: list[object],
    run: Run,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Up to 0.21 an in-tree file of that name is hashed; then the plugin's own, which imports its package."""
    plugin = tmp_path_factory.mktemp("plugin")
    (plugin / "acme").mkdir()
    for name in ("__init__", "model", "llama"):
        (plugin / "acme" / f"{name}.py").write_text("")
    found = json.loads(run(release, CACHED, plugin, TARGET=target, EDITED=str(plugin / edited)))
    assert found == expected
