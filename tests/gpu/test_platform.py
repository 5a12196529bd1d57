"""The reference engine and a platform plugin on a real device: the CPU's tokens, and no early context."""

import json
from pathlib import Path

import pytest

from .conftest import Lay, Run

CUDA_PLATFORM = Path(__file__).parent / "plugins" / "platform-cuda"
RELEASES = ["0.8.5", "0.11.0", "0.33.0"]
TINY = {
    "vocab_size": 128,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-6,
    "hidden_act": "silu",
    "tie_word_embeddings": False,
    "bos_token_id": 0,
    "eos_token_id": None,
    "pad_token_id": 0,
    "torch_dtype": "float32",
}
MODELS = {
    "LlamaForCausalLM": TINY | {"model_type": "llama"},
    "OPTForCausalLM": TINY
    | {
        "model_type": "opt",
        "ffn_dim": 64,
        "word_embed_proj_dim": 32,
        "do_layer_norm_before": True,
        "activation_function": "relu",
        "tie_word_embeddings": True,
    },
}
# The driver's own word: torch says no for a context that others made. To be asked last: a process that has
# asked the driver anything cannot fork children that compute.
CONTEXT = """
import ctypes
def has_context():
    driver = ctypes.CDLL("libcuda.so.1")
    device, flags, active = ctypes.c_int(), ctypes.c_uint(), ctypes.c_int()
    begun = driver.cuInit(0)
    if begun == 100:  # every device is hidden
        return False
    assert begun == 0, begun
    assert driver.cuDeviceGet(ctypes.byref(device), 0) == 0
    assert driver.cuDevicePrimaryCtxGetState(device, ctypes.byref(flags), ctypes.byref(active)) == 0
    return bool(active.value)
"""
GENERATE = (
    CONTEXT
    + """
import json, os, sys
if __name__ == "__main__":
    import torch, vllm
    from vllm.platforms import current_platform
    parameters = vllm.SamplingParams(temperature=0.0, max_tokens=8, ignore_eos=True, detokenize=False)
    llm = vllm.LLM(model=sys.argv[1], skip_tokenizer_init=True, load_format="dummy", dtype="float32",
                   enforce_eager=True, max_model_len=64, seed=0)
    prompts = [{"prompt_token_ids": [1, 2, 3]}, {"prompt_token_ids": [100, 7, 7, 9, 30]}]
    outputs = llm.generate(prompts, parameters, use_tqdm=False)
    print(json.dumps({
        "platform": type(current_platform).__name__,
        "tokens": [list(output.outputs[0].token_ids) for output in outputs],
        "used": torch.cuda.max_memory_allocated() > 0 if torch.cuda.is_initialized() else False,
        "context": has_context(),
    }))
"""
)


@pytest.fixture(params=sorted(MODELS))
def model(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    directory = tmp_path / "model"
    directory.mkdir()
    description = MODELS[request.param] | {"architectures": [request.param]}
    (directory / "config.json").write_text(json.dumps(description))
    return str(directory)


@pytest.mark.parametrize("release", RELEASES)
def test_tokens_on_the_device_are_the_cpus_in_this_process_and_in_a_spawned_core(
    release: str, model: str, run: Run, lay: Lay
) -> None:
    layers = (lay(CUDA_PLATFORM),)
    cpu = run(release, GENERATE, model, VLLM_ENABLE_V1_MULTIPROCESSING="0", CUDA_VISIBLE_DEVICES="")
    here = run(release, GENERATE, model, layers=layers, VLLM_ENABLE_V1_MULTIPROCESSING="0")
    there = run(release, GENERATE, model, layers=layers, VLLM_USE_V1="1", VLLM_ENABLE_V1_MULTIPROCESSING="1")
    assert len({tuple(tokens) for tokens in cpu["tokens"]}) > 1
    assert here["tokens"] == there["tokens"] == cpu["tokens"]
    assert here["platform"] == there["platform"] == "FixtureCudaPlatform"
    # Computed on the device, and for the second in a process of its own alone.
    assert (here["used"], here["context"]) == (True, True)
    assert (there["used"], there["context"]) == (False, False)


REGISTER = (
    CONTEXT
    + """
import json, multiprocessing, os, sys
def compute(queue):
    import torch
    queue.put((torch.ones(3, device="cuda") * 2).sum().item())
if __name__ == "__main__":
    import torch
    import vllm, vllm.plugins
    seen = {"imported": torch.cuda.is_initialized()}
    vllm.plugins.load_general_plugins()
    from vllm.platforms import current_platform
    seen |= {"platform": type(current_platform).__name__, "registered": torch.cuda.is_initialized()}
    children = {}
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        queue = context.SimpleQueue()
        child = context.Process(target=compute, args=(queue,))
        child.start()
        child.join(120)
        children[method] = queue.get() if child.exitcode == 0 else f"exit code {child.exitcode}"
    print(json.dumps({**seen, "children": children, "context": has_context()}))
"""
)


@pytest.mark.parametrize("release", RELEASES)
def test_importing_and_registering_make_no_context_and_children_of_both_kinds_compute_afterwards(
    release: str, run: Run, lay: Lay
) -> None:
    assert run(release, REGISTER, layers=(lay(CUDA_PLATFORM),)) == {
        "imported": False,
        "platform": "FixtureCudaPlatform",
        "registered": False,
        "children": {"fork": 6.0, "spawn": 6.0},
        "context": False,
    }
