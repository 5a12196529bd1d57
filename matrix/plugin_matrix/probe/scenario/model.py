"""One architecture that the plugin registered: inspected, resolved, run here and in a spawned core."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from json import dumps
from typing import TYPE_CHECKING, Any

from ..engine import first_module, load_general_plugins

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..context import Context

_PROMPT = [1, 2, 3]
_NEW_TOKENS = 4
# Heads of 32: the smallest of vLLM's attention on CPUs (vllm/v1/attention/backends/cpu_attn.py, 0.32.0).
_TINY = {
    "vocab_size": 128,
    "hidden_size": 128,
    "intermediate_size": 128,
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
_TINY_OPT = {
    "model_type": "opt",
    "ffn_dim": 128,
    "word_embed_proj_dim": 128,
    "do_layer_norm_before": True,
    "activation_function": "relu",
    "tie_word_embeddings": True,
}
_TINY_LLAVA = {
    "model_type": "llava",
    "image_token_index": 127,
    "vision_feature_select_strategy": "default",
    "projector_hidden_act": "gelu",
    "text_config": {**_TINY, "model_type": "llama"},
    "vision_config": {
        "model_type": "clip_vision_model",
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": 32,
        "patch_size": 16,
        "projection_dim": 32,
        "vocab_size": 128,
    },
}


def run(context: Context, *, alone: bool = False, spawning: bool = False) -> None:
    """Ask the registry about one architecture; with torch, generate with it.

    With `alone` it generates in this process and in no other, and is told whether the release spawns a core;
    with `spawning` it does only what is left then, in a spawned core.
    """
    payload = context.payload
    context.select(None)
    with context.phase("call"), context.describe.attempt() as loading:
        load_general_plugins()
    registered = _registered(payload["architecture"])
    if loading.raised is not None or registered is None:
        payload["spawn_raised" if spawning else "inspect_raised"] = loading.raised
    elif spawning:
        _generate_there(context)
    elif _can_generate(context, registered):
        # The first engine shall leave nothing behind for the second.
        if alone:
            context.private["spawns"] = _generate_here(context, lambda work: work())
        elif _generate_here(context, context.in_fork):
            _generate_there(context)


def _can_generate(context: Context, registered: Any) -> bool:
    """Inspect and resolve the model; tell whether it is one to generate with."""
    payload = context.payload
    if payload["torch"]:
        _inspect(context, registered)
        context.progress()
    with context.phase("import"), context.describe.attempt() as resolving:
        model = registered.load_model_cls() if hasattr(registered, "load_model_cls") else registered
    payload["accelerator_initialised"] = context.accelerators.initialised()
    if resolving.raised is not None and (payload["torch"] or not context.describe.missing_modules):
        payload["resolve_raised"] = resolving.raised
        # The release inspects in a subprocess and shows its output only; this is the same error
        # with its frames.
        if payload.get("inspect_raised"):
            payload["inspect_raised"] = resolving.raised
    if resolving.raised is not None or not payload["torch"]:
        return False
    if payload.get("inspect_raised") is None:
        _ask_class(context, model)
    context.progress()
    return payload.get("text_generation") is not False and bool(payload["generates"])


def _registered(architecture: str) -> Any:
    """Return the registry's own entry: an object that inspects and loads, or the class (to 0.6.2)."""
    models = first_module("vllm.model_executor.models.registry", "vllm.model_executor.models")
    registry = getattr(models, "ModelRegistry", None)
    content = getattr(registry, "models", None) or getattr(models, "_OOT_MODELS", None) or {}
    return content.get(architecture)


def _inspect(context: Context, registered: Any) -> None:
    if not hasattr(registered, "inspect_model_cls"):
        return
    with context.phase("import"), context.describe.attempt() as inspecting:
        information = registered.inspect_model_cls()
    context.payload["inspect_raised"] = inspecting.raised
    if inspecting.raised is None:
        _note_kinds(context.payload, information)


def _note_kinds(payload: dict[str, Any], information: Any) -> None:
    text = getattr(information, "is_text_generation_model", None)
    pooling = getattr(information, "is_pooling_model", getattr(information, "is_embedding_model", None))
    payload["text_generation"] = None if text is None else bool(text)
    payload["pooling"] = None if pooling is None else bool(pooling)


def _ask_class(context: Context, model: Any) -> None:
    """Ask the interface checks directly what the registry does not tell.

    To 0.6.2 it inspects nothing, and from 0.6.5 to 0.10.0 it calls every model a pooling model
    (`vllm/model_executor/models/registry.py:240`, 0.6.5).
    """
    payload = context.payload
    interfaces = first_module("vllm.model_executor.models.interfaces_base")
    generates = getattr(interfaces, "is_text_generation_model", None)
    pools = getattr(interfaces, "is_pooling_model", getattr(interfaces, "is_embedding_model", None))
    with context.phase("call"), context.describe.attempt() as checking:
        if generates is not None and "text_generation" not in payload:
            payload["text_generation"] = bool(generates(model))
        if pools is not None:
            payload["pooling"] = bool(pools(model))
    payload["inspect_raised"] = checking.raised


def _generate_here(context: Context, within: Callable[[Callable[[], Any]], Any]) -> bool:
    """Generate in this process; tell whether that worked and the release can do it in a spawned core too."""
    payload = context.payload
    directory = _description(context)
    here = within(lambda: _answer(context, directory, in_process=True))
    payload["generate_raised"] = here["raised"]
    payload["tokens"] = here["tokens"]
    payload["accelerator_initialised"] = payload["accelerator_initialised"] or here["accelerator"]
    context.describe.missing_modules.update(here["missing_modules"])
    context.progress()
    return here["raised"] is None and first_module("vllm.v1.engine.core") is not None


def _generate_there(context: Context) -> None:
    payload = context.payload
    there = _answer(context, _description(context), in_process=False)
    payload["spawn_raised"] = there["raised"]
    payload["spawn_tokens"] = there["tokens"]


def _description(context: Context) -> str:
    """Write a tiny model's `config.json` and return its directory."""
    architecture = context.payload["architecture"]
    lower = f"{architecture} {context.payload['target']}".lower()
    family: dict[str, Any] = {"model_type": "llama"}
    if "opt" in lower.split(":")[-1] or "opt" in architecture.lower():
        family = _TINY_OPT
    elif "llava" in lower:
        family = _TINY_LLAVA
    directory = os.path.join(context.request.scratch, f"model-{os.getpid()}")
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "config.json"), "w", encoding="utf-8") as file:
        file.write(dumps({**_TINY, **family, "architectures": [architecture]}))
    return directory


def _answer(context: Context, directory: str, *, in_process: bool) -> dict[str, Any]:
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0" if in_process else "1"
    os.environ["VLLM_WORKER_MULTIPROC_METHOD"] = "spawn"
    tokens: list[int] = []
    with context.phase("call"), context.describe.attempt() as generating:
        tokens = _generate(directory)
    return {
        "raised": generating.raised,
        "tokens": tokens,
        "accelerator": context.accelerators.initialised(),
        "missing_modules": sorted(context.describe.missing_modules),
    }


def _generate(directory: str) -> list[int]:
    vllm = import_module("vllm")
    engine = vllm.LLM(
        model=directory,
        skip_tokenizer_init=True,
        load_format="dummy",
        dtype="float32",
        enforce_eager=True,
        max_model_len=64,
        seed=0,
    )
    parameters = vllm.SamplingParams(
        temperature=0.0, max_tokens=_NEW_TOKENS, ignore_eos=True, detokenize=False
    )
    outputs = engine.generate({"prompt_token_ids": list(_PROMPT)}, parameters, use_tqdm=False)
    sys.stdout.flush()
    return [int(token) for token in outputs[0].outputs[0].token_ids][:100]
