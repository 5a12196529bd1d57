"""Building and running models with torch, as each release does it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.torch

Run = Callable[..., str]

RECORDING = """
import json, sys
import torch
import vllm
CALLS = {"init": [], "forward": [], "compute_logits": []}
class Recording(torch.nn.Module):
    is_text = True
    def __init__(self, *args, ANY_INIT):
        super().__init__()
        CALLS["init"] = sorted(INIT_NAMES)
        self.weight = torch.nn.Parameter(torch.zeros(1))
    def embed_input_ids(self, input_ids, *args): return torch.zeros(len(input_ids), 4)
    get_input_embeddings = embed_input_ids
    def forward(self, input_ids, positions, kv_caches="absent", attn_metadata="absent",
                intermediate_tensors="absent", inputs_embeds="absent"):
        given = {"kv_caches": kv_caches, "attn_metadata": attn_metadata, "inputs_embeds": inputs_embeds,
                 "intermediate_tensors": intermediate_tensors}
        CALLS["forward"] = {name: "absent" if type(value) is str else type(value).__name__
                            for name, value in given.items()}
        return torch.nn.functional.one_hot((input_ids + 1) % 128, 128).float()
    def compute_logits(self, hidden_states, *metadata):
        CALLS["compute_logits"] = [type(value).__name__ for value in metadata]
        if metadata and metadata[0] is not None:
            hidden_states = hidden_states[metadata[0].selected_token_indices]
        return hidden_states
    def sample(self, logits, sampling_metadata):
        from vllm.model_executor.layers import sampler
        CALLS["sample"] = type(sampling_metadata).__module__
        made = sampler.get_sampler() if hasattr(sampler, "get_sampler") else sampler.Sampler()
        return made(logits, sampling_metadata)
if __name__ == "__main__":
    from vllm import LLM, ModelRegistry, SamplingParams
    ModelRegistry.register_model("Recording", Recording)
    llm = LLM(model=sys.argv[1] if len(sys.argv) > 1 else MODEL, skip_tokenizer_init=True)
    outputs = llm.generate([{"prompt_token_ids": [1, 2, 3]}, {"prompt_token_ids": [9]}],
                           SamplingParams(temperature=0.0, max_tokens=3))
    print(json.dumps({"tokens": [list(output.outputs[0].token_ids) for output in outputs], **CALLS}))
"""
OLD_INIT = "config, cache_config, quant_config"
NEW_INIT = '*, vllm_config, prefix=""'
ABSENT = "absent"
V0_WITH_CACHES = {"kv_caches": "list", "attn_metadata": "AttentionBatch", "intermediate_tensors": "NoneType"}
V0_WITHOUT = {"kv_caches": ABSENT, "attn_metadata": ABSENT, "intermediate_tensors": "NoneType"}
V1 = {"kv_caches": ABSENT, "attn_metadata": ABSENT, "inputs_embeds": "NoneType"}


@pytest.fixture
def model(tmp_path: Path) -> Callable[..., Path]:
    def lay_out(**description: object) -> Path:
        directory = tmp_path / "model"
        directory.mkdir()
        (directory / "config.json").write_text(json.dumps(description))
        return directory

    return lay_out


@pytest.mark.parametrize(
    ("release", "environment", "init", "forward", "compute_logits"),
    [
        ("0.5.5", {}, ["cache_config", "config", "quant_config"], V0_WITH_CACHES, ["SamplingMetadata"]),
        ("0.6.3.post1", {}, ["cache_config", "config", "quant_config"], V0_WITH_CACHES, ["SamplingMetadata"]),
        ("0.6.4", {}, ["prefix", "vllm_config"], V0_WITH_CACHES, ["SamplingMetadata"]),
        ("0.7.3", {}, ["prefix", "vllm_config"], V0_WITH_CACHES, ["SamplingMetadata"]),
        ("0.8.4", {}, ["prefix", "vllm_config"], V0_WITHOUT, ["SamplingMetadata"]),
        ("0.10.2", {"VLLM_USE_V1": "1"}, ["prefix", "vllm_config"], V1, ["NoneType"]),
        ("0.11.0", {}, ["prefix", "vllm_config"], V1, []),
        ("0.33.0", {}, ["prefix", "vllm_config"], V1, []),
    ],
)
def test_a_model_is_called_exactly_as_the_release_calls_it(
    release: str,
    environment: dict[str, str],
    init: list[str],
    forward: dict[str, str],
    compute_logits: list[str],
    run: Run,
    torch_python: str,
    model: Callable[..., Path],
) -> None:
    directory = model(architectures=["Recording"])
    old = init[0] == "cache_config"
    program = (
        RECORDING.replace(
            "*args, ANY_INIT", "config, cache_config, quant_config" if old else '*, vllm_config, prefix=""'
        )
        .replace("INIT_NAMES", "[n for n in locals() if n not in ('self', '__class__')]")
        .replace("MODEL", repr(str(directory)))
    )
    printed = run(release, program, python=torch_python, VLLM_ENABLE_V1_MULTIPROCESSING="0", **environment)
    found = json.loads(printed.splitlines()[-1])
    assert found["tokens"] == [[4, 5, 6], [10, 11, 12]]
    assert found["init"] == init
    assert {name: found["forward"][name] for name in forward} == forward
    assert found["compute_logits"] == compute_logits


CONSTRUCTED = """
import sys, warnings
import torch
class Config:
    class model_config: hf_config = "description"
    cache_config = "cache"; quant_config = "quant"; lora_config = None; scheduler_config = None
    class compilation_config: static_forward_context = {}
class Positional:
    def __init__(self, vllm_config, prefix=""): self.got = ["vllm_config", "prefix"]
class KeywordOnly:
    def __init__(self, *, vllm_config, prefix=""): self.got = ["vllm_config", "prefix"]
class Old:
    def __init__(self, config, cache_config=None, quant_config=None):
        self.got = [config, cache_config, quant_config]
class NoPrefix:
    def __init__(self, *, vllm_config): self.got = ["vllm_config"]
from vllm._reference.engine.construction import construct
for subject in (KeywordOnly, Positional, Old, NoPrefix):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = ",".join(construct(subject, Config).got)
        except Exception as error:
            found = type(error).__name__
    print(found, *[warning.category.__name__ for warning in caught])
"""
NEW = "vllm_config,prefix"


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("0.6.4", [NEW, "AssertionError", "AssertionError", "AssertionError"]),
        ("0.6.4.post1", [NEW, NEW, "description,cache,quant", "TypeError"]),
        ("0.6.5", [NEW, NEW, "description,cache,quant DeprecationWarning", "TypeError DeprecationWarning"]),
        ("0.33.0", [NEW, NEW, "description,cache,quant DeprecationWarning", "TypeError DeprecationWarning"]),
    ],
)
def test_a_constructor_is_called_by_the_contract_of_the_release(
    release: str, expected: list[str], run: Run, torch_python: str
) -> None:
    printed = run(release, CONSTRUCTED, python=torch_python).splitlines()
    assert [line for line in printed if not line.startswith(("WARNING", "INFO"))] == expected


PLUGIN = """
def register():
    from vllm import ModelRegistry
    ModelRegistry.register_model("AcmeForCausalLM", "acme_model:AcmeForCausalLM")
"""
PLUGIN_MODEL = """
from vllm.model_executor.models.opt import OPTForCausalLM
class AcmeForCausalLM(OPTForCausalLM):
    def compute_logits(self, *args):
        logits = super().compute_logits(*args)
        logits[:, 0] -= 1.0
        return logits
"""
GENERATE = """
if __name__ == "__main__":
    from vllm import LLM, SamplingParams
    try:
        llm = LLM(model=MODEL, skip_tokenizer_init=True)
        prompts = [{"prompt_token_ids": [1, 2, 3]}, {"prompt_token_ids": [7, 8]}]
        outputs = llm.generate(prompts, SamplingParams(temperature=0.0, max_tokens=5))
        print([list(output.outputs[0].token_ids) for output in outputs])
    except Exception as error:
        print(type(error).__name__, str(error)[:70])
"""


@pytest.fixture
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("plugin")
    info = directory / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vllm.general_plugins]\nacme = acme_plugin:register\n")
    (directory / "acme_plugin.py").write_text(PLUGIN)
    (directory / "acme_model.py").write_text(PLUGIN_MODEL)
    return directory


@pytest.mark.parametrize(
    ("release", "environment"),
    [("0.9.2", {"VLLM_USE_V1": "1"}), ("0.13.0", {}), ("0.33.0", {})],
)
def test_a_plugin_model_gives_the_same_tokens_in_process_and_in_a_spawned_core(
    release: str,
    environment: dict[str, str],
    run: Run,
    torch_python: str,
    model: Callable[..., Path],
    plugin: Path,
) -> None:
    directory = model(architectures=["AcmeForCausalLM"], model_type="opt")
    program = GENERATE.replace("MODEL", repr(str(directory)))
    common = {"VLLM_WORKER_MULTIPROC_METHOD": "spawn", **environment}
    here, spawned = (
        run(release, program, plugin, python=torch_python, VLLM_ENABLE_V1_MULTIPROCESSING=apart, **common)
        for apart in "01"
    )
    assert here.splitlines()[-1] == spawned.splitlines()[-1]
    tokens = json.loads(here.splitlines()[-1])
    assert [len(one) for one in tokens] == [5, 5]
    assert len({token for one in tokens for token in one}) > 1


@pytest.mark.parametrize("release", ["0.5.5", "0.7.0", "0.33.0"])
def test_without_its_plugin_a_model_is_not_supported(
    release: str, run: Run, torch_python: str, model: Callable[..., Path], plugin: Path
) -> None:
    directory = model(architectures=["AcmeForCausalLM"], model_type="opt")
    program = GENERATE.replace("MODEL", repr(str(directory)))
    printed = run(release, program, plugin, python=torch_python, VLLM_PLUGINS="").splitlines()[-1]
    assert printed.startswith("ValueError Model architectures ['AcmeForCausalLM'] are not supported for now")


NOT_GENERATIVE = """
import torch
class Odd(torch.nn.Module):
    def __init__(self, config, cache_config=None, quant_config=None): super().__init__()
    def forward(self, input_ids, positions): return input_ids
from vllm import ModelRegistry
ModelRegistry.register_model("OddForCausalLM", Odd)
"""


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("0.6.4", "StopIteration"),
        ("0.6.5", "ValueError LLM.generate() is only supported for (conditional) generation"),
        ("0.10.0", "ValueError LLM.generate() is only supported for generative models"),
        ("0.10.1", "ValueError This model does not support `--runner generate`."),
        ("0.33.0", "ValueError This model does not support `--runner generate`."),
    ],
)
def test_a_class_that_fails_the_check_ends_as_in_the_release(
    release: str, expected: str, run: Run, torch_python: str, model: Callable[..., Path]
) -> None:
    directory = model(architectures=["OddForCausalLM"])
    program = NOT_GENERATIVE + GENERATE.replace("MODEL", repr(str(directory)))
    printed = run(release, program, python=torch_python, VLLM_ENABLE_V1_MULTIPROCESSING="0").splitlines()[-1]
    assert printed.startswith(expected)
